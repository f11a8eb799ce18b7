from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage import LinkedUnits, link, units_of
from cxresearch.linkage.categories import (
    RECOMMENDATION,
    category_counts,
    unit_glmm,
    unit_logit,
    unit_ordinal,
    yes_no_counts,
)
from cxresearch.moments import count_moments
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import r_values
from tests.linkage.panels import respondents

CLMM = 1e-3
"""The goal table's tolerance for clmm and glmer."""


@pytest.fixture(scope="module")
def recommenders(employees: UnitPanel, promoters: UnitPanel) -> LinkedUnits:
    return units_of(link(employees, promoters))


@pytest.fixture(scope="module")
def leavers(employees: UnitPanel, reference) -> LinkedUnits:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    return units_of(link(employees, respondents("churned", "customer", rows.unit_id, rows.churned)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 400)] * 3), min_size=1, max_size=8))
def test_counts_are_recovered_from_moments(counts: list[tuple[int, int, int]]) -> None:
    table = np.array(counts, dtype=float)
    found = category_counts(count_moments(RECOMMENDATION, table), RECOMMENDATION)
    assert found is not None and np.array_equal(found, table)
    both = yes_no_counts(count_moments([0.0, 100.0], table[:, :2]))
    assert both is not None and np.array_equal(both, table[:, :2])


def test_other_scores_are_not_taken_for_categories() -> None:
    counts = np.array([[1.0, 2, 3, 4], [4, 3, 2, 1]])
    assert category_counts(count_moments([1, 2, 3, 4], counts), RECOMMENDATION) is None
    assert yes_no_counts(count_moments([0, 1, 2, 3], counts)) is None
    assert yes_no_counts(count_moments(RECOMMENDATION, counts[:, :3])) is None


def test_recommendation_per_standard_deviation_equals_clmm(recommenders: LinkedUnits, reference) -> None:
    r = r_values(reference, "linkage")["cust"]["clmm_agq7"]
    slope, ratio, sd = unit_ordinal(recommenders, term="h.ordinal", level=0.95)
    spread = np.std(recommenders.column("ex"))
    assert isinstance(slope, Estimate) and isinstance(ratio, Estimate) and isinstance(sd, Estimate)
    assert slope.estimate / spread == pytest.approx(r["coef"][2], abs=CLMM)
    assert slope.std_error / spread == pytest.approx(r["se"][2], abs=CLMM)
    assert sd.estimate == pytest.approx(r["sd_unit"], abs=CLMM)
    assert sd.conf_low < sd.estimate < sd.conf_high
    assert ratio.estimate == pytest.approx(math.exp(slope.estimate))
    assert (ratio.conf_low, ratio.conf_high) == pytest.approx((math.exp(slope.conf_low), math.exp(slope.conf_high)))
    assert ratio.p_value == slope.p_value
    assert [item.term for item in (slope, ratio, sd)] == ["h.ordinal", "h.ordinal.odds_ratio", "h.ordinal.sd"]
    assert (slope.n_units, slope.n_customers) == (60, 2593)


def test_leaving_equals_glm_and_glmer(leavers: LinkedUnits, reference) -> None:
    r = r_values(reference, "linkage")["cust"]["logit_churn"]
    spread = np.std(leavers.column("ex"))
    plain, ratio = unit_logit(leavers, term="h.logit", level=0.95)
    mixed, _, sd = unit_glmm(leavers, term="h.glmm", level=0.95)
    assert plain.estimate / spread == pytest.approx(r["coef"][1], abs=1e-8)
    assert mixed.estimate / spread == pytest.approx(r["glmer_coef"][1], abs=CLMM)
    assert mixed.std_error / spread == pytest.approx(r["glmer_se"][1], abs=CLMM)
    assert sd.estimate == pytest.approx(r["glmer_sd"], abs=CLMM)
    assert ratio.estimate == pytest.approx(math.exp(plain.estimate))


def test_a_covariate_is_held_constant(employees, promoters, region, reference) -> None:
    units = units_of(link(employees, promoters, [region]))
    slope = unit_ordinal(units, term="h.ordinal", level=0.95)[0]
    r = r_values(reference)["clmm_region"]
    assert slope.estimate / np.std(units.column("ex")) == pytest.approx(r["coef"][2], abs=CLMM)


def test_what_does_not_fit_the_question_says_why(recommenders: LinkedUnits, leavers: LinkedUnits) -> None:
    finished = replace(recommenders, cx_moments=None)
    flat = replace(recommenders, frame=recommenders.frame.assign(ex=2.0))
    asked = [
        (unit_ordinal(leavers, term="h", level=0.95), "models.not_three_categories"),
        (unit_logit(recommenders, term="h", level=0.95), "models.not_yes_no"),
        (unit_glmm(recommenders, term="h", level=0.95), "models.not_yes_no"),
        (unit_ordinal(finished, term="h", level=0.95), "models.spread_unknown"),
        (unit_ordinal(flat, term="h", level=0.95), "linkage.constant"),
    ]
    for found, reason in asked:
        assert all(isinstance(item, NotEstimable) and item.reason == reason for item in found)
