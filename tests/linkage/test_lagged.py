from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from cxresearch.linkage import Waves, link, wave_robustness, wave_slopes, waves_of
from cxresearch.linkage.lagged import REGRESSIONS
from cxresearch.statistic import Estimate, NotEstimable
from tests.linkage.panels import waves

EXACT = 1e-9
"""Closed forms against R's sandwich, printed with fourteen digits."""


@pytest.fixture(scope="module")
def r(reference: Path) -> dict:
    return json.loads((reference / "linkage_witness.json").read_text())


def plain(ex, cx) -> Waves:
    return Waves(ex, cx, np.empty((*ex.shape, 0)))


@pytest.mark.parametrize(
    ("name", "key"),
    [("lagged", "lagged"), ("lagged.reverse", "reverse"), ("placebo_lag", "placebo"), ("within", "within")],
)
def test_four_waves_equal_sandwich(four_waves, r, name: str, key: str) -> None:
    slope, _ = wave_slopes(waves_of(four_waves), name, term="h", level=0.95)
    assert isinstance(slope, Estimate)
    assert slope.estimate == pytest.approx(r[key]["coef"], rel=EXACT)
    assert slope.std_error == pytest.approx(r[key]["se"], rel=EXACT)
    assert (slope.df, slope.n_units, slope.n_periods) == (399, 400, 4)
    assert slope.method == "linkage.ols_cr1s"


def test_within_is_the_regression_with_a_dummy_for_every_unit(four_waves, r) -> None:
    slope, _ = wave_slopes(waves_of(four_waves), "within", term="h", level=0.95)
    assert slope.estimate == pytest.approx(r["within"]["dummy_coef"], rel=EXACT)


def test_two_waves_have_hc3_errors(four_waves, r) -> None:
    whole = waves_of(four_waves)
    slope, _ = wave_slopes(plain(whole.ex[:, :2], whole.cx[:, :2]), "lagged", term="h", level=0.95)
    assert slope.estimate == pytest.approx(r["lagged_one"]["coef"], rel=EXACT)
    assert slope.std_error == pytest.approx(r["lagged_one"]["se"], rel=EXACT)
    assert (slope.df, slope.method) == (397, "linkage.ols_hc3")


def test_standardised_slopes_ignore_scale(four_waves) -> None:
    whole = waves_of(four_waves)
    for name in REGRESSIONS:
        _, first = wave_slopes(whole, name, term="h", level=0.95)
        _, again = wave_slopes(plain(whole.ex * 30 - 2, whole.cx * 0.1 + 9), name, term="h", level=0.95)
        assert again.estimate == pytest.approx(first.estimate)
        assert (again.conf_low, again.conf_high) == pytest.approx((first.conf_low, first.conf_high))


def test_a_missing_wave_breaks_the_chain() -> None:
    rng = np.random.default_rng(1)
    ex, cx = rng.normal(size=(2, 40, 3))
    ex[:10, 1] = np.nan
    found = waves_of(link(waves("ex", "employee", ex), waves("cx", "customer", cx)))
    slope, _ = wave_slopes(found, "lagged", term="h", level=0.95)
    assert slope.n_units == 30


def test_one_wave_says_so() -> None:
    one = plain(np.ones((5, 1)), np.ones((5, 1)))
    for name in REGRESSIONS:
        assert [item.reason for item in wave_slopes(one, name, term="h", level=0.95)] == ["linkage.one_period"] * 2
    checks = wave_robustness(
        one, "lagged", term="h", level=0.95, rng=np.random.default_rng(1), n_permutations=99, smallest_effect=0.1
    )
    assert {item.reason for item in checks} == {"linkage.one_period"}


def test_no_unit_in_two_waves_says_so() -> None:
    ex = np.array([[1.0, np.nan], [np.nan, 2.0]] * 5)
    slope, _ = wave_slopes(plain(ex, ex), "lagged", term="h", level=0.95)
    assert slope == NotEstimable(term="h", reason="linkage.no_transitions")


def simulate(rng, n_units=150, n_periods=3, forward=0.3, backward=0.0, burn=20):
    """A stationary panel in which ex drives the next cx (forward) and cx the next ex (backward)."""
    ex, cx = rng.normal(size=(2, n_units))
    history = []
    for _ in range(burn + n_periods):
        ex, cx = (
            0.5 * ex + backward * cx + rng.normal(size=n_units),
            0.4 * cx + forward * ex + rng.normal(size=n_units),
        )
        history.append((ex, cx))
    found = np.array(history[-n_periods:])
    return plain(found[:, 0].T, found[:, 1].T)


def test_known_truth_is_recovered_both_ways_and_covered() -> None:
    rng = np.random.default_rng(20261121)
    samples = [simulate(rng, forward=0.3, backward=0.1) for _ in range(300)]
    for name, truth in (("lagged", 0.3), ("lagged.reverse", 0.1)):
        slopes = [wave_slopes(sample, name, term="h", level=0.95)[0] for sample in samples]
        estimates = np.array([slope.estimate for slope in slopes])
        assert estimates.mean() == pytest.approx(truth, abs=4 * estimates.std() / math.sqrt(300))
        covered = np.mean([slope.conf_low <= truth <= slope.conf_high for slope in slopes])
        assert covered == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 300))
        errors = np.mean([slope.std_error for slope in slopes])
        assert errors == pytest.approx(estimates.std(), rel=0.15)


def test_the_future_is_nil_when_ex_drives_cx_at_once() -> None:
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(300):
        ex = np.cumsum(rng.normal(size=(100, 3)), axis=1)
        cx = 0.5 * ex + rng.normal(size=(100, 3))
        slope, _ = wave_slopes(plain(ex, cx), "placebo_lag", term="h", level=0.95)
        rejected += slope.excludes(0)
    assert rejected / 300 == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 300))


def test_the_future_speaks_when_cx_drives_ex() -> None:
    sample = simulate(np.random.default_rng(6), n_units=500, forward=0.0, backward=0.4)
    slope, _ = wave_slopes(sample, "placebo_lag", term="h", level=0.95)
    assert slope.conf_low > 0


def test_within_ignores_what_units_always_are() -> None:
    rng = np.random.default_rng(7)
    always = rng.normal(0, 5, size=(200, 1))
    ex = always + rng.normal(size=(200, 3))
    confounded = plain(ex, 2 * always + rng.normal(size=(200, 3)))
    slope, _ = wave_slopes(confounded, "within", term="h", level=0.95)
    assert abs(slope.estimate) < 4 * slope.std_error
    assert np.corrcoef(ex.mean(axis=1), confounded.cx.mean(axis=1))[0, 1] > 0.9


@pytest.mark.parametrize("name", ["lagged", "within"])
def test_robustness_is_brute_force(name: str) -> None:
    sample = simulate(np.random.default_rng(8), n_units=12)
    checks = wave_robustness(
        sample, name, term="h", level=0.95, rng=np.random.default_rng(1), n_permutations=999, smallest_effect=0.1
    )
    brute = [
        wave_slopes(plain(np.delete(sample.ex, place, 0), np.delete(sample.cx, place, 0)), name, term="h", level=0.95)[
            0
        ].estimate
        for place in range(12)
    ]
    found = {item.term: item for item in checks}
    assert found["h.leave_one_out.low"].estimate == pytest.approx(min(brute))
    assert found["h.leave_one_out.high"].estimate == pytest.approx(max(brute))
    _, standard = wave_slopes(sample, name, term="h", level=0.95)
    assert found["h.equivalence"].estimate == standard.estimate


def test_permutation_of_units_holds_its_level_over_waves() -> None:
    rng = np.random.default_rng(9)
    p = []
    for _ in range(200):
        sample = simulate(rng, n_units=25, forward=0.0)
        check = wave_robustness(
            sample, "lagged", term="h", level=0.95, rng=rng, n_permutations=99, smallest_effect=0.1
        )[0]
        p.append(check.p_value)
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=4 * math.sqrt(0.1 * 0.9 / 200))
