"""Which delimiter and quote a text table uses.

Each candidate is tried on the first records. A delimiter is good if all records have as many cells as the header,
if few of its cells still hold another delimiter, and if it makes more than one column: score = share of records as
long as the header × share of cells without a rival × (1 − 1/columns). The comma is no rival, as it also is a decimal
sign. Where no delimiter splits the first line, that line may be a title, and the first full line below is the header.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

from cxresearch.errors import ReadError
from cxresearch.readers.header import is_number
from cxresearch.readers.records import Dialect, records
from cxresearch.readers.refusal import refusal

DELIMITERS = (";", "\t", ",", "|")
DELIMITER_NAMES = {"\t": "tab", " ": "space"}
_NO_DELIMITER = "\x1f"
_SAMPLE = 300
_CONVINCING = 0.9
_EXCEL_HINT = re.compile(r'"?sep=(.)"?[\r\n]*')

OpenLines = Callable[[], Iterable[str]]


def settle_dialect(
    lines: OpenLines, shown_as: str, *, delimiter: str | None, quote: str | None, header_row: int | None
) -> Dialect:
    """The declared dialect if the file bears it out, else the detected one.

    A file whose first line is Excel's `sep=;` says it itself. A file that no delimiter splits is one column.

    Raises
    ------
    ReadError
        The delimiter is not one character; the declared delimiter leaves one column where another would split it.
    """
    start = header_row or 1
    if delimiter is not None:
        return _declared(_one_character(delimiter, shown_as), quote, lines, start, shown_as)
    if hint := excel_hint(lines):
        return Dialect(hint, '"' if quote is None else quote)
    best = _best(lines, quote, start)
    return best or Dialect(_NO_DELIMITER, '"' if quote is None else quote)


def excel_hint(lines: OpenLines) -> str | None:
    """The delimiter of Excel's first line `sep=;`, if there is one."""
    first = next(iter(lines()), "")
    hint = _EXCEL_HINT.fullmatch(first)
    return hint[1] if hint else None


def shown_delimiter(delimiter: str) -> str:
    """A delimiter as a message names it."""
    return DELIMITER_NAMES.get(delimiter, delimiter)


def _one_character(delimiter: str, shown_as: str) -> str:
    spelled = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    if len(spelled) != 1 or spelled in '\r\n"':
        raise refusal("bad_delimiter", shown_as, value=delimiter)
    return spelled


def _declared(delimiter: str, quote: str | None, lines: OpenLines, start: int, shown_as: str) -> Dialect:
    dialect = Dialect(delimiter, '"' if quote is None else quote)
    rows, _ = _sample(lines, dialect, start)
    if rows and len(rows[0]) == 1:
        rival = _best(lines, quote, start)
        if rival is not None and rival.delimiter != delimiter and _evenness(_sample(lines, rival, start)[0]) == 1:
            raise refusal(
                "wrong_delimiter",
                shown_as,
                line=start,
                value=rows[0][0],
                declared=shown_delimiter(delimiter),
                found=shown_delimiter(rival.delimiter),
            )
    return dialect


def _best(lines: OpenLines, quote: str | None, start: int) -> Dialect | None:
    quotes = ('"', "'") if quote is None else (quote,)
    candidates = [Dialect(delimiter, mark) for mark in quotes for delimiter in DELIMITERS]
    apt = [d for d in candidates if d.quote != "'" or quote == "'" or _all_quoted(lines, d, start)]
    samples = {dialect: _sample(lines, dialect, start) for dialect in apt}
    whole = {dialect: rows for dialect, (rows, intact) in samples.items() if intact}
    broken = {dialect: rows for dialect, (rows, intact) in samples.items() if not intact}
    for rows_by_dialect, score in ((whole, _score), (whole, _score_below_title), (broken, _score)):
        scores = {dialect: score(rows, dialect.delimiter) for dialect, rows in rows_by_dialect.items()}
        best = max(scores, key=lambda dialect: (scores[dialect], dialect.quote == "'"), default=None)
        if best is not None and scores[best] > 0:
            return best
    return None


def _sample(lines: OpenLines, dialect: Dialect, start: int) -> tuple[list[list[str]], bool]:
    """The first records from line `start` on, and whether the dialect read them without breaking."""
    rows: list[list[str]] = []
    try:
        for line, cells in islice(records(lines(), dialect, ""), start + _SAMPLE):
            if line >= start:
                rows.append(cells)
    except ReadError:
        return rows, False
    return rows, True


def _evenness(rows: list[list[str]]) -> float:
    """Share of the records below the header that are as long as it."""
    body = rows[1:]
    return sum(len(row) == len(rows[0]) for row in body) / len(body) if body else 1.0


def _all_quoted(lines: OpenLines, dialect: Dialect, start: int) -> bool:
    rows, _ = _sample(lines, Dialect(dialect.delimiter, ""), start)
    mark = dialect.quote
    return bool(rows) and all(len(cell) > 1 and cell[0] == cell[-1] == mark for cell in rows[0])


def _score(rows: list[list[str]], delimiter: str) -> float:
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0
    rivals = set(DELIMITERS) - {delimiter, ","}
    cells = [cell for row in rows for cell in row]
    clean = sum(rivals.isdisjoint(cell) for cell in cells) / len(cells)
    return _evenness(rows) * clean * (1 - 1 / width)


def _score_below_title(rows: list[list[str]], delimiter: str) -> float:
    if not rows:
        return 0.0
    width, _ = Counter(map(len, rows)).most_common(1)[0]
    first = next(place for place, row in enumerate(rows) if len(row) == width)
    table = rows[first:]
    names = table[0]
    if width < 2 or len(table) < 2 or len(set(names)) < width or not all(names) or any(map(is_number, names)):
        return 0.0
    score = _score(table, delimiter)
    return score if all(len(row) == 1 for row in rows[:first]) and score >= _CONVINCING * (1 - 1 / width) else 0.0
