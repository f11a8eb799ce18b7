"""SPSS and Stata: values kept, labels and user-missing declarations kept beside them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from cxresearch.readers import Missing, RawTable, read

FRAME = pd.DataFrame(
    {
        "q1": [1, 2, 9, np.nan],
        "q2": [1.5, 97, 98, -1],
        "s": ["a", "", "X", "åä"],
        "d": pd.to_datetime(["2024-01-01", None, "2024-12-24", "2024-02-29"]),
    }
)


@pytest.fixture(params=["sav", "zsav"])
def spss(request: pytest.FixtureRequest, tmp_path: Path) -> RawTable:
    path = tmp_path / f"staff.{request.param}"
    pyreadstat.write_sav(
        FRAME,
        path,
        column_labels={"q1": "Tyytyväisyys"},
        variable_value_labels={"q1": {1: "huono", 9: "ei vastausta"}, "s": {"X": "muu"}},
        missing_ranges={"q1": [9], "q2": [{"lo": 97, "hi": 99}, -1], "s": ["X"]},
        compress=request.param == "zsav",
    )
    return read(path, name="staff")


def test_spss_values_are_kept_and_user_missing_is_metadata(spss: RawTable) -> None:
    assert spss.frame.to_dict("list") == {
        "q1": [1, 2, 9, None],
        "q2": [1.5, 97, 98, -1],
        "s": ["a", "", "X", "åä"],
        "d": [dt.datetime(2024, 1, 1), None, dt.datetime(2024, 12, 24), dt.datetime(2024, 2, 29)],
    }
    assert spss.format == "sav"
    assert spss.lines.tolist() == [1, 2, 3, 4]
    assert spss.variable_labels == {"q1": "Tyytyväisyys"}
    assert spss.value_labels == {"q1": {1: "huono", 9: "ei vastausta"}, "s": {"X": "muu"}}
    assert spss.user_missing == {
        "q1": (Missing(9, 9),),
        "q2": (Missing(97, 99), Missing(-1, -1)),
        "s": (Missing("X", "X"),),
    }


def test_missing_declarations_hold_what_they_say(spss: RawTable) -> None:
    held = [any(each.holds(cell) for each in spss.user_missing["q2"]) for cell in spss.frame["q2"]]
    assert held == [False, True, True, True]
    assert not Missing(9, 9).holds("9")
    assert not Missing("9", "9").holds(9)
    assert not Missing(9, 9).holds(None)
    assert Missing(float("-inf"), 0).holds(-5)


def test_open_ended_missing_range(tmp_path: Path) -> None:
    path = tmp_path / "open.sav"
    pyreadstat.write_sav(FRAME[["q2"]], path, missing_ranges={"q2": [{"lo": float("-inf"), "hi": 0}]})
    assert read(path, name="open").user_missing == {"q2": (Missing(float("-inf"), 0),)}


def test_stata_extended_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(
        pd.DataFrame({"q1": [1, 2, "a", None], "s": ["a", "", "z", "åä"]}),
        path,
        column_labels={"q1": "Tyytyväisyys"},
        variable_value_labels={"q1": {1: "huono", "a": "kieltäytyi"}},
        missing_user_values={"q1": ["a"]},
    )
    table = read(path, name="a")
    assert table.frame.to_dict("list") == {"q1": [1, 2, ".a", None], "s": ["a", "", "z", "åä"]}
    assert table.value_labels == {"q1": {1: "huono", ".a": "kieltäytyi"}}
    assert table.user_missing == {"q1": (Missing(".a", ".a"),)}
    assert table.variable_labels == {"q1": "Tyytyväisyys"}
    assert table.format == "dta"
