from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cxresearch.inference import ols
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9
"""Closed forms; R prints ten digits or more."""


@pytest.fixture
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


def test_hc3_equals_sandwich(units: pd.DataFrame, reference: Path) -> None:
    r = json.loads((reference / "linkage.json").read_text())["unit"]["ols"]
    (slope,) = ols(units.NPS, units.EX, ["h.ols"], level=0.95)
    assert isinstance(slope, Estimate)
    assert slope.estimate == pytest.approx(r["coef"][1], rel=EXACT)
    assert slope.std_error == pytest.approx(r["HC3"][1], rel=EXACT)


def test_hc3_with_a_covariate_equals_sandwich(units: pd.DataFrame, reference: Path) -> None:
    r = json.loads((reference / "linkage_witness.json").read_text())["ols_region"]
    found = ols(units.NPS, units[["EX", "region"]], ["slope", "region"], level=0.95)
    assert [item.estimate for item in found] == pytest.approx(r["coef"], rel=EXACT)
    assert [item.std_error for item in found] == pytest.approx(r["se"], rel=EXACT)
    assert (found[0].conf_low, found[0].conf_high) == pytest.approx(r["ci"], rel=EXACT)


def test_cr1s_equals_clubsandwich_and_statsmodels(units: pd.DataFrame, reference: Path) -> None:
    r = json.loads((reference / "linkage.json").read_text())["cust"]
    customers = pd.read_csv(reference / "data" / "gen_customers.csv")
    ex = customers.unit_id.map(units.set_index("unit_id").EX)
    (slope,) = ols(customers.lat, ex, ["slope"], level=0.95, clusters=customers.unit_id)
    assert slope.std_error == pytest.approx(r["CR1S"][1], rel=EXACT)
    groups = pd.factorize(customers.unit_id)[0]
    peer = sm.OLS(customers.lat, sm.add_constant(ex)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    assert (slope.conf_low, slope.conf_high) == pytest.approx(tuple(peer.conf_int().iloc[1]), rel=EXACT)
    assert slope.p_value == pytest.approx(peer.pvalues.iloc[1], rel=1e-7)
    assert (slope.df, slope.n_units) == (59, 60)


def test_scales_that_differ_by_many_orders_do_not_hurt() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2))
    y = x @ [1.0, -2.0] + rng.normal(size=50)
    plain = ols(y, x, ["a", "b"], level=0.95)
    scaled = ols(1e6 * y, x * [1e8, 1e-8], ["a", "b"], level=0.95)
    assert scaled[0].estimate * 1e8 / 1e6 == pytest.approx(plain[0].estimate, rel=1e-8)
    assert scaled[1].std_error * 1e-8 / 1e6 == pytest.approx(plain[1].std_error, rel=1e-8)


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.column_stack([np.arange(6.0), 2 * np.arange(6.0)]), "linkage.collinear"),
        (np.ones((6, 2)), "linkage.collinear"),
        (np.eye(6)[:, :2], "linkage.full_leverage"),
        (np.random.default_rng(1).normal(size=(6, 5)), "linkage.too_few_units"),
    ],
)
def test_what_cannot_be_fitted_says_why(x, reason) -> None:
    found = ols(np.arange(6.0) ** 2, x, ["a", "b"], level=0.95)
    assert [item.reason for item in found if isinstance(item, NotEstimable)] == [reason, reason]
