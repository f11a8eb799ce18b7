"""Delimited text (CSV, TSV) in any dialect, encoding and line ends → `RawTable`."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxresearch.errors import Problem, ReadError
from cxresearch.readers.access import format_of_content
from cxresearch.readers.breaks import line_ends
from cxresearch.readers.decimals import settle_decimal
from cxresearch.readers.dialect import OpenLines, excel_hint, settle_dialect, shown_delimiter
from cxresearch.readers.encoding import decode, settle_encoding
from cxresearch.readers.header import SCANNED, check_names, header_place
from cxresearch.readers.options import ReadOptions, Task
from cxresearch.readers.records import Dialect, Record, cells_of_any_length, records
from cxresearch.readers.refusal import problem, refusal
from cxresearch.readers.table import RawTable

RAGGED_SHOWN = 20
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def read_delimited(task: Task) -> RawTable:
    """Read a delimited text. Cells stay strings: nothing is trimmed, converted or taken for missing.

    Blank lines are skipped. Unnamed columns without a single value and surplus empty cells at the end of a row
    (trailing delimiters) are left out.

    Raises
    ------
    ReadError
        Undecodable or zero bytes, another format's content, wrong delimiter, broken quotes, ragged rows, empty or
        repeated column names, no rows.
    """
    data = task.path.read_bytes()
    refuse_other_content(data[:16], task.shown_as)
    encoding = settle_encoding(task.options.encoding, lambda: [data], task.shown_as)
    text = decode(data, encoding, task.shown_as)

    def lines() -> Iterator[str]:
        return (match[0] for match in _LINE.finditer(text))

    with cells_of_any_length():
        dialect = _dialect(lines, task)
        found = list(records(io.StringIO(text, newline=""), dialect, task.shown_as))
    place = place_of_header(found, task.options.header_row, task.shown_as, hinted=excel_hint(lines) is not None)
    line, header = found[place]
    names, cells, numbers = _table(header, found[place + 1 :], line, task.shown_as)
    decimal = settle_decimal(cells.T, task.options.decimal, dialect.delimiter)
    return RawTable(
        name=task.name,
        file=task.shown_as,
        frame=pd.DataFrame(cells, columns=names, dtype=object),
        lines=numbers,
        sha256=hashlib.sha256(data).hexdigest(),
        format="csv",
        decimal=decimal,
        details=describe(encoding, dialect, len(names), line_ends(text).name, line),
    )


def refuse_other_content(head: bytes, shown_as: str) -> None:
    """Refuse a file whose first bytes are those of a workbook or another binary format.

    Raises
    ------
    ReadError
        With the format that it is.
    """
    if found := format_of_content(head):
        raise refusal("other_content", shown_as, found=found)


def describe(encoding: str, dialect: Dialect, width: int, ends: str, header_line: int) -> dict[str, str]:
    """What was detected, for `RawTable.details`."""
    return {
        "encoding": encoding,
        "delimiter": shown_delimiter(dialect.delimiter) if width > 1 else "",
        "quote": dialect.quote,
        "line_ends": ends,
        "header_row": str(header_line),
    }


def place_of_header(found: Sequence[Record], header_row: int | None, shown_as: str, *, hinted: bool) -> int:
    """Index of the record with the column names.

    Raises
    ------
    ReadError
        Nothing but blank lines; the declared line is not in the file.
    """
    skipped = 1 if hinted else 0
    if len(found) <= skipped:
        raise refusal("no_columns", shown_as)
    if header_row is None:
        return skipped + header_place([cells for _, cells in found[skipped : skipped + SCANNED]])
    if header_row < 1:
        raise refusal("bad_header_row", shown_as, value=header_row)
    place = next((index for index, (line, _) in enumerate(found) if line >= header_row), None)
    if place is None:
        raise refusal("header_beyond_end", shown_as, value=header_row, last=found[-1][0])
    return place


def fit(line: int, cells: list[str], width: int, shown_as: str) -> list[str] | Problem:
    """A record cut to the header's width if what it has in surplus is empty; a problem if its length is wrong."""
    if len(cells) == width:
        return cells
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    return problem("ragged_row", shown_as, line=line, value=cells[-1], found=len(cells), expected=width)


def refuse_ragged(problems: Sequence[Problem], shown_as: str, total: int | None = None) -> None:
    """Raise the problems of ragged rows, the first twenty of them and the count of the rest.

    Parameters
    ----------
    total : how many ragged rows there are, where `problems` holds only the first ones.

    Raises
    ------
    ReadError
        If there are any.
    """
    if not problems:
        return
    rest = (len(problems) if total is None else total) - RAGGED_SHOWN
    more = [problem("more_ragged_rows", shown_as, count=rest)] if rest > 0 else []
    raise ReadError([*problems[:RAGGED_SHOWN], *more])


def _table(
    header: list[str], body: Sequence[Record], line: int, shown_as: str
) -> tuple[list[str], npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    if not body:
        raise refusal("no_rows", shown_as, line=line)
    fitted = [fit(number, cells, len(header), shown_as) for number, cells in body]
    refuse_ragged([row for row in fitted if isinstance(row, Problem)], shown_as)
    cells = np.array(fitted, dtype=object)
    unused = {index for index, name in enumerate(header) if not name.strip() and not any(cells[:, index])}
    check_names(header, shown_as, line, unused)
    numbers = np.array([number for number, _ in body], dtype=np.int64)
    if not unused:
        return header, cells, numbers
    kept = [index for index in range(len(header)) if index not in unused]
    return [header[index] for index in kept], cells[:, kept], numbers


def _dialect(lines: OpenLines, task: Task) -> Dialect:
    options: ReadOptions = task.options
    return settle_dialect(
        lines, task.shown_as, delimiter=options.delimiter, quote=options.quote, header_row=options.header_row
    )
