from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.inference.clusters.weighted_regression import weighted_ols
from cxresearch.inference.regression import ols
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import r_values

EXACT = 1e-9
"""Closed forms; R prints ten digits or more."""


@pytest.fixture(scope="module")
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


def test_weights_by_customers_equal_lm_and_sandwich(units: pd.DataFrame, reference: Path) -> None:
    r = r_values(reference)["wls"]
    (slope,) = weighted_ols(units.NPS, units.EX, units.n_c, ["b"], level=0.95)
    assert isinstance(slope, Estimate)
    assert slope.estimate == pytest.approx(r["coef"][1], rel=EXACT)
    assert slope.estimate == pytest.approx(30.9057784731, rel=EXACT)
    assert slope.std_error == pytest.approx(r["HC3"][1], rel=EXACT)
    assert (slope.df, slope.n_units) == (58, 60)


def test_equal_weights_are_no_weights(units: pd.DataFrame) -> None:
    plain = ols(units.NPS, units[["EX", "region"]], ["a", "b"], level=0.9)
    found = weighted_ols(units.NPS, units[["EX", "region"]], np.full(60, 7.0), ["a", "b"], level=0.9)
    for one, other in zip(plain, found, strict=True):
        assert isinstance(one, Estimate) and isinstance(other, Estimate)
        assert (other.conf_low, other.conf_high) == pytest.approx((one.conf_low, one.conf_high), rel=EXACT)


@pytest.mark.parametrize(
    ("x", "reason"), [([1.0, 2.0], "linkage.too_few_units"), ([1.0, 1.0, 1.0, 1.0], "linkage.collinear")]
)
def test_what_cannot_be_fitted_says_why(x: list[float], reason: str) -> None:
    (found,) = weighted_ols(np.arange(len(x)) ** 2.0, x, np.ones(len(x)), ["b"], level=0.95)
    assert isinstance(found, NotEstimable) and found.reason == reason
