"""Where the column names stand, and whether they name the columns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from cxresearch.errors import Problem, ReadError, raise_if
from cxresearch.readers.refusal import problem

_NUMBER = re.compile(r"\s*[+-]?\d+(?:[.,]\d+)*\s*")
SCANNED = 50


def is_number(cell: str) -> bool:
    """Whether a text cell is written as a number, in any country's way."""
    return _NUMBER.fullmatch(cell) is not None


def is_blank(cell: object) -> bool:
    """Whether a cell shows nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def header_place(rows: Sequence[Sequence[object]]) -> int:
    """Index of the row that holds the column names: the first of which more than half of the used columns are filled.

    The rows above are a title, a date, a blank line. With two columns half is enough, unless a blank row follows. A
    row below the first filled one is taken only if most of its cells are words: numbers would be data under a header
    with gaps. Only the first 50 rows are looked at; 0 if they are all blank.
    """
    filled = [sum(not is_blank(cell) for cell in row) for row in rows[:SCANNED]]
    width = max(filled, default=0)
    first = next((place for place, count in enumerate(filled) if count), 0)
    for place, count in enumerate(filled):
        below = filled[place + 1] if place + 1 < len(filled) else width
        if 2 * count > width or (width == 2 and count == 1 and below > 0 and len(rows[place]) > 1):
            return place if place == first or 2 * _words(rows[place]) > count else first
    return first


def _words(row: Sequence[object]) -> int:
    return sum(isinstance(cell, str) and not is_blank(cell) and not is_number(cell) for cell in row)


def name_of(cell: object) -> str:
    """A column's name from its cell: text as it is, a whole number (a year) without decimals."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def check_names(header: Sequence[str], file: str, line: int | None, unused: Collection[int] = ()) -> None:
    """Refuse empty and repeated column names.

    Parameters
    ----------
    header : the names as they stand in the file; unused : indices of unnamed columns without values, passed over.

    Raises
    ------
    ReadError
        A problem per repeated name and one for all empty names, with the columns' positions counted from 1.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(header):
        if index not in unused:
            places[name if name.strip() else ""].append(index + 1)
    problems: list[Problem] = []
    for name, positions in places.items():
        shown = ", ".join(map(str, positions))
        if not name:
            problems.append(problem("empty_column_name", file, line=line, positions=shown))
        elif len(positions) > 1:
            problems.append(problem("duplicate_column", file, line=line, column=name, value=name, positions=shown))
    raise_if(problems, ReadError)
