"""The records of a delimited text: cells and the physical line at which each record begins."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cxresearch.readers.refusal import refusal

Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the cells of a delimited text are told apart; `quote` is empty when nothing is quoted."""

    delimiter: str
    quote: str = '"'


@contextmanager
def cells_of_any_length() -> Iterator[None]:
    """Lift the csv module's limit of 131,072 characters to a cell."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def records(lines: Iterable[str], dialect: Dialect, shown_as: str) -> Iterator[Record]:
    """Split lines (with their ends, as `open(newline="")` gives them) into records; blank lines are no records.

    Outside quotes CR, LF and CRLF each end a record, whichever the file mostly uses.

    Raises
    ------
    ReadError
        A quote that is never closed; text between a closing quote and the next delimiter.
    """
    reader = csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = "text_after_quote" if "expected after" in str(error) else "unclosed_quote"
            raise refusal(fault, shown_as, line=line, quote=dialect.quote) from None
        if cells:
            yield line, cells
