"""Leaving periods out, predicting units, combining waves and groups, planning."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.inference.meta_analysis import random_effects
from cxresearch.inference.unit_planning import SurveyDesign
from cxresearch.linkage import LinkedPanel, link, units_of, wave_slopes, waves_of
from cxresearch.linkage.periods_out import leave_one_period_out
from cxresearch.linkage.planning import GRID_COLUMNS, PARTS, plan_results, plan_table
from cxresearch.linkage.prediction import predicted_units
from cxresearch.linkage.synthesis import error_covariance, groups_frame, synthesis_of_groups, synthesis_of_periods
from cxresearch.statistic import Estimate, NotEstimable
from tests.linkage.panels import waves

EXACT = 1e-9


def test_leaving_periods_out_equals_doing_it_by_hand(four_waves: LinkedPanel) -> None:
    frame = four_waves.frame
    values = []
    for period in four_waves.periods:
        means = frame[frame.period != period].groupby("unit")[["ex", "cx"]].mean()
        values.append(np.corrcoef(means.ex, means.cx)[0, 1])
    low, high = leave_one_period_out(four_waves, "pearson", term="p", level=0.95)
    assert (low.estimate, high.estimate) == pytest.approx((min(values), max(values)), abs=EXACT)
    assert (low.term, low.n_periods) == ("p.low", 4)


def test_a_period_left_out_is_not_bridged(four_waves: LinkedPanel) -> None:
    low, high = leave_one_period_out(four_waves, "lagged", term="p", level=0.95)
    cube = waves_of(four_waves)
    values = []
    for place in range(4):
        ex, cx = cube.ex.copy(), cube.cx.copy()
        ex[:, place] = cx[:, place] = np.nan
        values.append(wave_slopes(type(cube)(ex, cx, cube.covariates), "lagged", term="l", level=0.95)[0].estimate)
    assert (low.estimate, high.estimate) == pytest.approx((min(values), max(values)), abs=EXACT)


@pytest.mark.parametrize("primary", ["ols", "within", "latent"])
def test_every_main_analysis_can_spare_a_period(four_waves: LinkedPanel, primary: str) -> None:
    low, high = leave_one_period_out(four_waves, primary, term="p", level=0.95)
    assert low.estimate <= high.estimate


def test_one_period_cannot_be_left_out(employees: UnitPanel, customers: UnitPanel) -> None:
    for found in leave_one_period_out(link(employees, customers), "pearson", term="p", level=0.95):
        assert isinstance(found, NotEstimable)
        assert found.reason == "honesty.too_few_periods"
        assert found.details == {"count": 1, "needed": 2}


def test_predicted_units_equal_the_references(employees: UnitPanel, customers: UnitPanel) -> None:
    units = units_of(link(employees, customers))
    whole, folds, mixed, customer = predicted_units(units, term="c", rng=np.random.default_rng(1))
    assert [item.term for item in (whole, folds, mixed, customer)] == ["c", "c.folds", "c.mixed", "c.customer"]
    assert mixed.estimate == pytest.approx(0.12946578647, abs=1e-5)
    assert customer.estimate == pytest.approx(0.017570844584, abs=1e-5)
    assert customer.n_respondents == customers.moments.n.sum()
    assert folds.conf_low < folds.estimate < folds.conf_high
    assert whole.estimate == pytest.approx(folds.estimate, abs=0.03)


def test_published_scores_have_no_prediction_of_customers(four_waves: LinkedPanel) -> None:
    *_, mixed, customer = predicted_units(units_of(four_waves), term="c", rng=np.random.default_rng(1))
    assert mixed.reason == customer.reason == "linkage.moments_unknown"


def test_error_covariance_is_that_of_repeated_samples() -> None:
    """Fisher's z of two waves of the same units, simulated."""
    rng = np.random.default_rng(3)
    size, runs = 60, 3000
    mix = np.array([[1, 0.5, 0.7, 0.35], [0.5, 1, 0.35, 0.7], [0.7, 0.35, 1, 0.5], [0.35, 0.7, 0.5, 1]])
    drawn = rng.multivariate_normal(np.zeros(4), mix, size=(runs, size))
    centred = drawn - drawn.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).sum(axis=1))
    z = [
        np.arctanh((centred[..., a] * centred[..., b]).sum(axis=1) / (spread[:, a] * spread[:, b]))
        for a, b in ((0, 1), (2, 3))
    ]
    expected = np.corrcoef(*z)[0, 1]
    found = [
        error_covariance(drawn[run][:, [0, 2]].T, drawn[run][:, [1, 3]].T, np.array([size, size])) for run in range(400)
    ]
    assert np.mean([item[0, 0] for item in found]) == pytest.approx(1 / (size - 3))
    assert np.mean([item[0, 1] for item in found]) * (size - 3) == pytest.approx(expected, abs=0.06)


def test_waves_are_combined_with_their_common_units_allowed_for(four_waves: LinkedPanel) -> None:
    found = {item.term: item for item in synthesis_of_periods(four_waves, term="s", level=0.95)}
    single = [found[f"s.{period}"] for period in four_waves.periods]
    naive = random_effects([math.atanh(item.estimate) for item in single], [1 / 397] * 4)
    assert isinstance(found["s"], Estimate)
    assert found["s"].estimate == pytest.approx(math.tanh(naive.effect), abs=0.01)
    assert found["s"].conf_high - found["s"].conf_low > 0
    assert found["s.prediction"].conf_low <= found["s"].conf_low
    assert found["s.q"].df == 3
    frame = groups_frame(tuple(found.values()), "s", {})
    assert frame.part.tolist() == list(four_waves.periods)


def test_groups_are_combined_as_metafor_does(employees: UnitPanel, promoters: UnitPanel, reference: Path) -> None:
    units = units_of(link(employees, promoters))
    region = pd.read_csv(reference / "unit_table.csv").set_index("unit_id").region.map("group{}".format)
    found = {i.term: i for i in synthesis_of_groups(units, region.to_dict(), term="s", level=0.95)}
    parts = [found[f"s.group{place}"] for place in range(4)]
    expected = random_effects([math.atanh(item.estimate) for item in parts], [1 / (item.n_units - 3) for item in parts])
    assert found["s"].estimate == pytest.approx(math.tanh(expected.effect), abs=EXACT)
    assert found["s.tau2"].estimate == pytest.approx(expected.tau2, abs=EXACT)
    assert found["s"].n_units == 60


def test_two_waves_are_too_few() -> None:
    rng = np.random.default_rng(1)
    linked = link(waves("ex", "employee", rng.normal(size=(20, 2))), waves("cx", "customer", rng.normal(size=(20, 2))))
    found = synthesis_of_periods(linked, term="s", level=0.95)
    assert {item.reason for item in found} == {"honesty.too_few_parts"}
    assert found[0].details == {"count": 2, "needed": 3}


def test_a_plan_tells_power_and_needs() -> None:
    design = SurveyDesign(icc_e=0.12, icc_c=0.06, employees=8, customers=20)
    found = {i.term: i for i in plan_results(design, 200, 0.4, term="p", power=0.8, level=0.95)}
    assert set(found) == {f"p.{part}" for part in PARTS}
    assert found["p.power"].estimate == pytest.approx(design.power(0.4, 200))
    assert found["p.units"].estimate == design.units_needed(0.4)
    hopeless = plan_results(design, 20, 0.1, term="p", power=0.8, level=0.95)
    assert {item.term: item for item in hopeless}["p.customers"].reason == "honesty.out_of_reach"


def test_a_plan_table_lies_around_the_design() -> None:
    design = SurveyDesign(icc_e=0.12, icc_c=0.06, employees=8, customers=20)
    table = plan_table(design, 0.4, power=0.8, level=0.95)
    assert tuple(table.columns) == GRID_COLUMNS
    assert sorted(set(table.employees)) == [4, 8, 16, 32]
    own = table[(table.employees == 8) & (table.customers == 20)].units.iloc[0]
    assert own == design.units_needed(0.4)
