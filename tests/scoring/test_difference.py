"""Differences of a metric between groups and waves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.inference.clusters.cluster_mean import cluster_mean
from cxresearch.moments import ScoreMoments, count_moments, score_moments
from cxresearch.scoring import METRICS, detectable_difference, difference
from cxresearch.statistic import Estimate, NotEstimable

WITNESS = 1e-8  # R printed ten digits after the point
NPS, CSAT, MEAN = METRICS["nps"], METRICS["csat"], METRICS["mean"]


def pooled(moments: ScoreMoments) -> ScoreMoments:
    return moments.pooled(np.zeros(len(moments.n), dtype=int), 1)


def estimate(*args: object, **kwargs: object) -> Estimate:
    result = difference(*args, term="t", **kwargs)  # type: ignore[arg-type]
    assert isinstance(result, Estimate)
    return result


def test_two_samples_of_recommendations_equal_r(reference: Path) -> None:
    witness = json.loads((reference / "cx_metrics.json").read_text())["two_sample_U01_03_vs_U04_06"]
    customers = pd.read_csv(reference / "data" / "gen_customers.csv")
    groups = [
        NPS.scores(customers.loc[customers["unit_id"].isin(units), "nps"])
        for units in (("U01", "U02", "U03"), ("U04", "U05", "U06"))
    ]
    first, second = (score_moments(np.zeros(len(scores), dtype=int), scores, 1) for scores in groups)
    result = estimate(first, second, NPS)
    assert result.method == "measurement.difference_wald"
    assert result.estimate == pytest.approx(witness["nps_x"] - witness["nps_y"], abs=WITNESS)
    assert result.std_error == pytest.approx(witness["se_diff"], abs=WITNESS)
    assert result.p_value == pytest.approx(witness["p"], abs=1e-10)
    assert result.n_respondents == witness["n_x"] + witness["n_y"]


def test_means_without_units_are_compared_by_welch() -> None:
    rng = np.random.default_rng(6)
    one, two = rng.normal(0.3, 1, 40), rng.normal(0, 2, 25)
    moments = [score_moments(np.zeros(len(x), dtype=int), x, 1) for x in (one, two)]
    result, witness = estimate(*moments, MEAN), stats.ttest_ind(one, two, equal_var=False)
    assert [result.statistic, result.df, result.p_value] == pytest.approx(
        [witness.statistic, witness.df, witness.pvalue], rel=1e-12
    )
    limits = witness.confidence_interval(0.95)
    assert [result.conf_low, result.conf_high] == pytest.approx([limits.low, limits.high], rel=1e-12)


def test_sparse_shares_have_newcombes_interval() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, method 10: 9/10 and 3/10 -> [.1705, .8090]; 10/10 and 0/20
    first, second = count_moments([0, 100], [[1, 9]]), count_moments([0, 100], [[7, 3]])
    result = estimate(first, second, CSAT)
    assert [result.conf_low, result.conf_high] == pytest.approx([17.05, 80.90], abs=0.005)  # published to four digits
    assert result.p_value is None
    assert result.health == ("measurement.sparse_cells",)
    certain = estimate(count_moments([0, 100], [[0, 10]]), count_moments([0, 100], [[20, 0]]), CSAT)
    assert [certain.conf_low, certain.conf_high] == pytest.approx([67.91, 100.0], abs=0.005)


def test_shared_units_cancel_what_they_share() -> None:
    rng = np.random.default_rng(7)
    units = np.repeat(np.arange(30), 20)
    effect = np.repeat(rng.normal(0, 2, 30), 20)
    waves = [score_moments(units, effect + rng.normal(size=600), 30) for _ in range(2)]
    shared, separate = estimate(*waves, MEAN, units="shared"), estimate(*waves, MEAN)
    assert shared.estimate == pytest.approx(separate.estimate, abs=1e-12)
    assert shared.std_error is not None
    assert separate.std_error is not None
    assert shared.std_error < separate.std_error / 3
    gaps = waves[0].mean - waves[1].mean  # units equally large: the paired t test of the units' means
    witness = stats.ttest_1samp(gaps, 0)
    assert [shared.statistic, shared.df, shared.p_value] == pytest.approx(
        [witness.statistic, witness.df, witness.pvalue], rel=1e-9
    )


def test_separate_units_add_their_variances() -> None:
    rng = np.random.default_rng(8)
    groups = [score_moments(rng.integers(0, 12, 90), rng.normal(size=90), 12) for _ in range(2)]
    errors = [cluster_mean(group, term="t") for group in groups]
    result = estimate(*groups, MEAN)
    expected = np.hypot(*[error.std_error for error in errors if isinstance(error, Estimate)])
    assert result.std_error == pytest.approx(float(expected), rel=1e-12)
    assert result.df is not None
    assert 11 <= result.df <= 22
    assert result.n_units == 24


@pytest.mark.parametrize("units", ["shared", "separate"])
def test_swapping_groups_swaps_the_sign(units: str) -> None:
    rng = np.random.default_rng(9)
    first, second = (score_moments(rng.integers(0, 9, 70), rng.normal(size=70), 9) for _ in range(2))
    there, back = estimate(first, second, MEAN, units=units), estimate(second, first, MEAN, units=units)
    assert back.estimate == pytest.approx(-there.estimate, rel=1e-12)
    assert there.conf_high is not None
    assert back.conf_low == pytest.approx(-there.conf_high, rel=1e-12)


def test_shared_units_must_match_and_empty_groups_say_so() -> None:
    first, second = score_moments([0, 1], [1.0, 2.0], 2), score_moments([0], [1.0], 1)
    with pytest.raises(ValueError, match="got 2 and 1"):
        difference(first, second, MEAN, term="t", units="shared")
    empty = score_moments(np.array([], dtype=int), np.array([]), 1)
    assert difference(first, empty, MEAN, term="t") == NotEstimable(term="t", reason="scoring.no_answers")


def test_the_detectable_difference_is_found_with_its_power() -> None:
    n, sd = 50, 1.0
    groups = [ScoreMoments(np.array([n]), np.array([0.0]), np.array([sd**2 * (n - 1)])) for _ in range(2)]
    smallest = detectable_difference(difference(*groups, MEAN, term="d"), term="d.detectable")
    assert isinstance(smallest, Estimate)
    assert smallest.term == "d.detectable"
    delta = smallest.estimate / np.sqrt(2 * sd**2 / n)
    df = 2 * n - 2
    power = stats.nct.sf(stats.t.ppf(0.975, df), df, delta)
    assert power == pytest.approx(0.80, abs=0.002)  # shifted t in place of the noncentral one
