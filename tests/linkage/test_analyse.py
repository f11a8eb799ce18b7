from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.language import LANGUAGES, Phrase, catalogue, render
from cxresearch.linkage import (
    LinkageSettings,
    analyse,
    disattenuate,
    influence_range,
    leave_one_out,
    leave_one_out_correlations,
    link,
    overall_reliability,
    units_of,
)
from cxresearch.statistic import Estimate, NotEstimable, tidy
from tests.linkage.panels import panel, waves

EXACT = 1e-9
"""Closed forms; R prints ten digits."""
REML = 1e-5
"""lme4 stops its optimiser at about this distance."""
FAST = LinkageSettings(n_permutations=199, n_bootstrap=199)


def by_part(results):
    return {result.term.split(".", 1)[1]: result for result in results}


@pytest.fixture(scope="module")
def nps(employees, promoters, region, revenue):
    return by_part(analyse("h1", link(employees, promoters), FAST, {"revenue": revenue}))


@pytest.fixture(scope="module")
def lat(employees, customers, region):
    return by_part(analyse("h2", link(employees, customers, [region]), FAST))


@pytest.fixture(scope="module")
def r(reference: Path) -> dict:
    return json.loads((reference / "linkage.json").read_text())


def test_associations_equal_r(nps, lat, r) -> None:
    unit = r["unit"]
    assert nps["pearson"].estimate == pytest.approx(unit["r_EX_NPS"], abs=EXACT)
    assert (nps["pearson"].conf_low, nps["pearson"].conf_high) == pytest.approx(unit["ci"], abs=EXACT)
    assert nps["spearman"].estimate == pytest.approx(unit["spearman"], abs=EXACT)
    assert nps["weighted"].estimate == pytest.approx(unit["weighted_r_n_c"], abs=EXACT)
    assert nps["ols"].estimate == pytest.approx(unit["ols"]["coef"][1], rel=EXACT)
    assert nps["ols"].std_error == pytest.approx(unit["ols"]["HC3"][1], rel=EXACT)
    assert lat["pearson"].estimate == pytest.approx(unit["r_EX_lat"], abs=EXACT)
    assert nps["disattenuated"].estimate == pytest.approx(unit["disatt_EX_NPS"], abs=EXACT)
    assert lat["disattenuated"].estimate == pytest.approx(unit["disatt_EX_lat"], abs=EXACT)


def test_disattenuation_scales_error_and_interval_alike(nps) -> None:
    plain, corrected = nps["pearson"], nps["disattenuated"]
    scale = corrected.estimate / plain.estimate
    for name in ("std_error", "conf_low", "conf_high"):
        assert getattr(corrected, name) == pytest.approx(getattr(plain, name) * scale)
    assert corrected.p_value == plain.p_value


def test_counts_are_carried(nps) -> None:
    for part in ("pearson", "weighted", "ols", "permutation", "mixed"):
        assert (nps[part].n_units, nps[part].n_employees, nps[part].n_customers) == (60, 793, 2593)
    assert nps["n"].estimate == 60


def test_leave_one_out_equals_r_and_brute_force(nps, r, employees, promoters) -> None:
    slopes = r["unit"]["ols"]["loo_slope"]
    assert nps["leave_one_out.slope.low"].estimate == pytest.approx(min(slopes), abs=1e-7)
    assert nps["leave_one_out.slope.high"].estimate == pytest.approx(max(slopes), abs=1e-7)
    units = units_of(link(employees, promoters))
    ex, cx = units.column("ex"), units.column("cx")
    brute = [np.corrcoef(np.delete(ex, place), np.delete(cx, place))[0, 1] for place in range(60)]
    assert leave_one_out_correlations(ex, cx) == pytest.approx(brute)
    found = influence_range(np.array(brute))
    assert (found.low_unit, found.high_unit) == (int(np.argmin(brute)), int(np.argmax(brute)))
    assert nps["leave_one_out.low"].estimate == pytest.approx(min(brute))


def test_mixed_with_a_covariate_equals_lme4(lat, reference: Path) -> None:
    expected = json.loads((reference / "linkage_witness.json").read_text())["mixed_region"]
    for place, part in ((1, "mixed"), (2, "mixed.region")):
        assert lat[part].estimate == pytest.approx(expected["coef"][place], abs=REML)
        assert lat[part].std_error == pytest.approx(expected["se"][place], abs=REML)
    for part, value, interval in (("tau2", "tau2", "sd_ci"), ("sigma2", "sigma2", "sigma_ci")):
        found = lat[f"mixed.{part}"]
        assert found.estimate == pytest.approx(expected[value], abs=REML)
        assert np.sqrt([found.conf_low, found.conf_high]) == pytest.approx(expected[interval], abs=REML)


def test_mixed_equals_lmertest(employees, customers, r) -> None:
    found = by_part(analyse("h", link(employees, customers), FAST))
    expected = r["cust"]["lmer_ri"]
    slope = found["mixed"]
    assert slope.estimate == pytest.approx(expected["coef"][1], abs=REML)
    assert slope.std_error == pytest.approx(expected["se"][1], abs=REML)
    assert slope.df == pytest.approx(expected["satt_df"][1], abs=1e-2)
    assert slope.p_value == pytest.approx(expected["p"][1], abs=1e-6)
    assert found["mixed.explained"].estimate == pytest.approx(expected["pseudoR2_L2"], abs=REML)
    total = sum(expected["var"])
    assert found["mixed.icc"].estimate == pytest.approx(expected["var"][0] / total, abs=REML)


def test_standardised_slope_is_the_correlation_and_keeps_its_test(nps) -> None:
    assert nps["ols.std"].estimate == pytest.approx(nps["pearson"].estimate)
    assert nps["ols.std"].p_value == nps["ols"].p_value
    assert nps["ols.equivalence"].estimate == nps["ols.std"].estimate


def test_the_control_is_contrasted_on_the_same_units(nps) -> None:
    plain, other = nps["control.revenue.outcome"], nps["control.revenue"]
    assert plain.estimate == pytest.approx(nps["pearson"].estimate)
    difference = nps["control.revenue.difference"]
    assert difference.estimate == pytest.approx(plain.estimate - other.estimate)
    assert difference.conf_low < difference.estimate < difference.conf_high


def test_units_without_the_control_are_left_out_of_the_contrast(employees, customers, revenue) -> None:
    kept = replace(revenue, frame=revenue.frame.iloc[10:], moments=None)
    found = by_part(analyse("h", link(employees, customers), FAST, {"revenue": kept}))
    assert found["control.revenue.outcome"].n_units == 50
    assert found["pearson"].n_units == 60


def test_unit_scores_alone_say_what_they_cannot(reference: Path) -> None:
    units = pd.read_csv(reference / "unit_table.csv")
    linked = link(panel("ex", "employee", units.unit_id, units.EX), panel("cx", "customer", units.unit_id, units.NPS))
    found = by_part(analyse("h", linked, FAST))
    reasons = {part: result.reason for part, result in found.items() if isinstance(result, NotEstimable)}
    assert reasons["weighted"] == "linkage.counts_unknown"
    assert reasons["disattenuated"] == "linkage.reliability_unknown"
    assert reasons["mixed"] == reasons["mixed.tau2"] == "linkage.moments_unknown"
    assert reasons["lagged"] == reasons["within.permutation"] == "linkage.one_period"
    assert isinstance(found["pearson"], Estimate)
    assert found["pearson"].n_customers is None


def test_too_few_units_leave_their_number_only(employees, customers) -> None:
    found = by_part(analyse("h", link(employees, customers), replace(FAST, min_units=61)))
    assert isinstance(found.pop("n"), Estimate)
    assert {result.reason for result in found.values()} == {"linkage.too_few_units"}
    sentence = render(Phrase("reasons.linkage.too_few_units", found["pearson"].details), "fi")
    assert sentence == "Yksiköitä on käytettävissä vain 60, ja tähän tarvitaan vähintään 61."


@pytest.mark.parametrize("n_units", [0, 1, 2, 3, 4, 5])
def test_small_panels_never_fail(n_units: int) -> None:
    rng = np.random.default_rng(n_units)
    for n_periods in (1, 2, 3):
        ex, cx, size = (waves(name, name, rng.normal(size=(n_units, n_periods))) for name in ("ex", "cx", "size"))
        results = analyse("h", link(ex, cx, [size]), replace(FAST, min_units=0), {"revenue": cx})
        assert len(tidy(results)) == len({result.term for result in results})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_sentence(language: str, nps, lat, four_waves) -> None:
    sentences = catalogue(language)
    every = [*nps.values(), *lat.values(), *analyse("h3", four_waves, FAST)]
    for result in every:
        if isinstance(result, NotEstimable):
            assert render(Phrase(f"reasons.{result.reason}", result.details), language)
        else:
            assert f"methods.{result.method}" in sentences
            assert all(f"health.{code}" in sentences for code in result.health)


def test_row_order_and_names_of_units_do_not_matter(employees, customers) -> None:
    rng = np.random.default_rng(4)
    order = rng.permutation(60)
    renamed = np.array([f"X{place:02d}" for place in np.argsort(order)])

    def other(source):
        frame = source.frame.assign(unit=renamed)
        place = np.argsort(renamed)
        return replace(source, frame=frame.iloc[place].reset_index(drop=True), moments=source.moments.select(place))

    first = by_part(analyse("h", link(employees, customers), FAST))
    again = by_part(analyse("h", link(other(employees), other(customers)), FAST))
    for part, result in first.items():
        if part in ("weighted", "permutation", "ols.permutation") or isinstance(result, NotEstimable):
            continue
        for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
            value = getattr(result, name)
            assert (None if value is None else pytest.approx(value, abs=1e-6)) == getattr(again[part], name)


@pytest.mark.parametrize(("factor", "shift"), [(25.0, -25.0), (0.01, 5.0)])
def test_the_scale_of_cx_changes_slopes_only(employees, customers, factor, shift) -> None:
    moments = replace(
        customers.moments, mean=customers.moments.mean * factor + shift, ss=customers.moments.ss * factor**2
    )
    frame = customers.frame.assign(mean=customers.frame["mean"] * factor + shift, se=customers.frame.se * factor)
    first = by_part(analyse("h", link(employees, customers), FAST))
    again = by_part(analyse("h", link(employees, replace(customers, frame=frame, moments=moments)), FAST))
    for part in ("pearson", "spearman", "weighted", "disattenuated", "permutation", "ols.std", "mixed.icc", "mde"):
        assert again[part].estimate == pytest.approx(first[part].estimate, abs=1e-7)
        assert again[part].p_value == pytest.approx(first[part].p_value)
        assert again[part].conf_low == pytest.approx(first[part].conf_low, abs=1e-6)
    for part in ("ols", "mixed"):
        assert again[part].estimate == pytest.approx(factor * first[part].estimate, rel=1e-6)
        assert again[part].p_value == pytest.approx(first[part].p_value, abs=1e-7)
    for part, power in (("mixed.tau2", 2), ("mixed.sigma2", 2)):
        assert again[part].conf_high == pytest.approx(factor**power * first[part].conf_high, rel=1e-5)


def test_the_seed_decides_and_one_result_does_not_move_another(employees, customers, revenue) -> None:
    linked = link(employees, customers)
    first = by_part(analyse("h", linked, FAST))
    with_control = by_part(analyse("h", linked, FAST, {"revenue": revenue}))
    assert all(with_control[part] == result for part, result in first.items())
    other = by_part(analyse("h", linked, replace(FAST, seed=1)))
    assert other["weighted"].conf_low != first["weighted"].conf_low


def test_strata_keep_units_in_their_place(employees, customers, region) -> None:
    linked = link(employees, customers, [region])
    found = by_part(analyse("h", linked, replace(FAST, strata="region")))
    frame = units_of(linked).frame
    centred = frame[["ex", "cx"]] - frame.groupby("covariate_region")[["ex", "cx"]].transform("mean")
    assert found["permutation"].estimate == pytest.approx(centred.corr().iloc[0, 1])


def test_overall_reliability_is_the_share_of_true_variance() -> None:
    tau2, noise = 0.3, np.array([0.1, 0.5, 0.9])
    assert overall_reliability(tau2 / (tau2 + noise)) == pytest.approx(tau2 / (tau2 + noise.mean()))
    assert overall_reliability(np.array([0.5, np.nan])) is None
    assert overall_reliability(np.array([0.5, 0.0])) == 0


@pytest.mark.parametrize(
    ("ex", "cx", "reason"), [(None, 0.5, "linkage.reliability_unknown"), (0.5, 0.0, "linkage.reliability_zero")]
)
def test_disattenuation_needs_reliabilities(ex, cx, reason) -> None:
    observed = Estimate(term="h.pearson", estimate=0.5, conf_low=0.2, conf_high=0.7)
    assert disattenuate(observed, ex, cx, term="h.disattenuated").reason == reason


def test_a_corrected_correlation_beyond_one_is_flagged() -> None:
    observed = Estimate(term="h.pearson", estimate=0.5, conf_low=0.2, conf_high=0.7)
    found = disattenuate(observed, 0.3, 0.4, term="h.disattenuated")
    assert found.estimate == pytest.approx(0.5 / math.sqrt(0.12))
    assert found.health == ("linkage.beyond_one",)


def test_leave_one_out_with_covariates_is_brute_force() -> None:
    rng = np.random.default_rng(7)
    x, y, z = rng.normal(size=(3, 20))
    design = np.column_stack([np.ones(20), x, z])
    brute = [np.linalg.lstsq(np.delete(design, place, 0), np.delete(y, place), rcond=None)[0][1] for place in range(20)]
    found = leave_one_out(x, y, z[:, None], term="h.leave_one_out")
    assert [found[2].estimate, found[3].estimate] == pytest.approx([min(brute), max(brute)])
