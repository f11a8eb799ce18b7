"""Moderation against emmeans and sandwich; the region of Johnson and Neyman against R and by brute force."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.mechanism.interaction import Interaction, fit_interaction
from cxresearch.inference.mechanism.moderation import johnson_neyman, moderation, slope_values
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9
"""Closed forms; R printed ten digits or more."""
ROOTS = 1e-6
"""R's own roots lose digits in the discriminant."""


@pytest.fixture(scope="module")
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


def test_simple_slopes_and_region_equal_emmeans(units: pd.DataFrame, reference: Path) -> None:
    r = json.loads((reference / "extra.json").read_text())["moderation"]
    values = {str(row["region"]): row["region"] for row in r["emtrends"]}
    found = {
        result.term: result
        for result in moderation(
            units.EX, units.region, units.NPS, term="m", level=0.95, errors="classical", values=values
        )
    }
    assert found["m"].estimate == pytest.approx(r["coef"][3], rel=EXACT)
    assert found["m"].std_error == pytest.approx(r["se"][3], rel=EXACT)
    for row in r["emtrends"]:
        slope = found[f"m.{row['region']}"]
        numbers = (slope.estimate, slope.std_error, slope.df, slope.conf_low, slope.conf_high)
        expected = (row["EX.trend"], row["SE"], row["df"], row["lower.CL"], row["upper.CL"])
        assert numbers == pytest.approx(expected, rel=EXACT)
    low, high = found["m.johnson_neyman.low"], found["m.johnson_neyman.high"]
    assert (low.estimate, high.estimate) == pytest.approx(sorted(r["jn"]), rel=ROOTS)
    assert low.method == high.method == "mechanism.johnson_neyman_between"
    assert (low.health, high.health) == (("mechanism.beyond_data",), ())
    assert found["m.johnson_neyman.share"].estimate == pytest.approx((units.region <= 2).mean())


def test_robust_errors_equal_sandwich(units: pd.DataFrame, reference: Path) -> None:
    r = json.loads((reference / "mechanism_witness.json").read_text())
    found = {
        x.term: x for x in moderation(units.EX, units.region, units.NPS, term="m", level=0.95, values={"a": 0, "b": 3})
    }
    assert found["m"].std_error == pytest.approx(r["interaction"]["se"], rel=EXACT)
    for name, numbers in zip("ab", r["simple"], strict=True):
        assert [found[f"m.{name}"].estimate, found[f"m.{name}"].std_error] == pytest.approx(numbers, rel=EXACT)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10), shift=st.floats(-20, 20))
def test_the_region_is_where_the_slope_is_told_from_zero(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x, w, e = rng.normal(size=(3, 40))
    moved = scale * w + shift
    y = 0.3 * x + 0.4 * x * w + e
    found = fit_interaction(x, moved, y)
    assert isinstance(found, Interaction)
    low, high, share = johnson_neyman(found, term="j", level=0.95)
    told = np.array([found.at(value, term="s", level=0.95).excludes(0) for value in moved])
    assert share.estimate == pytest.approx(told.mean())
    if isinstance(low, NotEstimable):
        assert told.all() if low.reason == "mechanism.significant_everywhere" else not told.any()
        return
    between = (moved > low.estimate) & (moved < high.estimate)
    assert np.array_equal(told, between if low.method.endswith("between") else ~between)
    for end in (low, high):
        slope = found.at(end.estimate, term="s", level=0.95)
        assert min(abs(slope.conf_low), abs(slope.conf_high)) == pytest.approx(0, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10), shift=st.floats(-20, 20))
def test_scale_place_and_order_do_not_matter(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x, w, e = rng.normal(size=(3, 30))
    y, order = x * w + e, rng.permutation(30)
    plain = moderation(x, w, y, term="m", level=0.95)
    moved = moderation(x[order] + shift, (scale * w + shift)[order], y[order], term="m", level=0.95)
    assert moved[0].estimate == pytest.approx(plain[0].estimate / scale, rel=1e-6)
    assert moved[0].statistic == pytest.approx(plain[0].statistic, rel=1e-6)
    for one, two in zip(plain[1:7:2], moved[1:7:2], strict=True):
        assert (two.estimate, two.std_error) == pytest.approx((one.estimate, one.std_error), rel=1e-6)


def test_values_of_a_moderator() -> None:
    assert slope_values(np.array([0.0, 1, 1, 0])) == {"low": 0, "high": 1}
    skewed = np.array([1.0] * 18 + [2, 11])
    found = slope_values(skewed)
    assert found["low"] == 1
    assert found["mean"] == pytest.approx(1.55)
    assert found["high"] == pytest.approx(1.55 + skewed.std(ddof=1))


@pytest.mark.parametrize(
    ("w", "reason"),
    [
        (np.ones(20), "linkage.constant"),
        (np.where(np.arange(20) < 4, np.arange(20.0), np.nan), "linkage.too_few_units"),
        (np.eye(20)[3], "linkage.collinear"),
    ],
)
def test_what_cannot_be_fitted_says_why(w: np.ndarray, reason: str) -> None:
    found = moderation(np.arange(20.0), w, np.sin(np.arange(20.0)), term="m", level=0.95)
    assert {item.reason for item in found if isinstance(item, NotEstimable)} == {reason}
    assert [item.term for item in found][:4] == ["m", "m.low", "m.mean", "m.high"]


def test_clusters_give_the_degrees_of_freedom(units: pd.DataFrame, reference: Path) -> None:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    ex = rows.unit_id.map(units.set_index("unit_id").EX)
    found = moderation(ex, rows.ces, rows.lat, term="m", level=0.95, errors="cluster", clusters=rows.unit_id)[0]
    assert isinstance(found, Estimate)
    assert (found.df, found.n_units) == (59, 60)
