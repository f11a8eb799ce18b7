"""Floor, ceiling, skewness; weighted means of stratified samples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.inference.clusters.cluster_mean import cluster_mean
from cxresearch.moments import score_moments
from cxresearch.scoring import effective_n, share_at, skewness, tally, weighted_mean
from cxresearch.statistic import Estimate, NotEstimable

WITNESS = 1e-8  # R printed ten digits after the point


def test_skewness_and_ends_of_the_scale() -> None:
    values = np.array([5, 5, 5, 4, 4, 3, 1, np.nan])
    options, counts = tally(values)
    skew = skewness(options, counts, term="t")
    assert isinstance(skew, Estimate)
    assert skew.estimate == pytest.approx(stats.skew(values[:-1], bias=False), rel=1e-12)
    assert skew.std_error == pytest.approx(0.7937, abs=5e-5)  # SPSS's tabled error for n = 7
    ceiling, floor = (share_at(options, counts, end, term="t") for end in (5.0, 2.0))
    assert isinstance(ceiling, Estimate)
    assert isinstance(floor, Estimate)
    assert (ceiling.estimate, floor.estimate, ceiling.n_respondents) == (3 / 7, 0.0, 7)
    assert floor.conf_low == 0


def test_what_cannot_be_described_says_so() -> None:
    assert skewness([3.0], [9.0], term="t") == NotEstimable(
        term="t", reason="measurement.no_variation", details={"n": 9}
    )
    assert skewness([3.0], [2.0], term="t").reason == "scoring.too_few_answers"  # type: ignore[union-attr]
    assert share_at([3.0], [0.0], 3.0, term="t") == NotEstimable(term="t", reason="scoring.no_answers")


def test_a_stratified_mean_equals_svymean(shared: Path, reference: Path) -> None:
    witness = json.loads((reference / "cx_metrics.json").read_text())["apistrat"]
    schools = pd.read_csv(shared / "refvalues" / "data" / "pub_apistrat.csv")
    result = weighted_mean(
        schools["api00"], schools["pw"], term="t", strata=schools["stype"], population=schools["fpc"]
    )
    assert isinstance(result, Estimate)
    assert result.estimate == pytest.approx(witness["mean"], abs=1e-7)
    assert result.std_error == pytest.approx(witness["se"], abs=WITNESS)
    assert result.df == 197


def test_equal_weights_and_units_are_the_clustered_mean() -> None:
    rng = np.random.default_rng(10)
    units, values = rng.integers(0, 15, 120), rng.normal(size=120)
    values[:5] = np.nan
    weighted = weighted_mean(values, np.full(120, 2.5), term="t", units=units)
    plain = cluster_mean(score_moments(units, values, 15), term="t")
    assert isinstance(weighted, Estimate)
    assert isinstance(plain, Estimate)
    assert [weighted.estimate, weighted.std_error, weighted.conf_low] == pytest.approx(
        [plain.estimate, plain.std_error, plain.conf_low], rel=1e-12
    )


def test_a_stratum_of_one_has_no_variance() -> None:
    result = weighted_mean([1.0, 2.0, 3.0], [1, 1, 1], term="t", strata=["a", "a", "b"])
    assert result == NotEstimable(term="t", reason="measurement.too_few_units", details={"units": 1, "needed": 2})
    assert isinstance(weighted_mean([np.nan], [1.0], term="t"), NotEstimable)


def test_weighted_rows_that_stand_for_many_count_as_many() -> None:
    rng = np.random.default_rng(8)
    values, weights, times = rng.normal(size=60), rng.uniform(0.5, 2, 60), rng.integers(1, 5, 60)
    units = rng.integers(0, 9, 60)
    counted = weighted_mean(values, weights, term="t", units=units, frequency=times)
    single = weighted_mean(*(np.repeat(part, times) for part in (values, weights)), term="t", units=units.repeat(times))
    assert isinstance(counted, Estimate)
    assert isinstance(single, Estimate)
    for name in ("estimate", "std_error", "df", "conf_low", "conf_high", "n_units", "n_respondents"):
        assert getattr(counted, name) == pytest.approx(getattr(single, name), rel=1e-12), name
    assert effective_n(weights, times) == pytest.approx(effective_n(weights.repeat(times)), rel=1e-12)


def test_kish() -> None:
    assert effective_n([1, 1, 1, 1]) == 4
    assert effective_n([3, 1]) == pytest.approx(1.6)
