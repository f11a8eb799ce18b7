"""The header is the first row that fills more than half of the used columns, unless that row is data."""

from __future__ import annotations

import pytest

from cxresearch.readers.header import header_place, name_of

CASES: list[tuple[list[list[object]], int]] = [
    ([["a", "b"], ["1", "2"]], 0),
    ([["Title", None, None], ["a", "b", "c"], [1, 2, 3]], 1),
    ([[None, None], ["Title", None], [None, None], ["a", "b"], [1, 2]], 3),
    ([["a", ""], ["1", "2"]], 0),
    ([["a", "", "", ""], ["1", "2", "3", "4"]], 0),
    ([["id", 2016, 2017, 2018], ["x", "y", "z", "w"]], 0),
    ([["Title"], ["a", "b"], ["1", "2"]], 1),
    ([["a"], ["1"]], 0),
    ([[None], [""]], 0),
    ([], 0),
]


@pytest.mark.parametrize(("rows", "place"), CASES)
def test_header_place(rows: list[list[object]], place: int) -> None:
    assert header_place(rows) == place


@pytest.mark.parametrize(("cell", "name"), [(2016.0, "2016"), (2016, "2016"), (1.5, "1.5"), (None, ""), (" a ", " a ")])
def test_names_are_not_cleaned(cell: object, name: str) -> None:
    assert name_of(cell) == name
