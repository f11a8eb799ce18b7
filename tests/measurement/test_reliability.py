"""Omega, ordinal alpha, dimensionality and discriminant validity against R, and what must not matter to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.factors.covariance_draws import unit_products
from cxresearch.measurement.factors import (
    bartlett,
    harman,
    kmo,
    parallel_analysis,
    parallel_results,
    random_correlations,
)
from cxresearch.measurement.hierarchical import hierarchical_omega
from cxresearch.measurement.omega import lambda6, omega
from cxresearch.measurement.ordinal import ordinal_alpha, pair_tables, polychoric_matrix
from cxresearch.measurement.validity import discriminant_ratios, latent_validity
from cxresearch.moments import item_moments
from cxresearch.statistic import Estimate, NotEstimable, Result

RATIO = 1e-6  # the README's tolerance of fit-free figures
FITTED = 1e-4  # the README's tolerance of figures from a fitted model
POLYCHORIC = 1e-3
ROTATED = 0.01
ERROR = 1e-3  # relative: lavaan's normal-theory errors have divisor n
SCALES = {"S1": range(0, 4), "S2": range(4, 8), "S3": range(8, 12)}


def sure(result: Result) -> Estimate:
    assert isinstance(result, Estimate), result
    return result


def by_term(results: tuple[Result, ...]) -> dict[str, Estimate]:
    return {result.term: sure(result) for result in results}


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict[str, Any]:
    names = ("reliability", "cmv_efa", "extra", "reliability_witness")
    return {name: json.loads((reference / f"{name}.json").read_text()) for name in names}


@pytest.fixture(scope="module")
def codes(reference: Path) -> np.ndarray:
    return pd.factorize(pd.read_csv(reference / "data" / "gen_employees_clean.csv")["unit_id"])[0]


@pytest.fixture(scope="module")
def answers(reference: Path) -> np.ndarray:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    frame = frame.assign(ex_04=6 - frame["ex_04"], ex_10=6 - frame["ex_10"])
    return frame[[f"ex_{i:02d}" for i in range(1, 13)]].to_numpy(float)


def draws() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("name", SCALES)
def test_omega_equals_lavaan_with_both_denominators(
    codes: np.ndarray, answers: np.ndarray, witness: dict[str, Any], name: str
) -> None:
    known = witness["reliability_witness"]["one_factor"][name]
    items = answers[:, SCALES[name]]
    whole = by_term(omega(item_moments(0 * codes, items, 1), term="s", rng=draws()))
    clustered = by_term(omega(item_moments(codes, items, 60), term="s", rng=draws()))
    for figure, value in (*known["est"].items(), ("omega_observed", known["omega_observed"])):
        assert whole[f"s.{figure}"].estimate == pytest.approx(value, abs=FITTED)
        assert clustered[f"s.{figure}"].estimate == pytest.approx(value, abs=FITTED)
    for figure, error in known["se"].items():
        assert whole[f"s.{figure}"].std_error == pytest.approx(error, rel=ERROR)
    drawn = clustered["s.omega"]
    assert drawn.conf_low is not None and drawn.conf_high is not None and drawn.std_error is not None
    assert drawn.conf_low < drawn.estimate < drawn.conf_high
    assert (drawn.n_units, drawn.n_respondents, drawn.n_items) == (60, 793, 4)
    assert 0.010 < drawn.std_error < 0.016  # lavaan's clustered error of the joint model's composite is .0130


def test_the_bootstrap_error_of_omega_equals_the_clustered_sandwich(codes: np.ndarray, answers: np.ndarray) -> None:
    joint = by_term(latent_validity(item_moments(codes, answers, 60), SCALES, term="v"))
    for name, items in SCALES.items():
        drawn = by_term(omega(item_moments(codes, answers[:, items], 60), term="s", rng=draws()))["s.omega"]
        assert drawn.std_error == pytest.approx(joint[f"v.cr.{name}"].std_error, rel=0.15)


def test_composite_reliability_and_variance_extracted_equal_semtools(
    codes: np.ndarray, answers: np.ndarray, witness: dict[str, Any]
) -> None:
    known = witness["reliability"]["semTools"]
    found = by_term(latent_validity(item_moments(codes, answers, 60), SCALES, term="v"))
    for place, name in enumerate(SCALES):
        assert found[f"v.cr.{name}"].estimate == pytest.approx(known["reliability_table"]["omega"][place], abs=FITTED)
        assert found[f"v.cr_observed.{name}"].estimate == pytest.approx(known["omega"][name], abs=FITTED)
        assert found[f"v.ave_weighted.{name}"].estimate == pytest.approx(known["AVE"][name], abs=FITTED)
    assert found["v.cr.S1"].estimate == pytest.approx(0.785642, abs=FITTED)
    assert found["v.cr_observed.S1"].estimate == pytest.approx(0.786357, abs=FITTED)
    joint = witness["reliability_witness"]["joint"]["clustered"]
    for pair, term in (("S1S2", "S1.S2"), ("S1S3", "S1.S3"), ("S2S3", "S2.S3")):
        correlation = found[f"v.correlation.{term}"]
        assert correlation.estimate == pytest.approx(joint["est"][pair], abs=FITTED)
        assert correlation.std_error == pytest.approx(joint["se"][pair], rel=ERROR)
    gap = found["v.fornell_larcker.S1.S2"].estimate
    smaller = min(found["v.ave.S1"].estimate, found["v.ave.S2"].estimate)
    assert gap == pytest.approx(smaller - found["v.correlation.S1.S2"].estimate ** 2)


def test_guttmans_lambda_equals_psych(
    codes: np.ndarray, answers: np.ndarray, witness: dict[str, Any], shared: Path
) -> None:
    for name, items in SCALES.items():
        found = sure(lambda6(item_moments(codes, answers[:, items], 60), term="t"))
        assert found.estimate == pytest.approx(witness["reliability"][name]["G6"], abs=RATIO)
    attitude = pd.read_csv(shared / "refvalues" / "data" / "pub_attitude.csv").to_numpy(float)
    found = sure(lambda6(item_moments(np.zeros(30, dtype=int), attitude, 1), term="t"))
    assert found.estimate == pytest.approx(0.87521513736, abs=RATIO)


def test_ratios_of_correlations_equal_semtools(codes: np.ndarray, answers: np.ndarray, witness: dict[str, Any]) -> None:
    found = by_term(discriminant_ratios(item_moments(codes, answers, 60), SCALES, term="v", rng=draws()))
    for kind in ("htmt", "htmt2"):
        known = witness["reliability"]["semTools"][kind]
        for value, pair in zip(known, ("S1.S2", "S1.S3", "S2.S3"), strict=True):
            result = found[f"v.{kind}.{pair}"]
            assert result.estimate == pytest.approx(value, abs=RATIO)
            assert result.conf_low is not None and result.conf_high is not None
            assert result.conf_low < value < result.conf_high


def test_polychoric_correlations_and_ordinal_alpha_equal_psych(
    codes: np.ndarray, answers: np.ndarray, witness: dict[str, Any]
) -> None:
    known = witness["extra"]["polychoric_S1"]
    tables, respondents = pair_tables(codes, answers[:, :4], 60)
    assert respondents.sum() == 793
    matrix = polychoric_matrix(tables.sum(axis=0, keepdims=True), 4)[0]
    assert [matrix[i, j] for j in range(4) for i in range(j + 1, 4)] == pytest.approx(known["rho"], abs=POLYCHORIC)
    assert matrix[0, 1] == pytest.approx(known["two_step_polycor"], abs=1e-5)
    found = sure(ordinal_alpha(codes, answers[:, :4], 60, term="t"))
    assert found.estimate == pytest.approx(known["ordinal_alpha"], abs=POLYCHORIC)
    assert found.conf_low is not None and found.conf_high is not None
    assert found.conf_low < found.estimate < found.conf_high < 1
    assert found.df == 59


def test_the_general_factor_equals_psych(codes: np.ndarray, answers: np.ndarray, witness: dict[str, Any]) -> None:
    known = witness["reliability"]["psych_omega12"]
    found = by_term(hierarchical_omega(unit_products(item_moments(codes, answers, 60)), 3, term="q"))
    for name, psych in (("omega_h", "omega_h"), ("omega_t", "omega_tot"), ("ecv", "ECV")):
        result = found[f"q.{name}"]
        assert result.estimate == pytest.approx(known[psych], abs=ROTATED)
        assert result.estimate == pytest.approx(known[psych], abs=1e-4)  # in fact
        assert result.std_error is not None and 0.003 < result.std_error < 0.05


def test_dimensionality_equals_psych(answers: np.ndarray, witness: dict[str, Any]) -> None:
    known, r = witness["cmv_efa"], np.corrcoef(answers.T)
    analysis = parallel_analysis(r, 793, draws())
    assert (analysis.n_components, analysis.n_factors) == (known["parallel_ncomp"], known["parallel_nfact"])
    assert analysis.components == pytest.approx(known["eigen"], abs=RATIO)
    assert sure(kmo(r, term="k", n=793)).estimate == pytest.approx(known["kmo"], abs=RATIO)
    test = sure(bartlett(r, term="b", n=793))
    assert test.statistic == pytest.approx(known["bartlett"]["chisq"], abs=RATIO)
    assert (test.df, test.p_value) == (66, 0)
    share, factor = harman(r, term="h", n=793)
    assert sure(share).estimate == pytest.approx(known["harman_pca_first"], abs=RATIO)
    assert sure(factor).estimate == pytest.approx(known["harman_minres_first"], abs=RATIO)
    assert [sure(one).estimate for one in parallel_results(analysis, term="q", n=793)] == [2.0, 3.0]


def test_random_correlations_are_those_of_independent_respondents() -> None:
    drawn = random_correlations(draws(), 30, 4, 4000)
    below = drawn[:, 1, 0]
    assert np.einsum("bkk->bk", drawn) == pytest.approx(1.0)
    assert below.mean() == pytest.approx(0, abs=0.012)  # four standard errors
    assert below.var() == pytest.approx(1 / 29, rel=0.1)


def test_unrelated_items_have_no_dimension() -> None:
    r = np.corrcoef(np.random.default_rng(3).normal(size=(300, 8)).T)
    analysis = parallel_analysis(r, 300, draws(), n_draws=200)
    assert analysis.n_components == 0


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_scale_order_and_names_of_items_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(12), 10)
    x = np.clip(np.rint(3 + rng.normal(size=(120, 1)) + rng.normal(size=(120, 5))), 1, 5)
    order, rows = rng.permutation(5), rng.permutation(120)
    kinds = {
        "plain": (codes, x),
        "rescaled": (codes, 10 + 4 * x),
        "reordered": (codes[rows], x[rows][:, order]),
        "renamed": (11 - codes, x),
    }
    figures = {
        name: omega(item_moments(c, a, 12), term="s", rng=draws(), n_draws=100) for name, (c, a) in kinds.items()
    }
    for results in figures.values():
        for one, plain in zip(results, figures["plain"], strict=True):
            assert sure(one).estimate == pytest.approx(sure(plain).estimate, abs=1e-7)
    alphas = [sure(ordinal_alpha(c, a, 12, term="t")) for name, (c, a) in kinds.items() if np.unique(a).size <= 10]
    for one in alphas:
        assert one.estimate == pytest.approx(alphas[0].estimate, abs=1e-7)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (np.ones((40, 4)), "measurement.constant_items"),
        (np.arange(80.0).reshape(40, 2) % 7, "reliability.two_items"),
        (np.repeat(np.arange(40.0) % 5, 4).reshape(40, 4), "reliability.redundant_items"),
        (np.full((40, 4), np.nan), "measurement.too_few_respondents"),
    ],
)
def test_scales_without_a_factor_say_why(items: np.ndarray, reason: str) -> None:
    results = omega(item_moments(np.arange(40) % 12, items, 12), term="s", rng=draws())
    assert [result.reason for result in results if isinstance(result, NotEstimable)] == [reason] * 4


def test_counts_of_answers_have_no_factor() -> None:
    result = omega(None, term="s", rng=draws(), grain="counts")[0]
    assert isinstance(result, NotEstimable) and result.reason == "measurement.grain_counts"


@pytest.mark.slow
def test_intervals_cover_the_truth_of_clustered_answers() -> None:
    rng = np.random.default_rng(1)
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    unique = np.sqrt(1 - np.concatenate([loadings, loadings]) ** 2)
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    codes, covered = np.repeat(np.arange(40), 15), np.zeros(3)
    for _ in range(100):
        first, other = (np.sqrt(0.2) * rng.normal(size=(40, 2))[codes] + np.sqrt(0.8) * rng.normal(size=(600, 2))).T
        second = 0.5 * first + np.sqrt(0.75) * other
        own = np.sqrt(0.1) * rng.normal(size=(40, 8))[codes] + np.sqrt(0.9) * rng.normal(size=(600, 8))
        items = np.concatenate([np.outer(first, loadings), np.outer(second, loadings)], axis=1) + own * unique
        scales = {"a": range(4), "b": range(4, 8)}
        moments = item_moments(codes, items, 40)
        results = (
            omega(item_moments(codes, items[:, :4], 40), term="s", rng=rng, n_draws=300)[0],
            by_term(latent_validity(moments, scales, term="v"))["v.correlation.a.b"],
            discriminant_ratios(moments, scales, term="v", rng=rng, n_draws=300)[0],
        )
        for place, (result, truth) in enumerate(zip(results, (true, 0.5, 0.5), strict=True)):
            low, high = sure(result).conf_low, sure(result).conf_high
            covered[place] += low is not None and high is not None and low <= truth <= high
    assert (covered >= 85).all()  # of 100 at the nominal level .95, less four standard errors
