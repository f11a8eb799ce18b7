"""The column that tells which employee served a customer."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cxresearch.codebook import validate, validate_large
from cxresearch.readers import open_large, read
from tests.codebook.tables import UNIT, book, spec, variable

BOOK = book(UNIT, variable("q1"), variable("server", "served_by", missing=("-",)))


def written(folder: Path) -> Path:
    path = folder / "guests.csv"
    rows = {"team": ["A", "A", "A", "B"], "q1": [4, 4, 5, 2], "server": [" 017", "17", "-", ""]}
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_codes_stay_texts_and_missing_ones_are_empty(tmp_path: Path) -> None:
    found = validate(read(written(tmp_path), name="guests", shown_as="guests"), BOOK, spec())
    assert found.frame["server"].to_list() == ["017", "17", "", ""]


def test_codes_do_not_tell_rows_apart_on_disk(tmp_path: Path) -> None:
    with open_large(written(tmp_path), shown_as="guests") as table:
        found = validate_large(table, BOOK, spec())
    assert "server" not in found.frame
    assert found.frame["frequency"].to_list() == [2, 1, 1]
