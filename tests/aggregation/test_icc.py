"""Intraclass correlations against R's multilevel and lme4, published values and their own algebra."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.aggregation import icc1, icc2, icc_results, one_way, unit_reliability, variance_components
from cxresearch.inference.clusters.cluster_mean import design_effect
from cxresearch.language import Phrase, render
from cxresearch.moments import ScoreMoments, score_moments
from cxresearch.statistic import Estimate, NotEstimable, Result

WITNESS = 1e-8  # R printed ten digits after the point
MIXED = 1e-5  # lme4 stops its optimiser at about this
NLME = 1e-4  # nlme's default tolerance stops earlier still


def sure(result: Result) -> Estimate:
    assert isinstance(result, Estimate), result
    return result


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict[str, Any]:
    return json.loads((reference / "aggregation.json").read_text())


@pytest.fixture(scope="module")
def moments(reference: Path) -> dict[str, ScoreMoments]:
    employees = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    items = employees.filter(like="ex_").to_numpy(dtype=float)
    items[:, [3, 9]] = 6 - items[:, [3, 9]]
    customers = pd.read_csv(reference / "data" / "gen_customers.csv")
    staff, served = pd.factorize(employees["unit_id"])[0], pd.factorize(customers["unit_id"])[0]
    found = {
        "EX": score_moments(staff, items.mean(axis=1), 60),
        "S1": score_moments(staff, items[:, :4].mean(axis=1), 60),
    }
    return found | {
        name: score_moments(served, customers[name].to_numpy(), 60) for name in ("nps", "csat", "lat", "tp_1")
    }


@pytest.mark.parametrize("name", ["EX", "S1", "nps", "csat", "lat", "tp_1"])
def test_all_evidence_equals_r(moments: dict[str, ScoreMoments], witness: dict[str, Any], name: str) -> None:
    expected, table = witness["gen"][name], one_way(moments[name])
    assert table is not None
    assert [table.ms_between, table.ms_within, table.mean_size, table.n0] == pytest.approx(
        [expected["MSB"], expected["MSW"], expected["nbar"], expected["n0"]], abs=WITNESS
    )
    results = {result.term: sure(result) for result in icc_results(moments[name], term="u")}
    assert results["u.icc1"].estimate == pytest.approx(expected["ICC1_n0"], abs=WITNESS)
    limits = [results["u.icc1"].conf_low, results["u.icc1"].conf_high]
    assert limits == pytest.approx([expected["CI_F_lower"], expected["CI_F_upper"]], abs=WITNESS)
    assert results["u.icc1_mean_n"].estimate == pytest.approx(expected["ICC1_pkg"], abs=WITNESS)
    assert results["u.icc2"].estimate == pytest.approx(expected["ICC2"], abs=WITNESS)
    assert results["u.f"].estimate == pytest.approx(expected["F"], abs=WITNESS)
    assert results["u.f"].p_value == pytest.approx(expected["p"], rel=1e-6)
    assert results["u.icc_reml"].estimate == pytest.approx(expected["icc_reml"], abs=MIXED)
    assert results["u.reliability"].estimate == pytest.approx(expected["icc2_mean_of_units"], abs=MIXED)
    assert variance_components(moments[name], "reml") == pytest.approx(
        (expected["reml_tau2"], expected["reml_sigma2"]), abs=MIXED
    )


@pytest.mark.parametrize("name", ["HRS", "LEAD", "COHES", "WBEING"])
def test_an_armys_companies_equal_the_published_values(shared: Path, witness: dict[str, Any], name: str) -> None:
    frame = pd.read_csv(shared / "data" / "multilevel" / "bh1996.csv")
    groups, expected = score_moments(pd.factorize(frame["GRP"])[0], frame[name].to_numpy(), 99), witness["bh1996"][name]
    assert sure(icc1(groups, term="t", size="mean")).estimate == pytest.approx(expected["ICC1"], abs=WITNESS)
    assert sure(icc2(groups, term="t")).estimate == pytest.approx(expected["ICC2"], abs=WITNESS)
    if name == "WBEING":
        tau2, sigma2 = variance_components(groups, "reml") or (np.nan, np.nan)
        assert [tau2, sigma2] == pytest.approx([expected["tau2"], expected["sigma2"]], abs=NLME)


def test_icc2_is_icc1_stepped_up_with_either_size(moments: dict[str, ScoreMoments]) -> None:
    table = one_way(moments["EX"])
    assert table is not None
    stepped = []
    for size, n in (("n0", table.n0), ("mean", table.mean_size)):
        single = sure(icc1(moments["EX"], term="t", size=size)).estimate  # type: ignore[arg-type]
        stepped.append(n * single / (1 + (n - 1) * single))
    assert stepped == pytest.approx([sure(icc2(moments["EX"], term="t")).estimate] * 2, abs=1e-12)


def test_reliability_of_unit_means_equals_gmeanrel(moments: dict[str, ScoreMoments], reference: Path) -> None:
    witness = pd.read_csv(reference / "aggregation_units.csv")["gmean_rel_EX"].to_numpy()
    assert np.allclose(np.sort(unit_reliability(moments["EX"], components="reml")), np.sort(witness), atol=MIXED)


def test_who_answered_enters_the_reliability(moments: dict[str, ScoreMoments]) -> None:
    n = moments["EX"].n.astype(float)
    plain, full = unit_reliability(moments["EX"]), unit_reliability(moments["EX"], n)
    half = unit_reliability(moments["EX"], 2 * n)
    assert full == pytest.approx(np.ones(60))
    assert ((plain < half) & (half < full)).all()
    tau2, sigma2 = variance_components(moments["EX"]) or (np.nan, np.nan)
    assert half == pytest.approx(tau2 / (tau2 + sigma2 / n * 0.5))
    unknown = np.where(np.arange(60) < 30, np.nan, 2 * n)
    assert unit_reliability(moments["EX"], unknown) == pytest.approx(np.where(np.arange(60) < 30, plain, half))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_what_icc_does_not_depend_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes, values = rng.integers(0, 8, 60), rng.normal(size=60)

    def value(groups: np.ndarray, scores: np.ndarray) -> float:
        return sure(icc1(score_moments(groups, scores, 8), term="t")).estimate

    base, order = value(codes, values), rng.permutation(60)
    assert value(codes[order], values[order]) == pytest.approx(base, abs=1e-10)
    assert value(rng.permutation(8)[codes], values) == pytest.approx(base, abs=1e-10)
    assert value(codes, 6 - values) == pytest.approx(base, abs=1e-10)
    assert value(codes, 20 * values + 3) == pytest.approx(base, abs=1e-10)


def test_units_more_alike_than_chance_are_a_result() -> None:
    codes = np.repeat(np.arange(10), 4)
    values = np.tile([1.0, 2.0, 3.0, 4.0], 10) + np.repeat(np.linspace(0, 0.01, 10), 4)
    result = sure(icc1(score_moments(codes, values, 10), term="t"))
    assert result.estimate < 0
    assert result.health == ("measurement.negative_icc",)
    assert result.conf_low is not None
    assert result.conf_low < result.estimate
    reml = sure(icc_results(score_moments(codes, values, 10), term="u")[2])
    assert (reml.estimate, reml.health) == (0.0, ("measurement.no_unit_variance",))


def test_for_equal_units_the_two_design_effects_nearly_agree() -> None:
    rng = np.random.default_rng(18)
    codes = np.repeat(np.arange(200), 10)
    groups = score_moments(codes, np.repeat(rng.normal(size=200), 10) + rng.normal(size=2000), 200)
    by_icc = sure(icc_results(groups, term="u")[-1]).estimate
    assert by_icc == pytest.approx(sure(design_effect(groups, term="t")).estimate, rel=0.01)


@pytest.mark.parametrize(
    ("codes", "values", "reason"),
    [
        ([0, 0, 0], [1.0, 2.0, 3.0], "aggregation.too_few_units"),
        ([0, 1, 2], [1.0, 2.0, 3.0], "aggregation.no_replication"),
        ([0, 0, 1, 1], [1.0, 1.0, 2.0, 2.0], "aggregation.no_within_variance"),
    ],
)
def test_what_has_no_unit_level_says_why(codes: list[int], values: list[float], reason: str) -> None:
    for result in icc_results(score_moments(codes, values, 3), term="u"):
        assert isinstance(result, NotEstimable)
        assert result.reason == reason
        assert render(Phrase(f"reasons.{reason}", result.details), "fi").endswith(".")
    if reason == "aggregation.no_replication":
        assert "No unit has two respondents (units: 3)" in render(Phrase(f"reasons.{reason}", result.details), "en")


def test_identical_unit_means_have_no_reliability() -> None:
    result = icc2(score_moments([0, 0, 1, 1], [1.0, 3.0, 1.0, 3.0], 2), term="t")
    assert result == NotEstimable(term="t", reason="aggregation.no_between_variance", details={"units": 2})
