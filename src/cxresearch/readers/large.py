"""Sources larger than memory: a DuckDB relation over a text table or a Parquet file, with what `read` would detect.

DuckDB reads a text table where it lies if it is UTF-8 with LF or CRLF throughout and has more than one column; any
other one, and any one that DuckDB refuses, is first spooled to a temporary Parquet file by the in-memory parser, so
that both ways give the same cells and the same errors.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import duckdb

from cxresearch.provenance import sha256_of
from cxresearch.readers.access import check_file
from cxresearch.readers.decimals import SAMPLE, settle_decimal
from cxresearch.readers.delimited import read_delimited
from cxresearch.readers.formats import READERS, format_of
from cxresearch.readers.header import check_names
from cxresearch.readers.ondisk import VIEW, LargeTable, quoted
from cxresearch.readers.options import ReadOptions
from cxresearch.readers.parquet import read_parquet
from cxresearch.readers.refusal import refusal
from cxresearch.readers.scan import Scan, parquet_function, scan_text


def open_large(
    path: Path,
    options: ReadOptions | None = None,
    *,
    shown_as: str = "",
    memory_limit: str = "900MB",
    workspace: Path | None = None,
) -> LargeTable:
    """Open a text table or a Parquet file without loading it. The file is passed over once or twice to check it.

    Parameters
    ----------
    path, options, shown_as : as for `read`.
    memory_limit : DuckDB's, such as `500MB`; beyond it DuckDB works on disk.
    workspace : folder for temporary files (up to about the source's size); the system's by default.

    Raises
    ------
    ReadError
        As `read`; another format; columns that differ only in upper and lower case, which SQL cannot tell apart.
    """
    chosen, shown = options or ReadOptions(), shown_as or str(path)
    check_file(path, shown)
    reader = READERS[format_of(path, shown, chosen.format)]
    if reader not in (read_delimited, read_parquet):
        raise refusal("not_large", shown, value=path.suffix)
    with ExitStack() as opened:
        folder = tempfile.TemporaryDirectory(dir=workspace, prefix="cxresearch-")
        opened.callback(folder.cleanup)
        settings = {"memory_limit": memory_limit, "temp_directory": str(Path(folder.name) / "duckdb")}
        connection = duckdb.connect(config={**settings, "autoinstall_known_extensions": "false"})
        opened.callback(connection.close)
        connection.execute("SET enable_progress_bar = false")
        if reader is read_delimited:
            scan = scan_text(path, chosen, shown, connection, Path(folder.name) / "source.parquet")
        else:
            scan = Scan(parquet_function(path))
        columns = _create_view(connection, scan, shown)
        sample = connection.sql(f"SELECT * FROM {VIEW} LIMIT {SAMPLE}").fetchall()
        table = LargeTable(
            file=shown,
            sha256=sha256_of(path),
            format="csv" if reader is read_delimited else "parquet",
            columns=columns,
            n_rows=_count(connection, shown),
            decimal=settle_decimal(zip(*sample, strict=True), chosen.decimal, scan.delimiter),
            details=scan.details,
            _connection=connection,
            _folder=folder,
        )
        opened.pop_all()
    return table


def _create_view(connection: duckdb.DuckDBPyConnection, scan: Scan, shown: str) -> tuple[str, ...]:
    try:
        found = connection.sql(f"SELECT * FROM {scan.function}").columns
        names = scan.header or tuple(found)
        unused = {i for i, name in enumerate(names) if not name.strip() and _is_empty(connection, scan, found[i])}
    except duckdb.Error as error:
        raise refusal("damaged", shown, format="Parquet", reason=str(error)) from None
    check_names(names, shown, scan.line, unused)
    kept = [index for index in range(len(names)) if index not in unused]
    _refuse_case_twins([names[index] for index in kept], shown, scan.line)
    chosen = ", ".join(f"{quoted(found[index])} AS {quoted(names[index])}" for index in kept)
    connection.execute(f"CREATE VIEW {VIEW} AS SELECT {chosen} FROM {scan.function}")
    return tuple(names[index] for index in kept)


def _is_empty(connection: duckdb.DuckDBPyConnection, scan: Scan, column: str) -> bool:
    return not connection.sql(f"SELECT 1 FROM {scan.function} WHERE {quoted(column)} <> '' LIMIT 1").fetchall()


def _refuse_case_twins(names: list[str], shown: str, line: int | None) -> None:
    counts = Counter(name.lower() for name in names)
    twins = [name for name in names if counts[name.lower()] > 1]
    if twins:
        raise refusal("case_twins", shown, line=line, column=twins[0], value=", ".join(twins))


def _count(connection: duckdb.DuckDBPyConnection, shown: str) -> int:
    count = int(connection.sql(f"SELECT count(*) FROM {VIEW}").fetchall()[0][0])
    if not count:
        raise refusal("no_rows", shown)
    return count
