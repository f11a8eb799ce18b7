from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.linkage.link import COVARIATE, LINKED_COLUMNS, LinkedPanel
from cxresearch.linkage.random_slopes import MIN_GROUPS, cross_level, group_slopes, unit_slopes
from cxresearch.linkage.slope_results import fitted_slopes
from cxresearch.linkage.units import LinkedUnits, units_of
from cxresearch.linkage.variance_shares import nested_shares, two_level_shares
from cxresearch.linkage.within_between import ServingEmployees, employee_within_between, period_within_between
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable

REML = 1e-5
"""Agreement with lme4, whose optimiser was told to go on to the end."""
DF = 1e-2
"""lmerTest's degrees of freedom rest on numerical second derivatives."""


@pytest.fixture
def witness(reference: Path) -> dict:
    return json.loads((reference / "mixed_witness.json").read_text())


def same(result: object, expected: dict, place: int) -> None:
    assert isinstance(result, Estimate)
    assert result.estimate == pytest.approx(expected["coef"][place], abs=REML)
    assert result.std_error == pytest.approx(expected["se"][place], abs=REML)
    assert result.df == pytest.approx(expected["df"][place], rel=DF)
    half = stats.t.ppf(0.975, expected["df"][place]) * expected["se"][place]
    ends = [expected["coef"][place] - half, expected["coef"][place] + half]
    assert [result.conf_low, result.conf_high] == pytest.approx(ends, abs=10 * REML)
    assert 0 <= result.p_value <= 1


def test_unit_slopes_equal_lme4(four_waves: LinkedPanel, witness: dict) -> None:
    found = unit_slopes(four_waves, term="h.random_slope", level=0.95)
    slope, tau2, sd, opposite = found.results
    expected = witness["panel_slopes"]
    same(slope, expected, 1)
    assert [item.term for item in found.results] == [
        "h.random_slope", "h.random_slope.tau2", "h.random_slope.sd", "h.random_slope.range",
    ]  # fmt: skip
    assert tau2.estimate == pytest.approx(expected["vcov"][1], rel=10 * REML)
    assert sd.estimate**2 == pytest.approx(tau2.estimate)
    assert (sd.conf_low**2, sd.conf_high**2) == pytest.approx((tau2.conf_low, tau2.conf_high))
    assert tau2.conf_low <= tau2.estimate <= tau2.conf_high
    assert opposite.estimate == pytest.approx(stats.norm.cdf(-slope.estimate / sd.estimate))
    assert opposite.conf_low <= opposite.estimate <= opposite.conf_high
    assert {item.n_units for item in found.results} == {400}
    assert {item.n_periods for item in found.results} == {4}


def test_slopes_of_units_are_shrunken_towards_the_average(four_waves: LinkedPanel) -> None:
    found = unit_slopes(four_waves, term="h", level=0.95)
    frame, average = found.frame, found.results[0].estimate
    assert list(frame.columns) == ["unit", "slope", "low", "high", "own"]
    assert len(frame) == 400
    assert (frame.low < frame.slope).all()
    assert (frame.slope < frame.high).all()
    assert frame.slope.std() < frame.own.std()
    assert frame.slope.mean() == pytest.approx(average, abs=1e-6)


def test_own_slopes_are_those_of_the_unit_alone(four_waves: LinkedPanel) -> None:
    frame = unit_slopes(four_waves, term="h", level=0.95).frame.set_index("unit")
    rows = four_waves.frame[four_waves.frame.unit == frame.index[7]]
    assert frame.own.iloc[7] == pytest.approx(np.polyfit(rows.ex, rows.cx, 1)[0])


def test_two_periods_are_too_few(four_waves: LinkedPanel) -> None:
    early = replace(four_waves, frame=four_waves.frame[four_waves.frame.period.isin(four_waves.periods[:2])])
    found = unit_slopes(early, term="h", level=0.95)
    assert {item.reason for item in found.results} == {"mixed.too_few_periods"}
    assert found.frame.empty


def test_one_line_for_all_units_is_a_singular_result() -> None:
    """Every unit's own slope is 0.5 exactly, so that there is less than chance to tell the slopes apart."""
    rng = np.random.default_rng(2)
    ex = rng.normal(size=(40, 5))
    about = ex - ex.mean(axis=1, keepdims=True)
    noise = rng.normal(size=(40, 5))
    noise -= about * ((noise * about).sum(axis=1) / (about**2).sum(axis=1))[:, None]
    panel = panel_of(ex, 0.5 * ex + rng.normal(size=(40, 1)) + noise)
    found = unit_slopes(panel, term="h", level=0.95)
    slope, tau2, _, opposite = found.results
    assert slope.health == ("mixed.singular",)
    assert slope.df <= 38
    assert tau2.estimate < 0.01
    assert tau2.conf_low == 0
    assert tau2.std_error is None
    assert opposite.estimate < 0.01
    assert found.frame.slope.to_numpy() == pytest.approx(slope.estimate, abs=0.1)


def panel_of(ex: np.ndarray, cx: np.ndarray, **covariates: np.ndarray) -> LinkedPanel:
    n_units, n_periods = ex.shape
    frame = pd.DataFrame(
        {
            "unit": np.repeat([f"U{j:03d}" for j in range(n_units)], n_periods),
            "period": np.tile([f"P{t}" for t in range(n_periods)], n_units),
            "ex": ex.ravel(),
            "cx": cx.ravel(),
        }
    )
    frame = frame.reindex(columns=list(LINKED_COLUMNS))
    frame = frame.assign(**{COVARIATE + name: np.repeat(value, n_periods) for name, value in covariates.items()})
    return LinkedPanel("x", "y", "employee", "customer", frame, tuple(covariates), tuple(frame.period.unique()))


def test_cross_level_moderation_is_found() -> None:
    """Simulated truth: the slope rises by 0.5 for each point of the covariate."""
    rng = np.random.default_rng(6)
    contact = rng.normal(size=120)
    ex = rng.normal(size=(120, 5))
    slope = 0.3 + 0.5 * contact + 0.2 * rng.normal(size=120)
    cx = slope[:, None] * ex + rng.normal(size=(120, 1)) + rng.normal(size=(120, 5))
    found = cross_level(panel_of(ex, cx, contact=contact), "contact", term="h.cross_level.contact", level=0.95)
    assert found.method == "mixed.cross_level"
    assert found.conf_low < 0.5 < found.conf_high
    assert found.conf_low > 0.3
    assert found.n_units == 120


def test_cross_level_leaves_units_without_the_covariate_out() -> None:
    rng = np.random.default_rng(7)
    ex, cx, contact = rng.normal(size=(40, 4)), rng.normal(size=(40, 4)), rng.normal(size=40)
    contact[:4] = np.nan
    found = cross_level(panel_of(ex, cx, contact=contact), "contact", term="h", level=0.95)
    assert found.n_units == 36
    missing = cross_level(panel_of(ex, cx, contact=np.full(40, np.nan)), "contact", term="h", level=0.95)
    assert missing == NotEstimable(term="h", reason="mixed.unidentified")


def regions(n_groups: int, seed: int, sd: float) -> tuple[LinkedUnits, np.ndarray]:
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(n_groups), 30)
    ex = rng.normal(size=len(code)) + rng.normal(size=n_groups)[code]
    cx = (0.4 + sd * rng.normal(size=n_groups))[code] * ex + rng.normal(size=len(code))
    return units_of(panel_of(ex[:, None], cx[:, None])), code


def test_group_slopes_differ_or_not() -> None:
    units, code = regions(25, 1, 0.6)
    apart = group_slopes(units, code, term="h.group_slope", level=0.95)
    assert apart.results[1].conf_low > 0
    assert apart.results[2].conf_low < 0.6 < apart.results[2].conf_high
    assert apart.results[0].df < 30
    assert list(apart.frame.unit) == list(range(25))
    units, code = regions(MIN_GROUPS - 1, 1, 0.6)
    few = group_slopes(units, code, term="h.group_slope", level=0.95)
    assert few.results[0].reason == "mixed.too_few_groups"
    assert few.results[0].details == {"count": MIN_GROUPS - 1, "needed": MIN_GROUPS}


def test_panel_within_between_equals_lme4(four_waves: LinkedPanel, witness: dict) -> None:
    within, between, difference = period_within_between(four_waves, term="h.within_between", level=0.95)
    expected = witness["panel_within_between"]
    same(within, expected, 1)
    same(between, expected, 2)
    assert difference.estimate == pytest.approx(between.estimate - within.estimate)
    assert difference.term == "h.within_between.difference"
    assert (within.n_units, within.n_periods) == (400, 4)


def test_employees_within_between_equals_lme4(reference: Path) -> None:
    employees = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    items = employees.filter(like="ex_").copy()
    items[["ex_04", "ex_10"]] = 6 - items[["ex_04", "ex_10"]]
    employees["ex"] = items.mean(axis=1)
    customers = pd.read_csv(reference / "data" / "gen_customers.csv")
    customers = customers[customers.employee_id.isin(employees.employee_id)]
    place = customers.employee_id.map(pd.Series(range(len(employees)), employees.employee_id))
    served = ServingEmployees(
        unit=pd.factorize(employees.unit_id)[0],
        ex=employees.ex.to_numpy(),
        unit_ex=employees.groupby("unit_id").ex.transform("mean").to_numpy(),
        cx=score_moments(place, customers["lat"], len(employees)),
    )
    within, between, difference = employee_within_between(served, term="h.within_between", level=0.95)
    expected = json.loads((reference / "linkage.json").read_text())["cust"]["within_between"]
    table = {"coef": list(expected["coef"].values()), "se": list(expected["se"].values()), "df": expected["satt_df"]}
    same(within, table, 1)
    same(between, table, 2)
    contextual = json.loads((reference / "mixed_witness.json").read_text())["contextual"]
    same(difference, contextual, 2)
    assert (within.n_customers, within.n_units) == (expected["n"], 60)


def test_nobody_served_has_a_reason() -> None:
    empty = ServingEmployees(np.empty(0), np.empty(0), np.empty(0), score_moments([], [], 0))
    assert {item.reason for item in employee_within_between(empty, term="h", level=0.95)} == {"mixed.nobody_served"}


@pytest.mark.parametrize("outcome", ["lat", "nps"])
def test_shares_of_variance_equal_lme4(outcome: str, reference: Path) -> None:
    customers = pd.read_csv(reference / "data" / "gen_customers.csv")
    code, _ = pd.factorize(customers.employee_id)
    unit = pd.factorize(customers.groupby(code).unit_id.first())[0]
    moments = score_moments(code, customers[outcome], code.max() + 1)
    found = nested_shares(
        unit, moments, "employee", np.empty((len(unit), 0)), term="variance.cx", level=0.95, counts={"n_units": 60}
    )
    expected = json.loads((reference / "linkage.json").read_text())["cust"][f"vardecomp_{outcome}"]
    assert [item.estimate for item in found] == pytest.approx([expected["share"][k] for k in (1, 0, 2)], abs=REML)
    assert [item.term for item in found] == ["variance.cx.unit", "variance.cx.employee", "variance.cx.respondent"]
    assert all(item.conf_low < item.estimate < item.conf_high for item in found)


def test_shares_of_two_levels_are_the_intraclass_correlation(reference: Path) -> None:
    customers = pd.read_csv(reference / "data" / "gen_customers.csv")
    moments = score_moments(pd.factorize(customers.unit_id)[0], customers["lat"], 60)
    unit, rest = two_level_shares(moments, term="variance.cx", level=0.95, counts={})
    null = json.loads((reference / "linkage.json").read_text())["cust"]["lmer_ri"]["null_var"]
    assert unit.estimate == pytest.approx(null[0] / sum(null), abs=REML)
    assert rest.estimate == pytest.approx(1 - unit.estimate)
    assert (rest.conf_low, rest.conf_high) == pytest.approx((1 - unit.conf_high, 1 - unit.conf_low))


@pytest.mark.parametrize("seed", [10, 24, 52, 68, 89, 181])
def test_odd_designs_have_results_or_reasons(seed: int) -> None:
    """Few units of one to five rows, with variances that differ by many powers of ten; warnings are errors."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, int(rng.integers(3, 15)))
    unit = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(size=len(unit)) * 10.0 ** rng.integers(-3, 4) + 10.0 ** rng.integers(-2, 5)
    sd = 10.0 ** rng.uniform(-3, 2, 3)
    y = sd[0] * rng.normal(size=len(sizes))[unit] + sd[1] * rng.normal(size=len(sizes))[unit] * x
    y += sd[2] * rng.normal(size=len(unit))
    found = fitted_slopes(unit, y, x[:, None], ("a", "b", "c", "d"), level=0.95)
    assert [item.term for item in found.results] == ["a", "b", "c", "d"]
    pairs = score_moments(np.arange(len(y)) // 2, y, (len(y) + 1) // 2)
    nothing = np.empty((len(pairs.n), 0))
    shares = nested_shares(unit[::2], pairs, "period", nothing, term="v", level=0.95, counts={})
    assert all(isinstance(item, NotEstimable) or item.conf_low <= item.estimate <= item.conf_high for item in shares)
