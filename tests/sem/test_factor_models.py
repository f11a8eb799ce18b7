"""Factor models against lavaan, and what they do not depend on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from cxresearch.sem.cfa_results import cfa_results, comparison_result
from cxresearch.sem.compare import compare
from cxresearch.sem.factor_models import cfa, one_factor
from cxresearch.sem.fit import fit_model
from cxresearch.sem.fit_indices import fit_indices
from cxresearch.sem.samples import complete_rows, sample_from_moments, sample_from_rows
from cxresearch.statistic import Estimate, NotEstimable
from tests.sem.models import (
    CHI2,
    ERROR,
    ESTIMATE,
    FACTORS,
    HOLZINGER,
    INDEX,
    ITEMS,
    compare_fit,
    compare_parameters,
    sure,
    two_factor_rows,
)

INVARIANT = 1e-6
"""What only rounding and the end of the search may change."""


def _holzinger(shared: Path, name: str = "pub_holzinger") -> pd.DataFrame:
    frame = pd.read_csv(shared / "refvalues" / "data" / f"{name}.csv")
    return frame[[item for items in HOLZINGER.values() for item in items]]


def _reference(reference: Path, name: str) -> dict[str, Any]:
    return dict(pd.read_json(reference / f"{name}.json", typ="series"))


def test_holzinger_and_swineford_as_lavaan_publishes_it(shared: Path, reference: Path) -> None:
    expected = _reference(reference, "cfa_holzinger")
    fit = sure(fit_model(cfa(HOLZINGER), [sample_from_rows(_holzinger(shared))], term="t"))
    compare_fit(fit, expected["fit"])
    assert compare_parameters(fit, expected["params"]) == 21
    indices = fit_indices(fit)
    for name, theirs in (("log_likelihood", "logl"), ("aic", "aic"), ("bic", "bic")):
        assert getattr(indices, name) == pytest.approx(expected["fit"][theirs], abs=CHI2)
    assert indices.p == pytest.approx(expected["fit"]["pvalue"], rel=1e-5)
    assert indices.p_close == pytest.approx(expected["fit"]["rmsea.pvalue"], rel=1e-5)
    standard = {result.term: result for result in cfa_results(fit)}
    for row in expected["params"]:
        if row["op"] == "=~":
            loading = standard[f"t.loading.{row['rhs']}"]
            assert isinstance(loading, Estimate)
            assert loading.estimate == pytest.approx(row["std.all"], abs=ESTIMATE)


def test_holzinger_with_robust_errors(shared: Path, reference: Path) -> None:
    expected = _reference(reference, "cfa_holzinger")["fit_mlr"]
    fit = sure(fit_model(cfa(HOLZINGER), [sample_from_rows(_holzinger(shared))], term="t", estimator="mlr"))
    compare_fit(fit, expected, ".robust")
    assert fit.scaling is not None
    assert fit.scaling.factor == pytest.approx(expected["chisq.scaling.factor"], abs=INDEX)
    assert fit.scaling.baseline_factor == pytest.approx(expected["baseline.chisq.scaling.factor"], abs=INDEX)
    assert fit_indices(fit).p_close == pytest.approx(expected["rmsea.pvalue.robust"], rel=1e-4)


def test_holzinger_with_missing_answers(reference: Path) -> None:
    expected = _reference(reference, "cfa_holzinger_fiml")
    rows = pd.read_csv(reference / "data" / "gen_holzinger_missing.csv")
    items = [item for listed in HOLZINGER.values() for item in listed]
    fit = sure(fit_model(cfa(HOLZINGER, means=True), [sample_from_rows(rows[items])], term="t"))
    compare_fit(fit, expected["fit"])
    assert fit_indices(fit).log_likelihood == pytest.approx(-3626.868031, abs=CHI2)
    assert compare_parameters(fit, expected["params"]) == 30


@pytest.mark.parametrize("kind", ["ml", "mlr", "fiml", "fiml_mlr", "clustered"])
def test_three_scales_of_employees(
    kind: str, witness: dict[str, Any], employees: pd.DataFrame, holed: pd.DataFrame
) -> None:
    expected = witness[kind]
    missing, robust = "fiml" in kind, kind not in ("ml", "fiml")
    data = holed if missing else employees
    clusters = pd.factorize(data["unit_id"])[0] if kind == "clustered" else None
    model = cfa(FACTORS, means=missing or kind == "clustered")
    sample = sample_from_rows(data[ITEMS], clusters)
    fit = sure(fit_model(model, [sample], term="t", estimator="mlr" if robust else "ml"))
    if kind == "clustered":  # there lavaan has residual means of exactly 0, which its SRMR leaves out
        expected = expected | {"fit": {key: value for key, value in expected["fit"].items() if key != "srmr"}}
    compare_fit(fit, expected["fit"], ".robust" if robust else "")
    assert compare_parameters(fit, expected["raw"]) >= 27
    found = {result.term: result for result in cfa_results(fit)}
    compared = 0
    for row in expected["standard"]:
        loading = row["op"] == "=~"
        result = found[f"t.loading.{row['rhs']}" if loading else f"t.correlation.{row['lhs']}.{row['rhs']}"]
        assert isinstance(result, Estimate)
        assert result.estimate == pytest.approx(row["est.std"], abs=ESTIMATE)
        assert result.std_error == pytest.approx(row["se"], abs=ERROR)
        assert result.conf_low == pytest.approx(row["ci.lower"], abs=ERROR)
        assert result.conf_high == pytest.approx(row["ci.upper"], abs=ERROR)
        compared += 1
    assert compared == 15


def test_three_factors_against_one(reference: Path, witness: dict[str, Any], employees: pd.DataFrame) -> None:
    expected = _reference(reference, "cfa_gen_employees")
    sample = sample_from_rows(employees[ITEMS])
    three = sure(fit_model(cfa(FACTORS), [sample], term="t"))
    one = sure(fit_model(one_factor(ITEMS), [sample], term="t"))
    compare_fit(three, expected["three"])
    compare_fit(one, expected["one"])
    plain = comparison_result(compare(one, three, term="t"), three, term="t")
    assert isinstance(plain, Estimate)
    assert plain.estimate == pytest.approx(expected["diff"][1], abs=CHI2)
    robust = [sure(fit_model(m, [sample], term="t", estimator="mlr")) for m in (one_factor(ITEMS), cfa(FACTORS))]
    scaled = comparison_result(compare(robust[0], robust[1], term="t"), robust[1], term="t")
    assert isinstance(scaled, Estimate)
    assert scaled.estimate == pytest.approx(witness["one_factor_difference"]["chi2"], rel=1e-5)
    assert scaled.df == 3


def test_moments_are_as_good_as_rows(employees: pd.DataFrame) -> None:
    rows = employees[ITEMS].to_numpy(dtype=float)
    sample = sample_from_moments(len(rows), rows.mean(axis=0), np.cov(rows, rowvar=False, bias=True))
    by_moments, by_rows = (sure(fit_model(cfa(FACTORS), [s], term="t")) for s in (sample, sample_from_rows(rows)))
    assert by_moments.estimates == pytest.approx(by_rows.estimates, abs=INVARIANT)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_what_a_factor_model_does_not_depend_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = two_factor_rows(seed=seed)
    rows[rng.random(rows.shape) < 0.08] = np.nan
    names = [f"i{number}" for number in range(6)]
    factors = {"p": names[:3], "q": names[3:]}

    def fitted(values: np.ndarray, model: dict[str, list[str]]) -> dict[str, float]:
        fit = sure(fit_model(cfa(model, means=True), [sample_from_rows(values)], term="t", estimator="mlr"))
        return {r.term: r.estimate for r in cfa_results(fit) if isinstance(r, Estimate)}

    base = fitted(rows, factors)
    assert fitted(rows[rng.permutation(len(rows))], factors) == pytest.approx(base, abs=INVARIANT)
    assert fitted(rows * [1, 10, 0.1, 2, 3, 4] + [0, 5, 1, -2, 0, 9], factors) == pytest.approx(base, abs=1e-5)
    swapped = fitted(rows[:, [3, 4, 5, 0, 1, 2]], {"q": names[3:], "p": names[:3]})
    swapped["t.correlation.p.q"] = swapped.pop("t.correlation.q.p")
    assert swapped == pytest.approx(base, abs=1e-5)
    empty = np.vstack([rows, np.full((3, 6), np.nan)])
    assert fitted(empty, factors) == pytest.approx(base, abs=INVARIANT)


def test_a_reversed_marker_item_is_no_obstacle() -> None:
    rows = two_factor_rows()
    names = [f"i{number}" for number in range(6)]
    factors = {"p": names[:3], "q": names[3:]}
    plain, turned = (
        sure(fit_model(cfa(factors), [sample_from_rows(rows * signs)], term="t"))
        for signs in ([1] * 6, [-1, 1, 1, 1, 1, -1])
    )
    assert turned.chi2 == pytest.approx(plain.chi2, abs=INVARIANT)


def test_listwise_rows_are_the_complete_ones(holed: pd.DataFrame) -> None:
    sample = complete_rows(holed[ITEMS])
    assert sample.total == int(holed[ITEMS].notna().all(axis=1).sum())
    assert sample.complete


@pytest.mark.parametrize("seed", range(4))
def test_no_other_start_finds_a_lower_deviance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = two_factor_rows(n=70, seed=seed) + rng.normal(size=(70, 6)) / 2
    rows[rng.random(rows.shape) < 0.05 * (seed % 2)] = np.nan
    model = cfa({"p": ["a", "b", "c"], "q": ["d", "e", "f"]}, means=True)
    fit = sure(fit_model(model, [sample_from_rows(rows)], term="t"))

    def deviance(theta: np.ndarray) -> float:
        point = fit.objective.at(theta)
        return 1e10 if point is None else point.deviance

    for _ in range(3):
        start = fit.estimates + rng.normal(size=fit.objective.size) * 0.4
        found = optimize.minimize(deviance, start, method="L-BFGS-B", options={"maxfun": 2000})
        assert found.fun > fit.point.deviance - 1e-5


def test_a_ridge_is_no_optimum() -> None:
    rng = np.random.default_rng(1)
    rows = two_factor_rows(n=60, seed=1)[:, :5] + rng.normal(size=(60, 5))
    rows[rng.random(rows.shape) < 0.05] = np.nan  # two items carry the second factor, and the first hardly does
    found = fit_model(cfa({"p": ["a", "b", "c"], "q": ["d", "e"]}, means=True), [sample_from_rows(rows)], term="t")
    assert isinstance(found, NotEstimable)
    assert found.reason == "sem.not_converged"


def test_the_gradient_and_the_information_are_derivatives(holed: pd.DataFrame) -> None:
    fit = sure(fit_model(cfa(FACTORS, means=True), [sample_from_rows(holed[ITEMS])], term="t"))
    theta = fit.estimates * 1.05
    point = fit.objective.at(theta)
    assert point is not None
    gradient, hessian = fit.objective.gradient(point), 2 * fit.objective.information(point, observed=True)
    for index in range(0, len(theta), 5):
        step = np.zeros(len(theta))
        step[index] = 1e-5
        up, down = fit.objective.at(theta + step), fit.objective.at(theta - step)
        assert up is not None and down is not None
        assert gradient[index] == pytest.approx((up.deviance - down.deviance) / 2e-5, rel=1e-5, abs=1e-3)
        slope = (fit.objective.gradient(up) - fit.objective.gradient(down)) / 2e-5
        assert hessian[index] == pytest.approx(slope, rel=1e-4, abs=1e-2)


def test_equal_rows_may_be_counted(employees: pd.DataFrame) -> None:
    rows = employees[ITEMS[:4]].to_numpy(dtype=float)
    distinct, times = np.unique(rows, axis=0, return_counts=True)
    model = one_factor(ITEMS[:4])
    one, two = (
        sure(fit_model(model, [sample], term="t", estimator="mlr"))
        for sample in (sample_from_rows(rows), sample_from_rows(distinct, frequency=times))
    )
    assert two.n == one.n
    assert two.estimates == pytest.approx(one.estimates, abs=INVARIANT)
    assert two.std_errors == pytest.approx(one.std_errors, abs=INVARIANT)
