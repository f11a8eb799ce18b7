"""The SQL table function that reads a text table or a Parquet file, once the file has been checked."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from cxresearch.readers.access import chunks_of
from cxresearch.readers.breaks import LineEnds
from cxresearch.readers.delimited import describe, refuse_other_content
from cxresearch.readers.dialect import excel_hint, settle_dialect
from cxresearch.readers.encoding import check_text, settle_encoding
from cxresearch.readers.ondisk import literal
from cxresearch.readers.options import ReadOptions
from cxresearch.readers.records import Dialect, Record, cells_of_any_length, records
from cxresearch.readers.spool import header_of, spool


@dataclass(frozen=True, slots=True)
class Scan:
    """An SQL table function over columns `c0` … (text) or the file's own (Parquet), and what was detected."""

    function: str
    header: tuple[str, ...] = ()
    line: int | None = None
    delimiter: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def scan_text(
    path: Path, options: ReadOptions, shown: str, connection: duckdb.DuckDBPyConnection, target: Path
) -> Scan:
    """Check a text table from end to end, spool it to `target` if DuckDB cannot read it as it is.

    Raises
    ------
    ReadError
        As `read_delimited`.
    """
    refuse_other_content(next(chunks_of(path))[:16], shown)
    encoding = settle_encoding(options.encoding, lambda: chunks_of(path), shown)
    ends = check_text(chunks_of(path), encoding, shown)

    def lines() -> Iterator[str]:
        with path.open(encoding=encoding, newline="") as stream:
            yield from stream

    with cells_of_any_length():
        dialect = settle_dialect(
            lines, shown, delimiter=options.delimiter, quote=options.quote, header_row=options.header_row
        )
        hinted = excel_hint(lines) is not None
        header = header_of(records(lines(), dialect, shown), options.header_row, shown, hinted=hinted)
        function = _direct(path, dialect, header)
        if not _is_plain(encoding, ends, dialect, header) or not _reads(connection, function):
            spool(records(lines(), dialect, shown), header, target, shown)
            function = parquet_function(target)
    line, names = header
    details = describe(encoding, dialect, len(names), ends.name, line)
    return Scan(function, tuple(names), line, dialect.delimiter, details)


def _is_plain(encoding: str, ends: LineEnds, dialect: Dialect, header: Record) -> bool:
    """Whether DuckDB and the in-memory parser agree on such a text."""
    uniform = not ends.cr and not (ends.lf and ends.crlf)
    return encoding in ("utf-8", "utf-8-sig") and uniform and dialect.quote == '"' and header[0] == 1 < len(header[1])


def _direct(path: Path, dialect: Dialect, header: Record) -> str:
    names = [f"c{index}" for index in range(len(header[1]))]
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({_pattern(path)}, delim={literal(dialect.delimiter)}, quote='\"', escape='\"', header=true, "
        f"auto_detect=false, strict_mode=true, columns={{{columns}}}, force_not_null={names}, hive_partitioning=false)"
    )


def parquet_function(path: Path) -> str:
    """The SQL table function of a Parquet file."""
    return f"read_parquet({_pattern(path)}, hive_partitioning=false)"


def _pattern(path: Path) -> str:
    return literal(glob.escape(str(path)))


def _reads(connection: duckdb.DuckDBPyConnection, function: str) -> bool:
    """Whether DuckDB gets through the whole text and finds rows in it."""
    try:
        counts = connection.sql(f"SELECT count(COLUMNS(*)) FROM {function}").fetchall()
    except duckdb.Error:
        return False
    return bool(counts[0][0] > 0)
