from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.power import correlation_power
from cxresearch.inference.unit_planning import (
    GRID_COLUMNS,
    SurveyDesign,
    group_reliability,
    level_two_power,
    planning_grid,
    units_grid,
)

EXACT = 1e-9
SIMULATED = 0.02
"""The simulations have 2,000 runs, a standard error of .011."""

DESIGN = SurveyDesign(icc_e=0.12, icc_c=0.06, employees=8, customers=20)
PERFECT = SurveyDesign(icc_e=1.0, icc_c=1.0, employees=1, customers=1)


@pytest.mark.parametrize(
    ("size", "units"), [(0.10, 782), (0.15, 346), (0.20, 194), (0.25, 123), (0.30, 85), (0.35, 61)]
)
def test_measured_without_error_the_textbook_numbers_of_units(size: float, units: int) -> None:
    assert PERFECT.units_needed(size) == units


@pytest.mark.parametrize(("units", "size"), [(20, 0.58), (40, 0.43), (60, 0.35), (100, 0.28)])
def test_measured_without_error_the_textbook_detectable_correlations(units: int, size: float) -> None:
    assert PERFECT.detectable(units) == pytest.approx(size, abs=0.006)


def test_the_surveys_shrink_a_correlation_as_the_simulation_shows() -> None:
    """40 units, 8 employees, 20 customers, rho = .40: the mean observed r of 200 runs is .206."""
    assert DESIGN.observed(0.40) == pytest.approx(0.215, abs=0.02)
    assert DESIGN.reliability_e == pytest.approx(8 * 0.12 / (1 + 7 * 0.12), abs=EXACT)
    assert DESIGN.reliability_c == pytest.approx(20 * 0.06 / (1 + 19 * 0.06), abs=EXACT)


def test_level_two_power_equals_the_reference_and_its_simulation(reference: Path) -> None:
    for case in json.loads((reference / "extra.json").read_text())["power_l2"]:
        found = level_two_power(case["b_total_sd"], case["J"], case["icc"], case["n"])
        assert found == pytest.approx(case["analytic"], abs=EXACT)
        assert found == pytest.approx(case["sim"], abs=SIMULATED)


def test_planned_power_is_what_simulated_surveys_find() -> None:
    rng = np.random.default_rng(4)
    latent, n_units, runs = 0.5, 60, 4000
    true = rng.multivariate_normal([0, 0], [[1, latent], [latent, 1]], size=(runs, n_units))
    noise = rng.normal(size=(runs, n_units, 2))
    errors = [math.sqrt(1 / reliability - 1) for reliability in (DESIGN.reliability_e, DESIGN.reliability_c)]
    seen = true + noise * errors
    seen = seen - seen.mean(axis=1, keepdims=True)
    r = (seen[..., 0] * seen[..., 1]).sum(axis=1) / np.sqrt((seen**2).sum(axis=1).prod(axis=1))
    t = r * np.sqrt((n_units - 2) / (1 - r**2))
    assert DESIGN.power(latent, n_units) == pytest.approx(np.mean(np.abs(t) > 2.0017), abs=SIMULATED)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.15, 0.9), st.floats(0.05, 0.5), st.integers(2, 50), st.floats(0.6, 0.95))
def test_needed_units_are_the_fewest(latent: float, icc: float, n: int, power: float) -> None:
    design = SurveyDesign(icc_e=icc, icc_c=icc, employees=n, customers=n)
    needed = design.units_needed(latent, power)
    assert design.power(latent, needed) >= power - 1e-9
    assert needed == 4 or design.power(latent, needed - 1) < power


def test_detectable_and_needed_agree() -> None:
    latent = DESIGN.detectable(200)
    assert correlation_power(DESIGN.observed(latent), 200) == pytest.approx(0.80, abs=EXACT)
    assert SurveyDesign(icc_e=0.05, icc_c=0.02, employees=4, customers=5).detectable(10) is None


def test_everybody_answering_makes_the_mean_known() -> None:
    assert group_reliability(0.1, 8, 1.0) == 1.0
    assert group_reliability(0.1, 8, 1e-9) == pytest.approx(group_reliability(0.1, 8))
    half = group_reliability(0.1, 8, 0.5)
    assert group_reliability(0.1, 8) < half < 1
    assert half == pytest.approx(0.1 / (0.1 + 0.9 / 8 * 0.5), abs=EXACT)
    full = replace(DESIGN, response_rate=0.8)
    assert full.units_needed(0.3) < DESIGN.units_needed(0.3)


def test_precision_planning_gives_the_interval_asked_for() -> None:
    units = DESIGN.units_for_half_width(0.3, 0.25)
    assert DESIGN.half_width(0.3, units) <= 0.25 < DESIGN.half_width(0.3, units - 1)
    assert PERFECT.units_for_half_width(0.0, 0.5) == pytest.approx(3 + (1.96 / math.atanh(0.5)) ** 2, abs=1)
    assert DESIGN.units_for_half_width(0.3, 100.0) == 4


def test_customers_per_unit_are_the_fewest_that_do() -> None:
    customers = DESIGN.respondents_needed(0.5, 120)
    assert replace(DESIGN, customers=customers).power(0.5, 120) >= 0.80 - EXACT
    assert replace(DESIGN, customers=customers - 1).power(0.5, 120) < 0.80
    assert DESIGN.respondents_needed(0.1, 20) is None


def test_a_grid_holds_every_mix() -> None:
    grid = planning_grid(DESIGN, 0.3, (30, 60), (5, 10), (20, 40, 80))
    assert tuple(grid.columns) == GRID_COLUMNS
    assert len(grid) == 12
    row = grid[(grid.units == 60) & (grid.employees == 10) & (grid.customers == 40)].iloc[0]
    assert row.power == pytest.approx(replace(DESIGN, employees=10, customers=40).power(0.3, 60))
    assert (grid.groupby(["employees", "customers"]).power.diff().dropna() > 0).all()


def test_a_grid_of_units_falls_with_people_per_unit() -> None:
    grid = units_grid(DESIGN, 0.3, (5, 10), (20, 40))
    assert grid.units.tolist() == sorted(grid.units, reverse=True)
    assert grid.units.iloc[0] == replace(DESIGN, employees=5, customers=20).units_needed(0.3)
    none = units_grid(replace(DESIGN, icc_c=0.0), 0.3, (5,), (20,))
    assert none.units.isna().all()


def test_impossible_designs_are_errors() -> None:
    with pytest.raises(ValueError, match="ICC\\(1\\) lies in 0..1"):
        group_reliability(1.2, 8)
    with pytest.raises(ValueError, match="a response rate"):
        group_reliability(0.2, 8, 0.0)
    with pytest.raises(ValueError, match="more than the variance between units"):
        level_two_power(0.5, 40, 0.1, 20)
    assert SurveyDesign(icc_e=0.0, icc_c=0.1, employees=8, customers=20).units_needed(0.3) is None
