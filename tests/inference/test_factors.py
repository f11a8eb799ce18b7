"""Minres, oblimin, polychoric and correlated factors against R and plain optimisation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from cxresearch.inference.factors.correlated_factors import correlated_factors, errors
from cxresearch.inference.factors.covariance_draws import normal_directions, unit_products
from cxresearch.inference.factors.minres import minres
from cxresearch.inference.factors.oblimin import oblimin
from cxresearch.inference.factors.polychoric import bivariate_normal, polychoric, thresholds
from cxresearch.moments import item_moments

WITNESS = 1e-6
ERRORS = {
    "normal": 3e-3,
    "clustered": 1e-6,
}  # relative; normal theory: lavaan takes the implied matrix, we the observed
EMPLOYEES = 793


@pytest.fixture(scope="module")
def answers(reference: Path) -> tuple[np.ndarray, np.ndarray]:
    frame = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    frame = frame.assign(ex_04=6 - frame["ex_04"], ex_10=6 - frame["ex_10"])
    return pd.factorize(frame["unit_id"])[0], frame[[f"ex_{i:02d}" for i in range(1, 13)]].to_numpy(float)


def test_the_first_minres_factor_equals_psych(answers: tuple[np.ndarray, np.ndarray], reference: Path) -> None:
    known = json.loads((reference / "cmv_efa.json").read_text())["harman_minres_first"]
    found = minres(np.corrcoef(answers[1].T)[None], 1)
    assert found.converged[0] and not found.heywood[0]
    assert found.first_share[0] == pytest.approx(known, abs=WITNESS)


def test_minres_residuals_are_least() -> None:
    rng = np.random.default_rng(1)
    r = np.corrcoef(rng.normal(size=(60, 7)) @ rng.normal(size=(7, 7)), rowvar=False)[:7, :7]
    found = minres(r[None], 2)
    apart = ~np.eye(7, dtype=bool)
    loadings = found.loadings[0]
    best = ((r - loadings @ loadings.T)[apart] ** 2).sum()
    for _ in range(200):
        moved = loadings + 0.02 * rng.normal(size=loadings.shape)
        if ((moved**2).sum(axis=1) < 1).all():
            assert ((r - moved @ moved.T)[apart] ** 2).sum() > best


def test_several_starts_reach_the_least_minimum_of_noise() -> None:
    rng = np.random.default_rng(4)
    noise = np.array([np.corrcoef(rng.normal(size=(60, 6)).T) for _ in range(12)])
    found = minres(noise, 1, starts=10)

    def left(unique: np.ndarray, r: np.ndarray) -> float:
        return float((np.linalg.eigvalsh(r - np.diag(unique))[:-1] ** 2).sum() / 2)

    for r, unique in zip(noise, found.unique, strict=True):
        others = [
            minimize(left, rng.uniform(0.05, 0.95, 6), args=(r,), method="L-BFGS-B", bounds=[(0.005, 1)] * 6).fun
            for _ in range(3)
        ]
        assert left(unique, r) <= min(others) + 1e-6
    warm = minres(noise, 1, near=found.unique[0])
    assert warm.unique[0] == pytest.approx(found.unique[0], abs=1e-5)


def test_oblimin_finds_a_simple_structure_from_any_start() -> None:
    rng = np.random.default_rng(2)
    pattern = np.kron(np.eye(3), np.array([[0.7], [0.6], [0.8], [0.5]]))
    between = np.array([[1, 0.4, 0.2], [0.4, 1, 0.3], [0.2, 0.3, 1]])
    root = np.linalg.cholesky(between)
    for _ in range(3):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        rotated, correlations = oblimin(pattern @ root @ turn)
        order = [int(np.argmax(np.abs(rotated[block]).sum(axis=0))) for block in np.split(np.arange(12), 3)]
        assert rotated[:, order] == pytest.approx(pattern, abs=1e-4)
        assert correlations[np.ix_(order, order)] == pytest.approx(between, abs=1e-4)
    warm, _ = oblimin(pattern @ root, towards=pattern)
    assert warm == pytest.approx(pattern, abs=1e-4)


@pytest.mark.parametrize("r", [-0.999, -0.5, 0.0, 0.3, 0.97])
def test_the_bivariate_normal_equals_scipy(r: float) -> None:
    point = np.array([0.4, -0.7])
    known = multivariate_normal.cdf(point, cov=np.array([[1, r], [r, 1]]))
    assert float(bivariate_normal(point[0], point[1], np.array(r))) == pytest.approx(known, abs=1e-7)


def test_a_polychoric_correlation_recovers_the_one_it_was_cut_from() -> None:
    margin = np.array([0.1, 0.2, 0.4, 0.3])
    cuts = thresholds(margin)
    for r in (-0.6, 0.0, 0.25, 0.9):
        first, second = np.meshgrid(cuts, cuts, indexing="ij")
        table = np.diff(np.diff(bivariate_normal(first, second, np.full(first.shape, r)), axis=0), axis=1)
        assert polychoric(1000 * table[None])[0] == pytest.approx(r, abs=1e-6)
        assert polychoric(1000 * table[None, ::-1])[0] == pytest.approx(-r, abs=1e-6)


def test_an_item_with_one_answer_has_no_polychoric_correlation() -> None:
    table = np.zeros((2, 3, 3))
    table[0, 1] = [5, 3, 2]
    table[1] = [[5, 1, 0], [1, 5, 1], [0, 1, 5]]
    found = polychoric(table)
    assert np.isnan(found[0]) and 0 < found[1] < 1


def reliability(loadings: np.ndarray, unique: np.ndarray, between: np.ndarray, _: np.ndarray) -> np.ndarray:
    common = loadings[:4].sum() ** 2
    return np.array([between[1, 0], between[2, 0], between[2, 1], common / (common + unique[:4].sum())])


@pytest.mark.parametrize("kind", ["normal", "clustered"])
def test_three_correlated_factors_and_their_errors_equal_lavaan(
    answers: tuple[np.ndarray, np.ndarray], reference: Path, kind: str
) -> None:
    known = json.loads((reference / "reliability_witness.json").read_text())["joint"][kind]
    units = unit_products(item_moments(answers[0], answers[1], 60))
    fit = correlated_factors(units.covariances(np.ones((1, 60)))[0], np.repeat([0, 1, 2], 4))
    assert fit.converged and not fit.improper and fit.df == 51
    assert EMPLOYEES * fit.discrepancy == pytest.approx(known["chisq"], abs=1e-4)
    pulls = normal_directions(fit.covariance, EMPLOYEES) if kind == "normal" else units.directions()
    values, spread = errors(fit, reliability, pulls)
    assert values == pytest.approx(list(known["est"].values()), abs=1e-6)
    assert spread == pytest.approx(list(known["se"].values()), rel=ERRORS[kind])


def test_a_scale_of_two_items_leans_on_the_others() -> None:
    loadings, between = np.array([0.8, 0.7, 0.6, 0.9, 0.5]), np.array([[1, 0.6], [0.6, 1]])
    scale = np.array([0, 0, 0, 1, 1])
    implied = np.outer(loadings, loadings) * between[np.ix_(scale, scale)]
    np.fill_diagonal(implied, 1)
    fit = correlated_factors(implied, scale)
    assert fit.loadings == pytest.approx(loadings, abs=1e-6)
    assert fit.correlations == pytest.approx(between, abs=1e-6)
