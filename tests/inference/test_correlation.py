from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxresearch.inference import (
    correlation_difference,
    fisher_interval,
    partial_correlation,
    pearson,
    spearman,
    weighted_correlation,
)
from cxresearch.inference.correlation import mid_ranks
from cxresearch.inference.dependent_correlations import williams_t, zou_interval
from cxresearch.language import Phrase, render
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9
"""R prints ten digits."""
PRINTED = 5e-4
"""Zou's paper prints three decimals."""


@pytest.fixture
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


@pytest.fixture
def r(reference: Path) -> dict[str, float]:
    return json.loads((reference / "linkage.json").read_text())["unit"]


def test_pearson_equals_r_cor_test(units: pd.DataFrame, r: dict[str, float]) -> None:
    found = pearson(units.EX, units.NPS, term="h.pearson", level=0.95)
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(r["r_EX_NPS"], abs=EXACT)
    assert (found.conf_low, found.conf_high) == pytest.approx(r["ci"], abs=EXACT)
    assert found.p_value == pytest.approx(r["p"], abs=EXACT)
    assert (found.df, found.n_units) == (58, 60)
    assert found.statistic == pytest.approx(found.estimate / found.std_error)


def test_spearman_equals_r_and_scipy_with_the_interval_of_bonett_and_wright(
    units: pd.DataFrame, r: dict[str, float]
) -> None:
    found = spearman(units.EX, units.NPS, term="h.spearman", level=0.90)
    peer = stats.spearmanr(units.EX, units.NPS)
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(r["spearman"], abs=EXACT)
    assert found.p_value == pytest.approx(peer.pvalue, abs=EXACT)
    half = stats.norm.ppf(0.95) * math.sqrt((1 + found.estimate**2 / 2) / 57)
    assert found.conf_low == pytest.approx(math.tanh(math.atanh(found.estimate) - half), abs=EXACT)
    assert found.conf_high == pytest.approx(math.tanh(math.atanh(found.estimate) + half), abs=EXACT)


def test_weighted_equals_r_cov_wt(units: pd.DataFrame, r: dict[str, float]) -> None:
    found = weighted_correlation(
        units.EX, units.NPS, units.n_c, term="w", level=0.95, rng=np.random.default_rng(1), n_draws=500
    )
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(r["weighted_r_n_c"], abs=EXACT)
    assert found.conf_low < found.estimate < found.conf_high


def test_equal_weights_are_no_weights(units: pd.DataFrame) -> None:
    rng = np.random.default_rng(2)
    found = weighted_correlation(units.EX, units.NPS, np.full(60, 7.0), term="w", level=0.95, rng=rng, n_draws=100)
    assert found.estimate == pytest.approx(pearson(units.EX, units.NPS, term="r", level=0.95).estimate)


def test_partial_equals_psych(units: pd.DataFrame, r: dict[str, float]) -> None:
    found = partial_correlation(units.EX, units.NPS, units.region, term="p", level=0.95)
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(r["partial_r_region"], abs=EXACT)
    assert (found.conf_low, found.conf_high) == pytest.approx(fisher_interval(found.estimate, 56**-0.5, 0.95))
    assert found.df == 57


def test_fisher_interval_equals_psych(reference: Path) -> None:
    expected = json.loads((reference / "inference.json").read_text())["fisher_ci"]
    found = fisher_interval(expected["r"], (expected["n"] - 3) ** -0.5, 0.95)
    assert found == pytest.approx(expected["ci"], abs=EXACT)


def test_difference_of_dependent_correlations_equals_psych_and_zou(reference: Path) -> None:
    steiger = json.loads((reference / "inference.json").read_text())["steiger_dependent"]
    statistic, df = williams_t(0.5, 0.3, 0.4, 60)
    assert statistic == pytest.approx(steiger["t"], abs=EXACT)
    assert 2 * stats.t.sf(statistic, df) == pytest.approx(steiger["p"], abs=EXACT)
    assert zou_interval(0.396, 0.179, 0.088, 66, 0.95) == pytest.approx((-0.093, 0.517), abs=PRINTED)


def test_difference_takes_the_units_where_all_are_known(units: pd.DataFrame) -> None:
    revenue = units.revenue.where(units.index >= 5)
    found = correlation_difference(units.EX, units.NPS, revenue, term="d", level=0.95)
    kept = units.iloc[5:]
    again = correlation_difference(kept.EX, kept.NPS, kept.revenue, term="d", level=0.95)
    assert found == again
    assert found.n_units == 55


def test_zou_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(20261121)
    cov = np.array([[1, 0.4, 0.2], [0.4, 1, 0.3], [0.2, 0.3, 1]])
    data = rng.multivariate_normal(np.zeros(3), cov, size=(1500, 40))
    found = [correlation_difference(*sample.T, term="d", level=0.95) for sample in data]
    covered = np.mean([item.conf_low <= 0.2 <= item.conf_high for item in found])
    monte_carlo = 4 * math.sqrt(0.95 * 0.05 / 1500)
    assert covered == pytest.approx(0.95, abs=monte_carlo)


@pytest.mark.parametrize(
    ("x", "y", "reason", "fi", "en"),
    [
        ([1, 2, 3], [3, 1, 2], "linkage.too_few_units", "vain 3", "Only 3"),
        ([1, 1, 1, 1], [3, 1, 2, 5], "linkage.constant", "sama arvo", "same value"),
        ([1, 2, np.nan, 4], [3, 1, 2, 5], "linkage.too_few_units", "vain 3", "Only 3"),
    ],
)
@pytest.mark.parametrize("correlate", [pearson, spearman])
def test_what_cannot_be_correlated_says_why(x, y, reason, fi, en, correlate) -> None:
    found = correlate(x, y, term="r", level=0.95)
    assert isinstance(found, NotEstimable)
    assert found.reason == reason
    phrase = Phrase(f"reasons.{found.reason}", found.details)
    assert fi in render(phrase, "fi")
    assert en in render(phrase, "en")


def test_a_perfect_correlation_is_flagged_and_not_nan() -> None:
    found = pearson([1, 2, 3, 4, 5], [10, 8, 6, 4, 2], term="r", level=0.95)
    assert (found.estimate, found.conf_low, found.conf_high, found.p_value) == (-1, -1, -1, 0)
    assert found.health == ("linkage.perfect_correlation",)


finite = st.floats(-100, 100).map(lambda value: round(value, 3))
pairs = st.lists(st.tuples(finite, finite), min_size=5, max_size=25)


@given(pairs, st.randoms(use_true_random=False), st.floats(0.01, 50), st.floats(-5, 5))
def test_correlations_ignore_order_scale_and_level(rows, random, factor, shift) -> None:
    data = np.array(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    for correlate in (pearson, spearman):
        first = correlate(*data.T, term="r", level=0.95)
        again = correlate(data[order, 0] * factor + shift, data[order, 1], term="r", level=0.95)
        assert type(first) is type(again)
        if isinstance(first, Estimate):
            for name in ("estimate", "conf_low", "conf_high"):
                assert getattr(first, name) == pytest.approx(getattr(again, name), abs=1e-6)


def test_the_last_bits_of_a_mean_do_not_order_units() -> None:
    x = np.array([0.3, 0.1 + 0.2, 1.0, 2.0, 2.0, 5.0])
    assert mid_ranks(x).tolist() == [1.5, 1.5, 3, 4.5, 4.5, 6]
    assert mid_ranks(x * 1e9 - 4e9) == pytest.approx(mid_ranks(x))
