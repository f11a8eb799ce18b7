"""Whether dropped units differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.aggregation import panel_from_unit_scores
from cxresearch.linkage import dropped_difference, link
from cxresearch.statistic import Estimate, NotEstimable

SAME = 1e-12
"""Same arithmetic in double precision."""


def panels(n_units: int, n_dropped: int, shift: float = 0.0):
    rng = np.random.default_rng(4)
    units = np.array([f"u{i:03d}" for i in range(n_units)], dtype=object)
    scores = rng.normal(3.5, 0.4, n_units)
    scores[:n_dropped] += shift
    ex = panel_from_unit_scores("ex", "employee", units, scores)
    cx = panel_from_unit_scores("cx", "customer", units[n_dropped:], rng.normal(8, 1, n_units - n_dropped))
    return ex, link(ex, cx), scores


def test_it_is_welchs_comparison() -> None:
    ex, linked, scores = panels(60, 15)
    found = dropped_difference(ex, linked, term="h1.dropped.ex", level=0.95)
    witness = stats.ttest_ind(scores[:15], scores[15:], equal_var=False)
    low, high = witness.confidence_interval(0.95)
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(scores[:15].mean() - scores[15:].mean(), rel=SAME)
    error = np.sqrt(scores[:15].var(ddof=1) / 15 + scores[15:].var(ddof=1) / 45)
    assert found.std_error == pytest.approx(error, rel=1e-10)
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), rel=SAME)
    assert found.p_value == pytest.approx(witness.pvalue, rel=SAME)
    assert found.health == ()


def test_a_clear_difference_is_flagged() -> None:
    ex, linked, _ = panels(60, 15, shift=1.0)
    found = dropped_difference(ex, linked, term="t", level=0.95)
    assert isinstance(found, Estimate)
    assert found.health == ("linkage.dropped_differ",)


@pytest.mark.parametrize(("n_dropped", "reason"), [(0, "linkage.nothing_dropped"), (1, "linkage.too_few_dropped")])
def test_reasons(n_dropped: int, reason: str) -> None:
    ex, linked, _ = panels(20, n_dropped)
    found = dropped_difference(ex, linked, term="t", level=0.95)
    assert isinstance(found, NotEstimable)
    assert found.reason == reason


def test_scales_that_change_between_waves_are_compared_within_the_wave() -> None:
    rng = np.random.default_rng(8)
    units = np.tile([f"u{i:02d}" for i in range(30)], 2).astype(object)
    waves = np.repeat(["2016", "2017"], 30).astype(object)
    raw = np.concatenate([rng.uniform(0, 1, 30), rng.uniform(1, 5, 30)])
    ex = panel_from_unit_scores("ex", "employee", units, raw, periods=waves)
    cx = panel_from_unit_scores("cx", "customer", units[5:30], rng.normal(size=25))
    found = dropped_difference(ex, link(ex, cx), term="t", level=0.95, standardise=True)
    table = pd.DataFrame({"unit": units, "wave": waves, "raw": raw})
    z = (table["raw"] - table.groupby("wave")["raw"].transform("mean")) / table.groupby("wave")["raw"].transform("std")
    by_unit = z.groupby(table["unit"]).mean()
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(by_unit.iloc[:5].mean() - by_unit.iloc[5:].mean(), rel=1e-10)
