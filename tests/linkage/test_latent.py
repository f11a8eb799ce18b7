from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.language import LANGUAGES, Phrase, render
from cxresearch.linkage.contextual import contextual
from cxresearch.linkage.latent import unit_latent
from cxresearch.linkage.latent_influence import latent_leave_one_out
from cxresearch.linkage.latent_sides import latent_sides
from tests.linkage.panels import panel, respondents, waves

NLME = 1e-4
"""nlme stops its optimiser at about this distance."""


def by_part(results) -> dict:
    return {result.term.removeprefix("h1.latent").removeprefix("."): result for result in results}


def found_of(ex: UnitPanel, cx: UnitPanel, covariates=None, **options) -> dict:
    sides = latent_sides(ex, cx, **options)
    return by_part(unit_latent(sides, term="h1.latent", level=0.95, covariates=covariates))


def without(source: UnitPanel, units: list[str]) -> UnitPanel:
    kept = ~source.frame["unit"].isin(units).to_numpy()
    return replace(source, frame=source.frame[kept].reset_index(drop=True), moments=source.moments.select(kept))


def test_the_headline_equals_nlme_and_brings_its_evidence(employees, customers) -> None:
    found = found_of(employees, customers)
    rho = found[""]
    assert rho.estimate == pytest.approx(0.47269, abs=NLME)
    assert rho.statistic == pytest.approx(10.0675, abs=1e-3)
    assert rho.p_value == pytest.approx(0.00151, abs=1e-5)
    assert (rho.conf_low, rho.conf_high) == pytest.approx((0.1935, 0.6857), abs=1e-4)
    assert (rho.n_units, rho.n_employees, rho.n_customers) == (60, 793, 2593)
    assert found["ml"].estimate == pytest.approx(0.47440, abs=NLME)
    assert (found["ml"].conf_low, found["ml"].conf_high) == pytest.approx((0.197, 0.686), abs=1e-3)
    assert found["slope"].estimate == pytest.approx(0.66628, abs=NLME)
    assert found["slope"].conf_low > 0
    assert found["explained"].estimate == pytest.approx(0.0356, abs=1e-4)
    assert found["tau2_ex"].conf_low < found["tau2_ex"].estimate < found["tau2_ex"].conf_high
    assert found["equivalence"].p_value > 0.9 and found["equivalence"].conf_level == 0.9
    assert found["fpc"].reason == "latent.eligible_unknown"
    assert found["adjusted"].reason == "latent.no_covariates"


def test_units_with_one_side_only_count(employees, customers) -> None:
    units = sorted(employees.frame["unit"])
    found = found_of(without(employees, units[:6]), without(customers, units[49:]))
    assert found[""].estimate == pytest.approx(0.51986, abs=NLME)
    assert found[""].n_units == 43
    assert (found["units_ex"].estimate, found["units_cx"].estimate) == (54, 49)
    assert found[""].n_customers > 0


def test_units_below_the_threshold_are_left_out_and_their_people_with_them(employees, customers) -> None:
    small = employees.frame["n"] < 10
    found = found_of(employees, customers, min_n=10)
    assert found["units_ex"].estimate == 60 - small.sum()
    assert found[""].n_employees == employees.frame["n"][~small].sum()


def test_where_everybody_answered_the_correlation_is_that_of_the_units_own_people(employees, customers) -> None:
    asked = replace(employees, frame=employees.frame.assign(n_eligible=employees.frame["n"]))
    found = found_of(asked, customers)
    assert found["fpc"].estimate < found[""].estimate
    many = replace(employees, frame=employees.frame.assign(n_eligible=1e9))
    assert found_of(many, customers)["fpc"].estimate == pytest.approx(found[""].estimate, abs=1e-6)


def test_covariates_are_held_constant_and_unknown_ones_cost_their_units(employees, customers) -> None:
    units = employees.frame["unit"]
    region = (units.str[1:].astype(int) % 4).to_numpy(dtype=float)[:, None]
    found = found_of(employees, customers, region)
    assert found["adjusted"].n_units == 60
    region[:5] = np.nan
    assert found_of(employees, customers, region)["adjusted"].n_units == 55


def test_published_scores_with_standard_errors_are_enough(employees, customers) -> None:
    frame = customers.frame[["unit", "mean", "se", "n"]]
    scores = panel("lat", "customer", frame["unit"], frame["mean"], se=frame["se"], n=frame["n"])
    found = found_of(employees, scores)
    assert found[""].estimate == pytest.approx(0.4727, abs=5e-3)
    assert found["explained"].reason == "latent.spread_unknown"
    bare = panel("lat", "customer", frame["unit"], frame["mean"])
    assert {found.reason for part, found in found_of(employees, bare).items() if part != "units_ex"} == {
        "latent.errors_unknown"
    }


def test_bounds_of_errors_are_told(employees, customers) -> None:
    bounded = replace(customers, health=("measurement.conservative_se",))
    assert "latent.upper_bound_errors" in found_of(employees, bounded)[""].health


def test_waves_are_pooled_and_standardised_within_periods() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(30, 3)) + np.linspace(-2, 2, 30)[:, None]
    errors = np.full(90, 0.5)
    ex, cx = (
        waves(name, side, values + rng.normal(size=(30, 3))) for name, side in (("x", "employee"), ("y", "customer"))
    )
    ex, cx = (replace(p, frame=p.frame.assign(se=errors, n=10.0)) for p in (ex, cx))
    plain = found_of(ex, cx)[""]
    drifted = replace(ex, frame=ex.frame.assign(mean=ex.frame["mean"] + 100 * ex.frame["period"].astype(float)))
    moved = found_of(drifted, cx, standardise_ex=True)[""]
    assert plain.n_units == 30
    assert moved.estimate == pytest.approx(found_of(ex, cx, standardise_ex=True)[""].estimate, abs=1e-6)


@pytest.mark.parametrize("noise", [0.0, 1.0], ids=["units alike", "pure chance"])
def test_a_side_without_differences_between_units_leaves_every_correlation_possible(noise) -> None:
    rng = np.random.default_rng(6)
    unit = np.repeat(np.arange(20), 5)
    names = pd.Series([f"U{place:02d}" for place in unit])
    alike = pd.Series(np.tile([1.0, 2, 3, 4, 5], 20) + unit / 1e3 + noise * rng.normal(size=100))
    found = found_of(
        respondents("x", "employee", names, alike),
        respondents("y", "customer", names, pd.Series(rng.normal(size=100) + unit / 5)),
    )
    assert "latent.flat_ex" in found["tau2_ex"].health and found["tau2_ex"].conf_low == 0
    rho = found[""]
    assert "latent.flat_ex" in rho.health and (rho.conf_low, rho.conf_high) == (-1, 1)
    assert rho.p_value > 0.05
    assert (found["slope"].conf_low, found["slope"].conf_high) == (-np.inf, np.inf)


def test_too_few_linked_units_say_so(employees, customers) -> None:
    units = sorted(employees.frame["unit"])
    found = found_of(without(employees, units[4:]), customers)
    assert found[""].reason == "latent.too_few_units" and found[""].details == {"count": 4, "needed": 5}


def test_no_single_unit_carries_the_result(employees, customers) -> None:
    sides = latent_sides(employees, customers)
    low, high = latent_leave_one_out(sides, term="h1.latent.leave_one_out")
    assert low.estimate < 0.47269 < high.estimate and high.estimate - low.estimate < 0.2
    unit = sides.units[0]
    one = found_of(without(employees, [unit]), without(customers, [unit]))[""].estimate
    assert low.estimate - 1e-3 <= one <= high.estimate + 1e-3


def test_many_units_are_examined_at_the_ends_only(monkeypatch, employees, customers) -> None:
    sides = latent_sides(employees, customers)
    every = latent_leave_one_out(sides, term="t")
    monkeypatch.setattr("cxresearch.linkage.latent_influence.MOST_LEFT_OUT", 30)
    ends = latent_leave_one_out(sides, term="t")
    assert [end.estimate for end in ends] == pytest.approx([end.estimate for end in every], abs=1e-9)


def test_contextual_effects_equal_lavaan(reference) -> None:
    rows = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    rows["ex_04"] = 6 - rows["ex_04"]
    x, y = (rows[[f"ex_{k:02d}" for k in ks]].mean(axis=1) for ks in (range(1, 5), range(5, 9)))
    codes, names = pd.factorize(rows.unit_id, sort=True)
    found = {r.term: r for r in contextual(codes, x, y, len(names), term="c", level=0.95)}
    assert found["c.effect"].estimate == pytest.approx(0.65149, abs=1e-4)
    assert found["c.effect"].std_error == pytest.approx(0.15409, abs=1e-4)
    assert found["c.effect"].conf_low > 0
    assert found["c.between"].n_units == 60 and found["c.between"].n_respondents == 793
    assert found["c.manifest"].estimate < found["c.between"].estimate
    times = 1 + np.arange(len(codes)) % 3
    counted = contextual(codes, x, y, len(names), term="c", level=0.95, frequency=times)
    single = contextual(codes.repeat(times), x.repeat(times), y.repeat(times), len(names), term="c", level=0.95)
    for one, other in zip(counted, single, strict=True):
        assert one.estimate == pytest.approx(other.estimate, abs=1e-9) and one.n_respondents == other.n_respondents
    few = contextual(codes[:20], x[:20], y[:20], 60, term="c", level=0.95)
    assert {r.reason for r in few} == {"latent.too_few_units"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language) -> None:
    values = {"count": 3, "needed": 5}
    for kind, codes in {
        "methods": "units reml ml finite adjusted slope variance explained equivalence leave_one_out two_level_omega "
        "two_level_fit slope_within slope_between contextual manifest",
        "health": "edge flat_ex flat_cx upper_bound_errors improper omega_at_one",
        "reasons": "errors_unknown too_few_units too_few_items unidentified no_optimum no_unit_variance spread_unknown "
        "eligible_unknown no_covariates",
    }.items():
        for code in codes.split():
            assert render(Phrase(f"{kind}.latent.{code}", values), language).endswith(".")
