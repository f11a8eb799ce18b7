"""Waves, units and detectable differences against base R's formulas typed out, brute force, and known truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.inference.clusters.cluster_mean import cluster_mean
from cxresearch.moments import ScoreMoments, score_moments
from cxresearch.scoring import METRICS
from cxresearch.scoring.alternatives import RECOMMENDATION, category_agreement
from cxresearch.scoring.comparisons import (
    UNIT_SIZES,
    adjusted,
    detectable_by_size,
    units_against_rest,
    wave_differences,
    within_deviation,
)
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9
"""The same formula by another route."""
NPS = METRICS["nps"]


@pytest.fixture(scope="module")
def customers(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "gen_customers.csv")


@pytest.fixture(scope="module")
def units(customers: pd.DataFrame) -> ScoreMoments:
    return score_moments(pd.factorize(customers.unit_id, sort=True)[0], NPS.scores(customers.nps), 60)


def test_a_unit_against_the_rest_is_its_mean_less_theirs(customers: pd.DataFrame, units: ScoreMoments) -> None:
    names = [f"u{place}" for place in range(60)]
    found = units_against_rest(units, names, term="c", level=0.95)
    scores = pd.Series(NPS.scores(customers.nps))
    deviation, df = within_deviation(units)
    pooled = scores.groupby(customers.unit_id).apply(lambda one: ((one - one.mean()) ** 2).sum()).sum() / (2593 - 60)
    assert (deviation**2, df) == (pytest.approx(pooled, rel=EXACT), 2533)
    for place, unit in list(enumerate(sorted(customers.unit_id.unique())))[::13]:
        inside = customers.unit_id == unit
        rest = cluster_mean(units.select(np.delete(np.arange(60), place)), term="r")
        own = pooled / inside.sum()
        error = np.sqrt(own + rest.std_error**2)
        freedom = error**4 / (own**2 / df + rest.std_error**4 / 58)
        one = found[place]
        assert one.term == f"c.u{place}"
        assert one.estimate == pytest.approx(scores[inside].mean() - scores[~inside].mean(), rel=EXACT)
        assert (one.std_error, one.df) == pytest.approx((error, freedom), rel=EXACT)
        assert one.conf_high == pytest.approx(one.estimate + stats.t.ppf(0.975, freedom) * error, rel=EXACT)


def test_a_family_of_comparisons_is_adjusted(units: ScoreMoments) -> None:
    found = units_against_rest(units, [str(place) for place in range(60)], term="c", level=0.95)
    both = adjusted(found)
    p = np.array([one.p_value for one in found])
    assert list(both) == [one.term for one in found]
    assert [one for _, one in both.values()] == pytest.approx(stats.false_discovery_control(p), rel=EXACT)
    smallest = found[int(p.argmin())].term
    assert both[smallest][0] == pytest.approx(60 * p.min(), rel=EXACT)


def test_order_names_and_scale_of_units_do_not_matter(units: ScoreMoments) -> None:
    order = np.random.default_rng(1).permutation(60)
    plain = units_against_rest(units, [str(place) for place in range(60)], term="c", level=0.95)
    turned = units.select(order)
    scaled = ScoreMoments(turned.n, 3 * turned.mean + 5, 9 * turned.ss)
    moved = {one.term: one for one in units_against_rest(scaled, [str(place) for place in order], term="c", level=0.95)}
    for one in plain:
        assert moved[one.term].estimate == pytest.approx(3 * one.estimate, rel=1e-9, abs=1e-9)
        assert moved[one.term].p_value == pytest.approx(one.p_value, rel=1e-7)


def test_units_that_cannot_be_compared_say_why() -> None:
    nobody = ScoreMoments(np.array([5, 5, 0, 5]), np.array([1.0, 2, 0, 3]), np.array([4.0, 4, 0, 4]))
    assert units_against_rest(nobody, "abcd", term="c", level=0.95)[2] == NotEstimable(
        term="c.c", reason="scoring.no_answers"
    )
    two = nobody.select(np.array([0, 1]))
    assert {one.reason for one in units_against_rest(two, "ab", term="c", level=0.95)} == {"linkage.too_few_units"}
    flat = ScoreMoments(np.array([5, 5, 5]), np.array([1.0, 2, 3]), np.zeros(3))
    assert {one.reason for one in units_against_rest(flat, "abc", term="c", level=0.95)} == {"measurement.no_variation"}


def test_waves_share_their_units() -> None:
    rng = np.random.default_rng(2)
    units = rng.normal(scale=20, size=40)
    codes = np.repeat(np.arange(40), 25)
    waves = {
        name: score_moments(codes, units[codes] + shift + rng.normal(scale=10, size=1000), 40)
        for name, shift in (("2025-Q1", 0.0), ("2025-Q2", 5.0), ("2025-Q4", 5.0))
    }
    waves["2025-Q3"] = score_moments([], [], 40)
    ordered = {name: waves[name] for name in sorted(waves)}
    first, second = wave_differences(ordered, METRICS["mean"], term="compare.m", level=0.95)
    assert (first.term, second.term) == ("compare.m.2025-Q2", "compare.m.2025-Q4")
    assert first.conf_low < 5 < first.conf_high
    assert second.conf_low < 0 < second.conf_high
    assert first.std_error < 1
    means = [np.array(waves[name].mean) for name in ("2025-Q1", "2025-Q2")]
    paired = stats.ttest_rel(means[1], means[0])
    assert (first.estimate, first.statistic, first.df) == pytest.approx(
        ((means[1] - means[0]).mean(), paired.statistic, 39), rel=1e-9
    )


def test_the_detectable_difference_has_its_power() -> None:
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(30), 21)
    units = score_moments(codes, rng.normal(scale=15, size=630), 30)
    found = {one.term: one for one in detectable_by_size(units, term="mdd.m", level=0.95, power=0.80)}
    assert set(found) == {"mdd.m.median", *(f"mdd.m.n{size}" for size in UNIT_SIZES)}
    assert found["mdd.m.median"].n_respondents == 21
    deviation = within_deviation(units)[0]
    for size in (10, 50):
        truth = found[f"mdd.m.n{size}"].estimate
        one, two = rng.normal(scale=deviation, size=(2, 4000, size))
        share = (stats.ttest_ind(two + truth, one, axis=1).pvalue < 0.05).mean()
        assert share == pytest.approx(0.80, abs=0.03)


def test_three_categories_keep_most_of_eleven_answers(customers: pd.DataFrame) -> None:
    codes = pd.factorize(customers.unit_id)[0]
    found = category_agreement(customers.nps, codes, term="a", level=0.95, rng=np.random.default_rng(1), n_draws=499)
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(np.corrcoef(customers.nps, NPS.scores(customers.nps))[0, 1], rel=EXACT)
    assert found.estimate == pytest.approx(0.93, abs=0.005)
    assert found.conf_low < found.estimate < found.conf_high
    assert (found.n_units, found.n_respondents) == (60, 2593)


def test_other_scores_of_the_same_answers() -> None:
    answers = np.array([10.0, 9, 8, 7, 6, 0, np.nan])
    assert RECOMMENDATION["promoters"](answers)[:6].tolist() == [100, 100, 0, 0, 0, 0]
    assert RECOMMENDATION["not_detractors"](answers)[:6].tolist() == [100, 100, 100, 100, 0, 0]
    assert np.isnan([function(answers)[6] for function in RECOMMENDATION.values()]).all()


@pytest.mark.parametrize(
    ("answers", "reason"),
    [([np.nan, np.nan], "scoring.no_answers"), ([10, 9], "measurement.no_variation")],
)
def test_categories_without_answers_say_why(answers: list[float], reason: str) -> None:
    rng = np.random.default_rng(1)
    found = category_agreement(answers, [0, 1], term="a", level=0.95, rng=rng, n_draws=99)
    assert isinstance(found, NotEstimable)
    assert found.reason == reason
    lone = category_agreement([10, 5], [0, 0], term="a", level=0.95, rng=rng, n_draws=99)
    assert isinstance(lone, NotEstimable)
    assert lone.reason == "measurement.too_few_units"
