"""Customer metrics against R (NPS, stats, survey), published counts and brute force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.moments import ScoreMoments, count_moments, score_moments
from cxresearch.scoring import METRICS, metric_estimate, metric_results, sample_interval
from cxresearch.scoring.proportions import nps_profile
from cxresearch.statistic import Estimate, NotEstimable

WITNESS = 1e-8  # R printed ten digits after the point
SOLVER = 1e-6  # R's own root finder stopped at 1e-10 of a likelihood that is flat at its top
NPS, CSAT, MEAN = METRICS["nps"], METRICS["csat"], METRICS["mean"]
REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "cx_metrics.json").read_text())


def one_group(scores: np.ndarray) -> ScoreMoments:
    return score_moments(np.zeros(len(scores), dtype=int), scores, 1)


def trinomial(detractors: int, passives: int, promoters: int) -> ScoreMoments:
    return count_moments([-100, 0, 100], [[detractors, passives, promoters]])


def interval(moments: ScoreMoments, name: str, metric: Any = NPS) -> tuple[float, float]:
    result = sample_interval(metric, moments, term="t", interval=name)
    assert isinstance(result, Estimate)
    assert result.conf_low is not None
    assert result.conf_high is not None
    return result.conf_low, result.conf_high


@pytest.fixture(scope="module")
def customers(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "gen_customers.csv")


@pytest.mark.parametrize("case", [*REFERENCE["trinomial"], REFERENCE["gen"]], ids=lambda c: f"n{c['n']}d{c['det']}")
def test_every_nps_interval_equals_r(case: dict[str, Any]) -> None:
    moments = trinomial(case["det"], case["pas"], case["pro"])
    wald = sample_interval(NPS, moments, term="t", interval="nps_wald")
    assert isinstance(wald, Estimate)
    assert wald.estimate == pytest.approx(case["nps"], abs=WITNESS)
    assert wald.std_error == pytest.approx(case["se"], abs=WITNESS)
    for name, key in (
        ("nps_wald", "wald"),
        ("nps_adjusted_wald", "adjwald_lewis_sauro"),
        ("nps_trinomial_t", "trinomial_t"),
    ):
        assert interval(moments, name) == pytest.approx(case[key], abs=WITNESS)
    assert interval(moments, "nps_profile") == pytest.approx(case["profile_lr"], abs=SOLVER)


def test_nps_of_an_airport_equals_the_published_counts(shared: Path) -> None:
    airport = pd.read_csv(shared / "data" / "sfo-airport" / "sfo_2017.csv", low_memory=False)
    answers = pd.to_numeric(airport["NETPRO"], errors="coerce")
    scores = NPS.scores(answers.where(answers.between(0, 10)))
    assert [(scores == value).sum() for value in (-100, 0, 100)] == [342, 968, 1436]
    result = metric_estimate(NPS, one_group(scores), term="cx.nps")
    assert isinstance(result, Estimate)
    assert result.n_respondents == 2746
    assert result.estimate == pytest.approx(39.84, abs=0.005)  # published to two decimals


@pytest.mark.parametrize(
    ("region", "published"), [(None, -5.155), ("Center", -13.18), ("East", 1.46), ("North", -3.53)]
)
def test_nps_of_a_bank_equals_the_published_values(shared: Path, region: str | None, published: float) -> None:
    clients = pd.read_csv(shared / "data" / "bank" / "csibank.csv")
    chosen = clients if region is None else clients[clients["Region"] == region]
    result = metric_estimate(NPS, one_group(NPS.scores(chosen["loy3"])), term="cx.nps")
    assert isinstance(result, Estimate)
    assert result.estimate == pytest.approx(published, abs=0.005)  # published to two or three decimals


def test_unit_scores_equal_r(customers: pd.DataFrame, reference: Path) -> None:
    witness = pd.read_csv(reference / "cx_unit_scores.csv")
    codes, units = pd.factorize(customers["unit_id"], sort=True)
    assert list(units) == list(witness["unit_id"])
    for metric, column, key in ((NPS, "nps", "nps_score"), (MEAN, "csat", "csat"), (METRICS["ces"], "ces", "ces")):
        moments = score_moments(codes, metric.scores(customers[column]), 60)
        assert np.allclose(moments.mean, witness[key], rtol=0, atol=WITNESS)
        assert np.array_equal(moments.n, witness["n"])


def test_the_reported_interval_respects_units_where_they_are_known(customers: pd.DataFrame) -> None:
    moments = score_moments(pd.factorize(customers["unit_id"])[0], NPS.scores(customers["nps"]), 60)
    result = metric_estimate(NPS, moments, term="cx.nps")
    assert isinstance(result, Estimate)
    assert result.method == "measurement.cluster_mean"
    assert [result.conf_low, result.conf_high] == pytest.approx(REFERENCE["gen_cluster"]["ci_t"], abs=WITNESS)
    unknown = metric_estimate(NPS, moments.pooled(np.zeros(60, dtype=int), 1), term="cx.nps")
    assert isinstance(unknown, Estimate)
    assert unknown.method == "measurement.nps_adjusted_wald"
    witness = REFERENCE["gen"]["adjwald_lewis_sauro"]
    assert [unknown.conf_low, unknown.conf_high] == pytest.approx(witness, abs=WITNESS)


def test_all_results_carry_their_own_terms(customers: pd.DataFrame) -> None:
    moments = score_moments(pd.factorize(customers["unit_id"])[0], NPS.scores(customers["nps"]), 60)
    terms = [result.term for result in metric_results(NPS, moments, term="cx.nps")]
    assert terms == [
        "cx.nps",
        "cx.nps.nps_wald",
        "cx.nps.nps_adjusted_wald",
        "cx.nps.nps_trinomial_t",
        "cx.nps.nps_profile",
        "cx.nps.cluster_mean",
        "cx.nps.design_effect",
    ]


@pytest.mark.parametrize("case", ["csat_top2", "csat_small"])
def test_top_box_intervals_equal_r(case: str) -> None:
    witness = REFERENCE[case]
    moments = count_moments([0, 100], [[witness["n"] - witness["x"], witness["x"]]])
    assert np.divide(interval(moments, "share_wilson", CSAT), 100) == pytest.approx(witness["wilson"], abs=WITNESS)
    exact = interval(moments, "share_clopper_pearson", CSAT)
    assert np.divide(exact, 100) == pytest.approx(witness["clopper"], abs=WITNESS)


@pytest.mark.parametrize(("column", "case"), [("ces", "ces"), ("csat", "csat_mean")])
def test_means_equal_r(customers: pd.DataFrame, column: str, case: str) -> None:
    moments = one_group(MEAN.scores(customers[column]))
    result = sample_interval(MEAN, moments, term="t")
    assert isinstance(result, Estimate)
    assert result.estimate == pytest.approx(REFERENCE[case]["mean"], abs=WITNESS)
    assert [result.conf_low, result.conf_high] == pytest.approx(REFERENCE[case]["ci"], abs=WITNESS)


def test_top_box_shares_equal_r(customers: pd.DataFrame) -> None:
    assert CSAT.scores(customers["csat"], top=(4, 5)).mean() == pytest.approx(100 * REFERENCE["csat_top2"]["p"])
    assert CSAT.scores(customers["ces"], top=(5, 6, 7)).mean() == pytest.approx(100 * REFERENCE["ces"]["top3_ge5"])


@pytest.mark.parametrize("counts", [(0, 0, 5), (5, 0, 0), (0, 5, 0), (0, 3, 12), (7, 0, 0), (3, 0, 4), (1, 0, 0)])
def test_empty_cells_leave_finite_intervals_on_the_scale(counts: tuple[int, int, int]) -> None:
    moments = trinomial(*counts)
    score = 100 * (counts[2] - counts[0]) / sum(counts)
    for name in ("nps_adjusted_wald", "nps_profile"):
        low, high = interval(moments, name)
        assert low < high
        if name == "nps_profile":
            assert -100 <= low <= score <= high <= 100
    result = metric_estimate(NPS, moments, term="t")
    assert isinstance(result, Estimate)
    assert ("measurement.no_variation" in result.health) == (max(counts) == sum(counts))


@settings(deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_profile_limits_are_where_the_likelihood_ratio_says(detractors: int, passives: int, promoters: int) -> None:
    n = detractors + passives + promoters
    if n == 0 or n in (detractors, promoters):
        return
    counts = np.array([detractors, passives, promoters], dtype=float)

    def best_log_likelihood(score: float) -> float:
        share = np.linspace(max(0, -score), (1 - score) / 2, 40_001)
        shares = np.maximum(np.stack([share, 1 - 2 * share - score, share + score]), 1e-300)
        return float(np.where(counts[:, None] > 0, counts[:, None] * np.log(shares), 0.0).sum(axis=0).max())

    top = best_log_likelihood((promoters - detractors) / n)
    for limit in nps_profile(detractors, passives, promoters, 0.95):
        assert 2 * (top - best_log_likelihood(limit / 100)) == pytest.approx(3.841458820694124, abs=5e-3)  # grid width


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_trading_promoters_for_detractors_mirrors_every_interval(
    detractors: int, passives: int, promoters: int
) -> None:
    if detractors + passives + promoters < 2:
        return
    for name in NPS.intervals:
        low, high = interval(trinomial(detractors, passives, promoters), name)
        mirrored = interval(trinomial(promoters, passives, detractors), name)
        assert mirrored == pytest.approx((-high, -low), abs=1e-7)


def test_a_limit_outside_the_scale_is_said() -> None:
    result = sample_interval(NPS, trinomial(0, 3, 12), term="t", interval="nps_wald")
    assert isinstance(result, Estimate)
    assert result.conf_high is not None
    assert result.conf_high > 100
    assert "measurement.beyond_scale" in result.health


@pytest.mark.parametrize("value", [-1.0, 11.0, 8.5])
def test_an_impossible_recommendation_is_an_error(value: float) -> None:
    with pytest.raises(ValueError, match="whole number from 0 to 10"):
        NPS.scores([9.0, value])


def test_missing_answers_stay_missing_and_a_top_box_needs_its_values() -> None:
    assert np.isnan(NPS.scores([np.nan, 9.0])).tolist() == [True, False]
    assert np.isnan(CSAT.scores([np.nan, 5.0], top=(5,))).tolist() == [True, False]
    with pytest.raises(ValueError, match="count as the top"):
        CSAT.scores([5.0])


def test_nothing_answered_is_not_estimable() -> None:
    empty = score_moments(np.array([], dtype=int), np.array([]), 1)
    assert metric_estimate(NPS, empty, term="t") == NotEstimable(term="t", reason="scoring.no_answers")
    single = metric_estimate(MEAN, one_group(np.array([4.0])), term="t")
    assert single == NotEstimable(term="t", reason="scoring.too_few_answers", details={"n": 1, "needed": 2})
