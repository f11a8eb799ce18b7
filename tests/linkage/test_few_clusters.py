from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage import LinkedUnits, link, unit_mixed, unit_ols, units_of
from cxresearch.linkage.few_clusters import unit_cluster_bootstrap, unit_cr2, unit_gee, unit_wild, unit_wls
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.inference.customer_data import r_values

R = 1e-8
"""R prints ten digits or more."""


@pytest.fixture(scope="module")
def units(employees: UnitPanel, customers: UnitPanel) -> LinkedUnits:
    return units_of(link(employees, customers))


def everything(units: LinkedUnits) -> dict[str, Result]:
    rng = np.random.default_rng
    found = (
        *unit_cr2(units, term="h.cr2", level=0.95),
        *unit_wild(units, term="h.wild", level=0.95, rng=rng(1), n_draws=999),
        *unit_cluster_bootstrap(units, term="h.cluster_bootstrap", level=0.95, rng=rng(2), n_draws=500),
        *unit_gee(units, term="h.gee", level=0.95),
        *unit_wls(units, term="h.wls", level=0.95),
    )
    return {result.term: result for result in found}


def test_customers_of_the_reference(units: LinkedUnits, reference) -> None:
    r = r_values(reference, "linkage")["cust"]
    found = everything(units)
    cr2, gee = found["h.cr2"], found["h.gee"]
    assert isinstance(cr2, Estimate) and isinstance(gee, Estimate)
    assert (cr2.std_error, cr2.df) == pytest.approx((r["CR2"][1], r["CR2_df_satt"][1]), rel=R)
    assert gee.estimate == pytest.approx(r["gee_lat"]["coef"][1], abs=1e-8)
    assert gee.std_error == pytest.approx(r["gee_lat"]["robust_se"][1], abs=1e-8)
    assert all(isinstance(item, Estimate) for item in found.values())
    assert {item.n_customers for item in found.values()} == {2593}
    assert {item.n_units for item in found.values()} == {60}


def test_standardised_slopes_are_on_the_scale_of_the_regression_between_units(units: LinkedUnits) -> None:
    slope, standard = unit_ols(units, term="h.ols", level=0.95)
    factor = standard.estimate / slope.estimate
    found = everything(units)
    for name in ("cr2", "wild", "cluster_bootstrap", "gee", "wls"):
        assert found[f"h.{name}.std"].estimate == pytest.approx(factor * found[f"h.{name}"].estimate)
        assert found[f"h.{name}.std"].conf_high == pytest.approx(factor * found[f"h.{name}"].conf_high)


def test_precision_weights_give_the_slope_of_the_mixed_model(units: LinkedUnits) -> None:
    mixed = unit_mixed(units, term="h.mixed", level=0.95)[0]
    assert everything(units)["h.wls"].estimate == pytest.approx(mixed.estimate, rel=1e-9)


def test_weights_by_customers_give_the_slope_over_customers(promoters: UnitPanel, employees: UnitPanel) -> None:
    found = everything(units_of(link(employees, promoters)))
    assert found["h.wls.n"].estimate == pytest.approx(30.9057784731, rel=R)
    assert found["h.wls.n"].estimate == pytest.approx(found["h.cr2"].estimate, rel=1e-9)


def test_covariates_are_held_constant(employees, customers, region, reference) -> None:
    r = r_values(reference)
    units = units_of(link(employees, customers, [region]))
    cr2 = unit_cr2(units, term="h.cr2", level=0.95)[0]
    gee = unit_gee(units, term="h.gee", level=0.95)[0]
    assert (cr2.estimate, cr2.std_error) == pytest.approx(
        (r["cr_region"]["coef"][1], r["cr_region"]["CR2"]["SE"][1]), rel=R
    )
    assert (gee.estimate, gee.std_error) == pytest.approx((r["gee_region"]["coef"][1], r["gee_region"]["se"][1]), rel=R)


def test_finished_unit_scores_allow_what_needs_no_spread(units: LinkedUnits) -> None:
    full, finished = everything(units), everything(replace(units, cx_moments=None))
    for name in ("cr2", "wild", "cluster_bootstrap", "wls.n"):
        assert finished[f"h.{name}"].estimate == pytest.approx(full[f"h.{name}"].estimate, rel=1e-9)
        assert finished[f"h.{name}"].std_error == pytest.approx(full[f"h.{name}"].std_error, rel=1e-9)
    for name in ("gee", "gee.std", "wls", "wls.std"):
        assert isinstance(finished[f"h.{name}"], NotEstimable)
        assert finished[f"h.{name}"].reason == "models.spread_unknown"


def test_unknown_numbers_of_answers_and_few_units_say_why(units: LinkedUnits) -> None:
    unknown = replace(units, cx_moments=None, frame=units.frame.assign(cx_n=np.nan))
    few = replace(units, frame=units.frame[:2], cx_moments=units.cx_moments.select(np.arange(2)))
    assert {item.reason for item in everything(unknown).values()} == {"linkage.counts_unknown"}
    assert {item.reason for item in everything(few).values()} == {"linkage.too_few_units"}


def test_no_employee_experience_without_spread(units: LinkedUnits) -> None:
    flat = replace(units, frame=units.frame.assign(ex=3.0))
    assert {item.reason for item in everything(flat).values()} <= {
        "linkage.collinear",
        "models.not_settled",
        "linkage.mixed_unidentified",
    }
