"""The one-factor model against lavaan, against a general optimiser on hard matrices, and its own algebra."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from cxresearch.inference.factors.one_factor import omega_observed, one_factor

ITERATED = 1e-6  # both programs stop when the gradient is small
MISSED = 1e-6  # a discrepancy this much above the best of several starts is a missed optimum
SCALES = {"S1": (1, 2, 3, 4), "S2": (5, 6, 7, 8), "S3": (9, 10, 11, 12)}


def covariances(reference: Path) -> np.ndarray:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    frame = frame.assign(ex_04=6 - frame["ex_04"], ex_10=6 - frame["ex_10"])
    return np.array([np.cov(frame[[f"ex_{i:02d}" for i in items]].to_numpy(float).T) for items in SCALES.values()])


def test_solutions_equal_lavaan(reference: Path) -> None:
    witness = json.loads((reference / "reliability_witness.json").read_text())["one_factor"]
    stack = covariances(reference)
    fit = one_factor(stack)
    observed = omega_observed(fit, stack)
    assert fit.converged.all() and not fit.heywood.any()
    for place, name in enumerate(SCALES):
        known = witness[name]
        shrink = 792 / 793  # lavaan divides the covariance matrix by n
        assert fit.loadings[place] * shrink**0.5 == pytest.approx(known["loadings"], abs=ITERATED)
        assert fit.unique[place] * shrink == pytest.approx(known["unique"], abs=ITERATED)
        assert 793 * fit.discrepancy[place] == pytest.approx(known["chisq"], abs=1e-5)
        assert fit.omega[place] == pytest.approx(known["est"]["omega"], abs=ITERATED)
        assert observed[place] == pytest.approx(known["omega_observed"], abs=ITERATED)
        assert fit.ave[place] == pytest.approx(known["est"]["ave"], abs=ITERATED)
        assert fit.ave_weighted[place] == pytest.approx(known["est"]["ave_weighted"], abs=ITERATED)


def general_minimum(covariance: np.ndarray, rng: np.random.Generator) -> float:
    k = len(covariance)

    def discrepancy(parameters: np.ndarray) -> float:
        loadings, unique = parameters[:k], parameters[k:] ** 2 + 1e-9
        implied = np.outer(loadings, loadings) + np.diag(unique)
        log_det = np.linalg.slogdet(implied)[1] - np.linalg.slogdet(covariance)[1]
        return float(log_det + np.trace(np.linalg.solve(implied, covariance)) - k)

    starts = [np.r_[rng.normal(size=k) * 0.7, rng.uniform(0.3, 0.9, k)] for _ in range(4)]
    return min(minimize(discrepancy, start, method="L-BFGS-B").fun for start in starts)


@pytest.mark.parametrize("k", [3, 5])
def test_the_optimum_is_never_missed_in_small_noisy_samples(k: int) -> None:
    rng = np.random.default_rng(k)
    loadings = rng.uniform(-0.2, 1.0, (15, k))
    stack = []
    for row in loadings:
        answers = rng.normal(size=(25, 1)) * row + rng.normal(size=(25, k)) * np.sqrt(np.maximum(1 - row**2, 0.02))
        stack.append(np.cov(answers.T))
    fit = one_factor(np.array(stack))
    assert fit.converged.all()
    assert fit.heywood.any() and not fit.heywood.all()
    for covariance, reached in zip(stack, fit.discrepancy, strict=True):
        assert reached <= general_minimum(covariance, rng) + MISSED


def test_a_heywood_case_is_the_regression_on_the_item_that_is_the_factor() -> None:
    r = np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1.0]])
    fit = one_factor(r[None])
    assert fit.heywood[0]
    assert fit.loadings[0] == pytest.approx([1, 0.8, 0.8])
    assert fit.unique[0] == pytest.approx([0, 0.36, 0.36])


def test_a_singular_matrix_is_said_to_have_no_solution() -> None:
    r = np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1.0]])
    assert not one_factor(r[None]).converged[0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.3, 0.9), min_size=3, max_size=6), st.randoms(use_true_random=False))
def test_an_exact_factor_is_recovered_in_any_order_and_on_any_scale(loadings: list[float], random: object) -> None:
    true = np.array(loadings)
    k = len(true)
    scale = np.exp(np.linspace(-1, 1, k))
    covariance = (np.outer(true, true) + np.diag(1 - true**2)) * np.outer(scale, scale)
    order = list(range(k))
    random.shuffle(order)  # type: ignore[attr-defined]
    fit = one_factor(np.array([covariance, covariance[np.ix_(order, order)]]))
    assert fit.loadings[0] == pytest.approx(true * scale, rel=1e-5)
    assert fit.loadings[1] == pytest.approx((true * scale)[order], rel=1e-5)
    assert fit.omega[0] == pytest.approx(fit.omega[1], abs=1e-9)
    assert one_factor(9 * covariance[None]).omega == pytest.approx(fit.omega[:1], abs=1e-9)


def test_a_stack_equals_its_members_fitted_alone(reference: Path) -> None:
    stack = np.tile(covariances(reference), (8, 1, 1))
    together = one_factor(stack)
    for place in range(3):
        assert one_factor(stack[place][None]).omega[0] == pytest.approx(together.omega[place], abs=1e-10)
