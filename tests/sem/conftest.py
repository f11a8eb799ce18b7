"""Data and R's numbers of the tests of structural equation models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.sem.models import ITEMS, TURNED, WAVES


def _json(reference: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((reference / f"{name}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def witness(reference: Path) -> dict[str, Any]:
    """lavaan on `gen_employees_clean` and `gen_panel`, complete and with holes (`sem_witness.R`)."""
    return _json(reference, "sem_witness")


@pytest.fixture(scope="session")
def panel_witness(reference: Path) -> dict[str, Any]:
    """lavaan on `gen_panel`."""
    return _json(reference, "panel_lavaan")


@pytest.fixture(scope="session")
def employees(reference: Path) -> pd.DataFrame:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    for item in TURNED:
        frame[item] = 6 - frame[item]
    return frame


@pytest.fixture(scope="session")
def holed(employees: pd.DataFrame) -> pd.DataFrame:
    """The employees with the holes that `sem_witness.R` makes."""
    frame = employees.astype(dict.fromkeys(ITEMS, float))
    frame.loc[frame.index[::3], "ex_02"] = np.nan
    frame.loc[frame.index[::5], ["ex_07", "ex_08"]] = np.nan
    frame.loc[frame.index[::7], "ex_11"] = np.nan
    return frame


@pytest.fixture(scope="session")
def panel(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "gen_panel.csv")


@pytest.fixture(scope="session")
def holed_panel(panel: pd.DataFrame) -> pd.DataFrame:
    frame = panel.copy()
    for start, step, column in ((0, 4, "ex2"), (1, 5, "cx3"), (2, 6, "ex4")):
        frame.loc[frame.index[start::step], column] = np.nan
    assert set(frame) >= {f"{side}{wave}" for side in ("ex", "cx") for wave in WAVES}
    return frame
