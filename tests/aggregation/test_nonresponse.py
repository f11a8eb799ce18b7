"""Response rates and non-response by hand, by brute force and by what must hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from cxresearch.aggregation.nonresponse import (
    Completion,
    answered_share,
    completion,
    completion_results,
    early_late,
    item_nonresponse,
    response_rates,
    unit_rates,
)
from cxresearch.aggregation.reliability import unit_reliability
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable, Result

EXACT = 1e-12  # the same sums in another order
NAN = np.nan


def answers(*n_answered: int, of: int = 10) -> np.ndarray:
    return np.array([[1.0] * n + [NAN] * (of - n) for n in n_answered])


def number(found: Result) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def test_dispositions_have_aapors_limits() -> None:
    found = completion([0, 0, 0, 1, 1, 1, 1], answered_share(answers(10, 9, 8, 5, 4, 1, 0)), 3)
    assert found.complete.tolist() == [2, 0, 0]
    assert found.partial.tolist() == [1, 1, 0]
    assert found.broken_off.tolist() == [0, 2, 0]
    assert found.started.tolist() == [3, 3, 0]
    twice = completion([0, 1], answered_share(answers(10, 5)), 2, frequency=[4, 3])
    assert (twice.complete.tolist(), twice.partial.tolist()) == ([4, 0], [0, 3])


def test_rates_are_ratios_whose_error_lies_between_units() -> None:
    complete, partial = np.array([8, 5, 9, 2]), np.array([1, 1, 0, 2])
    eligible = np.array([10.0, 12.0, 20.0, np.nan])
    found = Completion(complete, partial, np.zeros(4, dtype=np.int64))
    first, second = (number(one) for one in response_rates(found, eligible, term="response.ex"))
    assert (first.term, second.term) == ("response.ex.rr1", "response.ex.rr2")
    assert first.estimate == pytest.approx(22 / 42)
    assert second.estimate == pytest.approx(24 / 42)
    assert (first.n_units, first.n_respondents, first.df) == (3, 22, 2)
    left = complete[:3] - first.estimate * eligible[:3]
    error = np.sqrt(3 / 2 * (left**2).sum()) / 42
    assert first.std_error == pytest.approx(error, rel=EXACT)
    assert first.conf_high == pytest.approx(min(first.estimate + stats.t.ppf(0.975, 2) * error, 1))
    assert "measurement.few_units" in first.health


def test_the_ratio_equals_weighted_regression_through_the_origin() -> None:
    """R = sum a / sum N is the WLS slope with weights 1 / N; CR0 times J / (J - 1) is the linearised variance."""
    rng = np.random.default_rng(4)
    eligible = rng.integers(5, 60, 30).astype(float)
    complete = rng.binomial(eligible.astype(int), 0.6)
    rate = number(response_rates(Completion(complete, 0 * complete, 0 * complete), eligible, term="t")[0])
    root = np.sqrt(eligible)
    fit = OLS(complete / root, root).fit(cov_type="HC0")
    assert rate.estimate == pytest.approx(fit.params[0], rel=1e-10)
    assert rate.std_error == pytest.approx(fit.bse[0] * np.sqrt(30 / 29), rel=1e-10)


def test_units_have_wilsons_interval() -> None:
    found = unit_rates(Completion(np.array([18, 0]), np.array([0, 0]), np.array([0, 0])), [20, np.nan])
    low, high = proportion_confint(18, 20, method="wilson")
    assert (found.rr1[0], found.low[0], found.high[0]) == pytest.approx((0.9, low, high))
    assert np.isnan([found.rr1[1], found.rr2[1], found.low[1], found.high[1]]).all()


def test_everybody_answered_and_nobody_known() -> None:
    whole = Completion(np.array([5, 5]), np.array([0, 0]), np.array([0, 0]))
    rate = number(response_rates(whole, [5, 5], term="t")[0])
    assert (rate.estimate, rate.std_error, rate.conf_low, rate.conf_high) == (1, 0, 1, 1)
    unknown = response_rates(whole, [np.nan, np.nan], term="t")
    assert [found.reason for found in unknown if isinstance(found, NotEstimable)] == [
        "nonresponse.eligible_unknown"
    ] * 2


def test_completion_hides_few_people() -> None:
    found = completion(np.zeros(40, dtype=int), [1.0] * 30 + [0.6] * 7 + [0.2] * 3, 1)
    complete, partial, broken = completion_results(found, term="nonresponse.ex", threshold=5)
    assert number(complete).estimate == 30 / 40
    for part, hidden in (("partial", partial), ("broken_off", broken)):
        reason, details = "nonresponse.few_people", {"threshold": 5}
        assert hidden == NotEstimable(term=f"nonresponse.ex.{part}", reason=reason, details=details)
    nobody = completion_results(completion([0], [0.0], 1), term="t")
    assert {found.reason for found in nobody if isinstance(found, NotEstimable)} == {"nonresponse.nobody_started"}


def test_item_nonresponse_counts_those_who_started() -> None:
    items = answers(10, 8, 0, 6, 10)
    found = number(item_nonresponse([0, 0, 0, 1, 1], items, 2, term="t"))
    assert found.estimate == pytest.approx((0 + 2 + 4 + 0) / 40)
    assert (found.n_respondents, found.n_items, found.n_units) == (4, 10, 2)
    assert found.conf_low == 0


def test_early_and_late_by_hand() -> None:
    rng = np.random.default_rng(6)
    codes, days = rng.integers(0, 25, 600), rng.integers(0, 60, 600).astype(float)
    scores = 3 + 0.02 * days + rng.normal(size=600)
    days[::13] = NAN
    found = number(early_late(codes, days, scores, 25, term="t"))
    known = ~np.isnan(days)
    low, high = np.quantile(days[known], [0.25, 0.75], method="inverted_cdf")
    early, late = known & (days <= low), known & (days >= high)
    assert found.estimate == pytest.approx(scores[late].mean() - scores[early].mean())
    pulls = np.zeros(25)
    np.add.at(pulls, codes[late], (scores[late] - scores[late].mean()) / late.sum())
    np.add.at(pulls, codes[early], -(scores[early] - scores[early].mean()) / early.sum())
    assert found.std_error == pytest.approx(np.sqrt(25 / 24 * (pulls**2).sum()), rel=1e-9)
    assert found.n_respondents == early.sum() + late.sum()
    assert found.excludes(0)


def test_early_and_late_are_told_apart_within_periods() -> None:
    days = np.concatenate([np.arange(40), 1000 + np.arange(40)]).astype(float)
    wave = np.repeat([0, 1], 40)
    scores = np.where(wave == 1, 5.0, 1.0) + np.tile(np.repeat([0.0, 1.0], 20), 2)
    scores = scores + np.tile(np.tile([-0.1, 0.1, 0.1, -0.1, 0.1, -0.1, -0.1, 0.1, 0.0, 0.0], 4), 2)
    found = number(early_late(np.tile(np.arange(8), 10), days, scores, 8, term="t", periods=wave))
    assert found.estimate == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("days", "reason"), [(np.full(8, NAN), "nonresponse.no_dates"), (np.full(8, 7.0), "nonresponse.one_day")]
)
def test_without_an_order_there_is_no_early_and_late(days: np.ndarray, reason: str) -> None:
    found = early_late(np.arange(8) % 2, days, np.arange(8.0), 2, term="t")
    assert found == NotEstimable(term="t", reason=reason)
    for language in LANGUAGES:
        assert render(Phrase(f"reasons.{reason}"), language)


def test_a_fully_answered_unit_is_known_without_error() -> None:
    """lambda_j = tau2 / (tau2 + sigma2 / n_j (1 - n_j / N_j)) goes to 1 as n_j goes to N_j (acceptance row 3)."""
    rng = np.random.default_rng(8)
    codes = np.repeat(np.arange(20), 10)
    moments = score_moments(codes, rng.normal(size=20)[codes] + rng.normal(size=200), 20)
    sampled = unit_reliability(moments)
    frame = pd.DataFrame({"rate": np.linspace(0.1, 1, 20)})
    found = unit_reliability(moments, 10 / frame["rate"])
    table = np.var(moments.mean, ddof=1) * 10
    within = moments.ss.sum() / 180
    tau2 = (table - within) / 10
    np.testing.assert_allclose(found, tau2 / (tau2 + within / 10 * (1 - frame["rate"])), rtol=1e-10)
    assert found[-1] == 1.0
    assert (np.diff(found) > 0).all()
    assert (found >= sampled).all()
    np.testing.assert_allclose(unit_reliability(moments, np.full(20, 1e9)), sampled, rtol=1e-7)
    assert (unit_reliability(moments, np.full(20, NAN)) == sampled).all()
