"""Same-source bias: closed forms against random halves, and simulations with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.measurement.common_method import marker_partial, marker_results
from cxresearch.measurement.split_sample import half_moments, random_split_correlations, split_figures, split_sample
from cxresearch.moments import item_moments
from cxresearch.statistic import Estimate, NotEstimable, Result

HALVES = 0.01  # Monte-Carlo error of 400 halvings, and a mean of ratios against a ratio of means


def sure(result: Result) -> Estimate:
    assert isinstance(result, Estimate), result
    return result


def company(
    rng: np.random.Generator, n_units: int, latent: float, mood: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units whose driver and outcome correlate `latent`; each person's mood colours both answers."""
    codes = np.repeat(np.arange(n_units), rng.integers(4, 15, n_units))
    units = rng.multivariate_normal([0, 0], [[1, latent], [latent, 1]], n_units) * 0.6
    shared = mood * rng.normal(size=len(codes))
    own = rng.normal(size=(2, len(codes)))
    return codes, units[codes, 0] + shared + own[0], units[codes, 1] + shared + own[1]


def test_the_closed_form_is_the_mean_over_random_halves() -> None:
    codes, x, y = company(np.random.default_rng(1), 60, 0.3, 1.0)
    halves = half_moments(item_moments(codes, np.stack([x, y], axis=1), 60))
    closed = split_figures(halves, np.ones((1, 60)))[0, 2]
    drawn = random_split_correlations(codes, x, y, rng=np.random.default_rng(2), n_splits=400)
    assert closed == pytest.approx(drawn.mean(), abs=HALVES)
    assert drawn[:, 0].mean() == pytest.approx(drawn[:, 1].mean(), abs=2 * HALVES)


def test_all_halves_of_a_small_example_by_hand() -> None:
    codes = np.array([0, 0, 1, 1, 2, 2])
    x, y = np.array([1.0, 3, 2, 6, 5, 4]), np.array([2.0, 1, 4, 3, 9, 5])
    halves = half_moments(item_moments(codes, np.stack([x, y], axis=1), 3))
    covariances, spreads = [], []
    for picks in np.ndindex(2, 2, 2):
        one = np.array([2 * unit + pick for unit, pick in enumerate(picks)])
        other = np.array([2 * unit + 1 - pick for unit, pick in enumerate(picks)])
        covariances.append(np.cov(x[one], y[other], ddof=0)[0, 1])
        spreads.append([x[one].var(), y[other].var()])
    expected = np.mean(covariances) / np.sqrt(np.prod(np.mean(spreads, axis=0)))
    found = split_figures(halves, np.ones((1, 3)))[0]
    assert found[2] == pytest.approx(expected, abs=1e-12)
    means = [np.bincount(codes, values) / 2 for values in (x, y)]
    assert found[0] == pytest.approx(np.corrcoef(*means)[0, 1], abs=1e-12)
    assert found[1] == pytest.approx(np.mean(covariances) / np.sqrt(means[0].var() * means[1].var()), abs=1e-12)


@pytest.mark.parametrize("latent", [0.0, 0.5])
def test_mood_inflates_the_correlation_of_the_same_people_and_not_of_different_ones(latent: float) -> None:
    rng = np.random.default_rng(3)
    figures = []
    for _ in range(120):
        codes, x, y = company(rng, 80, latent, 1.0)
        halves = half_moments(item_moments(codes, np.stack([x, y], axis=1), 80))
        figures.append(split_figures(halves, np.ones((1, 80)))[0])
    same, apart = np.mean(figures, axis=0)[:2]
    size = 9.0
    reliability = 0.36 / (0.36 + 2.0 / size)
    assert apart == pytest.approx(latent * reliability, abs=0.04)
    assert same > apart + 0.15


def test_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(4)
    covered, inflated = 0, 0
    for _ in range(60):
        codes, x, y = company(rng, 60, 0.0, 1.0)
        moments = item_moments(codes, np.stack([x, y], axis=1), 60)
        results = {r.term: sure(r) for r in split_sample(moments, term="c", rng=rng, n_draws=300)}
        apart, same = results["c.split_sample"], results["c.same_source"]
        covered += apart.conf_low <= 0 <= apart.conf_high  # type: ignore[operator]
        inflated += same.conf_low > 0  # type: ignore[operator]
    assert covered >= 52
    assert inflated >= 15  # of 60; the nominal level would be two


def test_too_few_units_with_two_people_are_said() -> None:
    moments = item_moments(np.arange(30), np.random.default_rng(5).normal(size=(30, 2)), 30)
    for result in split_sample(moments, term="c", rng=np.random.default_rng(6)):
        assert isinstance(result, NotEstimable)
        assert (result.reason, result.details["units"]) == ("reliability.too_few_split", 0)


def test_the_marker_takes_a_shared_way_of_answering_out() -> None:
    rng = np.random.default_rng(7)
    codes = np.repeat(np.arange(40), 50)
    way = rng.normal(size=2000)
    scores = np.stack([way + rng.normal(size=2000) for _ in range(3)], axis=1)
    plain, method, adjusted = (
        sure(r) for r in marker_results(item_moments(codes, scores, 40), term="c", rng=rng, n_draws=500)
    )
    assert plain.estimate == pytest.approx(0.5, abs=0.06)
    assert method.estimate == pytest.approx(0.5, abs=0.06)
    assert adjusted.estimate == pytest.approx((plain.estimate - method.estimate) / (1 - method.estimate))
    assert adjusted.conf_low is not None and adjusted.conf_high is not None
    assert adjusted.conf_low < 0.05 and adjusted.conf_high > -0.05


def test_lindell_and_whitneys_formula() -> None:
    assert marker_partial(np.array([0.5, 0.2]), np.array([0.1, 0.2])) == pytest.approx([0.4 / 0.9, 0.0])
    assert np.isnan(marker_partial(np.array([0.5]), np.array([1.0])))[0]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_row_order_unit_names_and_scales_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes, x, y = company(rng, 15, 0.3, 0.5)
    rows = rng.permutation(len(codes))
    kinds = [(codes, x, y), (codes[rows], x[rows], y[rows]), (14 - codes, 3 * x + 2, 0.1 * y - 7)]
    figures = [
        split_figures(half_moments(item_moments(c, np.stack([a, b], axis=1), 15)), np.ones((1, 15)))
        for c, a, b in kinds
    ]
    for one in figures[1:]:
        assert one == pytest.approx(figures[0], abs=1e-9)
