"""Bends against sandwich; the Robin Hood break against Simonsohn's recipe with mgcv, and on known truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.mechanism.baseline import baseline_dependence
from cxresearch.inference.mechanism.nonlinearity import linear_spline, quadratic
from cxresearch.inference.mechanism.smoothing import smooth_curve
from cxresearch.inference.mechanism.two_lines import robin_hood_break, two_lines
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9
"""Closed forms; R printed ten digits or more."""
OTHER_SMOOTH = 0.15
"""mgcv smooths with cubic regression splines, we with P-splines: the flat stretch differs by a few points of x."""


@pytest.fixture(scope="module")
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict[str, Any]:
    return json.loads((reference / "mechanism_witness.json").read_text())


def numbers(result: Any) -> tuple[float, float, float]:
    assert isinstance(result, Estimate)
    return result.estimate, result.std_error, result.df


def test_quadratic_equals_r(units: pd.DataFrame, witness: dict[str, Any], reference: Path) -> None:
    r, found = witness["quadratic"], quadratic(units.EX, units.NPS, term="q", level=0.95)
    assert numbers(found) == pytest.approx((r["coef"], r["se"], r["df"]), rel=1e-8)
    assert found.estimate == pytest.approx(
        json.loads((reference / "linkage.json").read_text())["unit"]["ols"]["quad"][2], rel=1e-8
    )


def test_two_lines_at_a_declared_break_equal_r(units: pd.DataFrame, witness: dict[str, Any]) -> None:
    r = witness["two_lines"]
    low, high, place = two_lines(units.EX, units.NPS, term="t", level=0.95, at=r["at"])
    assert numbers(low) == pytest.approx((r["coef"][0], r["se"][0], r["df"]), rel=EXACT)
    assert numbers(high) == pytest.approx((r["coef"][1], r["se"][1], r["df"]), rel=EXACT)
    assert place == Estimate(term="t.break", estimate=3.4, n_units=60, method="mechanism.two_lines_declared")


def test_a_spline_equals_r(units: pd.DataFrame, witness: dict[str, Any]) -> None:
    r = witness["spline"]
    change, low, high, knot = linear_spline(units.EX, units.NPS, term="s", level=0.95)
    assert numbers(low) == pytest.approx((r["coef"][0], r["se"][0], r["df"]), rel=EXACT)
    assert numbers(change) == pytest.approx((r["coef"][1], r["se"][1], r["df"]), rel=EXACT)
    assert high.estimate == pytest.approx(sum(r["coef"]), rel=EXACT)
    assert knot.estimate == pytest.approx(r["knot"], rel=EXACT)


def test_the_robin_hood_break_is_near_simonsohns(reference: Path, witness: dict[str, Any]) -> None:
    rows = pd.read_csv(reference / "data" / "gen_turned.csv")
    found = robin_hood_break(rows.x.to_numpy(), rows.y.to_numpy())
    assert found == pytest.approx(witness["robin_hood"]["at"], abs=OTHER_SMOOTH)
    low, high, _ = two_lines(rows.x, rows.y, term="t", level=0.95)
    assert low.conf_low > 0 > high.conf_high


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10), shift=st.floats(-20, 20))
def test_scale_place_sign_and_order_do_not_matter(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x, e = rng.normal(size=(2, 60))
    y, order = -(x**2) + e, rng.permutation(60)
    plain = two_lines(x, y, term="t", level=0.95)
    moved = two_lines((scale * x + shift)[order], y[order], term="t", level=0.95)
    assert moved[2].estimate == pytest.approx(scale * plain[2].estimate + shift, rel=1e-4, abs=1e-4)
    assert moved[0].estimate == pytest.approx(plain[0].estimate / scale, rel=1e-3)
    mirrored = two_lines(x, -y, term="t", level=0.95)
    assert mirrored[0].estimate == pytest.approx(-plain[0].estimate, rel=1e-6)
    bent, other = (quadratic(data, y, term="q", level=0.95) for data in (x, scale * x + shift))
    assert other.estimate * scale**2 == pytest.approx(bent.estimate, rel=1e-6)


def test_a_smooth_curve_finds_lines_and_waves() -> None:
    rng = np.random.default_rng(3)
    x = np.sort(rng.uniform(0, 1, 200))
    line = smooth_curve(x, 2 * x + 1)
    assert line.fitted == pytest.approx(2 * x + 1, abs=1e-6)
    wave = smooth_curve(x, np.sin(6 * x) + rng.normal(scale=0.2, size=200))
    assert np.abs(wave.fitted - np.sin(6 * x)).mean() < 0.06
    assert 4 < wave.edf < 10
    assert 0.02 < wave.std_error.mean() < 0.08


@pytest.mark.parametrize(
    ("x", "at", "reason"),
    [
        (np.ones(20), None, "linkage.constant"),
        (np.arange(4.0), None, "linkage.too_few_units"),
        (np.arange(20.0), 1.5, "mechanism.one_sided"),
    ],
)
def test_what_cannot_be_parted_says_why(x: np.ndarray, at: float | None, reason: str) -> None:
    found = two_lines(x, np.sin(np.arange(len(x))), term="t", level=0.95, at=at)
    assert [item.reason for item in found if isinstance(item, NotEstimable)] == [reason] * 3


def test_the_starting_point_equals_sandwich(reference: Path, witness: dict[str, Any]) -> None:
    panel = pd.read_csv(reference / "data" / "gen_panel.csv")
    rng = np.random.default_rng(1)
    found, expected, corrected = baseline_dependence(panel.cx1, panel.cx2, panel.ex1, term="b", level=0.95, rng=rng)
    r = witness["baseline"]
    assert numbers(found) == pytest.approx((r["coef"] - 1, r["se"], r["df"]), rel=EXACT)
    assert {expected.reason, corrected.reason} == {"mechanism.errors_unknown"}


def test_pure_regression_to_the_mean_is_corrected_away() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(size=400)
    before, after = (truth + rng.normal(scale=0.8, size=400) for _ in range(2))
    observed, expected, corrected = baseline_dependence(
        before, after, term="b", level=0.95, rng=rng, error_variance=np.full(400, 0.64), n_draws=999
    )
    assert observed.conf_high < -0.2
    assert expected.estimate == pytest.approx(1 / 1.64 - 1, abs=0.06)
    assert corrected.conf_low < 0 < corrected.conf_high
    alone = 1 - 400 * 0.64 / ((before - before.mean()) ** 2).sum()
    assert corrected.estimate + 1 == pytest.approx((observed.estimate + 1) / alone, rel=1e-9)


def test_a_starting_point_of_nothing_but_error_is_not_corrected() -> None:
    rng = np.random.default_rng(3)
    before, after = rng.normal(size=(2, 50))
    found = baseline_dependence(before, after, term="b", level=0.95, rng=rng, error_variance=np.full(50, 4.0))
    assert [item.reason for item in found[1:]] == ["mechanism.only_error"] * 2
