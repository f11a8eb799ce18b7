from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage import LinkedPanel, link
from tests.linkage.panels import panel, respondents, waves


@pytest.fixture(scope="session")
def employees(reference: Path) -> UnitPanel:
    rows = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    items = [f"ex_{place:02d}" for place in range(1, 13)]
    rows[["ex_04", "ex_10"]] = 6 - rows[["ex_04", "ex_10"]]
    return respondents("EX", "employee", rows.unit_id, rows[items].mean(axis=1))


@pytest.fixture(scope="session")
def customers(reference: Path) -> UnitPanel:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    return respondents("lat", "customer", rows.unit_id, rows.lat)


@pytest.fixture(scope="session")
def promoters(reference: Path) -> UnitPanel:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    category = (rows.nps >= 9).astype(float) - (rows.nps <= 6)
    return respondents("nps", "customer", rows.unit_id, 100 * category)


@pytest.fixture(scope="session")
def revenue(reference: Path) -> UnitPanel:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    return respondents("revenue", "customer", rows.unit_id, rows.revenue)


@pytest.fixture(scope="session")
def region(reference: Path) -> UnitPanel:
    units = pd.read_csv(reference / "unit_table.csv")
    return panel("region", "unit", units.unit_id, units.region)


@pytest.fixture(scope="session")
def four_waves(reference: Path) -> LinkedPanel:
    rows = pd.read_csv(reference / "data" / "gen_panel.csv")
    values = {name: rows[[f"{name}{t}" for t in range(1, 5)]].to_numpy() for name in ("ex", "cx")}
    return link(waves("ex", "employee", values["ex"]), waves("cx", "customer", values["cx"]))
