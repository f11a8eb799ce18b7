from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxresearch.inference.latent.two_level_factor import fit_two_level_factor
from cxresearch.inference.latent.two_level_likelihood import TwoLevelMoments, two_level_deviance, two_level_moments
from cxresearch.inference.latent.two_level_path import KnownPredictor, fit_two_level_path
from cxresearch.inference.latent.two_level_saturated import fit_saturated, fit_saturated_covariance
from cxresearch.moments import item_moments

LAVAAN = 1e-5
"""lavaan's optimiser stops at about this distance."""
ERRORS = 1e-5
"""Second derivatives are differences of gradients on both sides."""
OBSERVED = 1e-3
"""lavaan's EM algorithm stops before the optimum of the unrestricted model, whose variances these omegas divide by."""
SCALES = {"S1": (1, 5), "S2": (5, 9), "S3": (9, 13)}


@pytest.fixture(scope="module")
def employees(reference: Path) -> pd.DataFrame:
    rows = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    rows[["ex_04", "ex_10"]] = 6 - rows[["ex_04", "ex_10"]]
    return rows.assign(unit=pd.factorize(rows.unit_id, sort=True)[0])


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict:
    return json.loads((reference / "latent_witness.json").read_text())


def scale(employees: pd.DataFrame, name: str) -> TwoLevelMoments:
    items = [f"ex_{place:02d}" for place in range(*SCALES[name])]
    return two_level_moments(item_moments(employees.unit, employees[items], 60))


@pytest.mark.parametrize("name", SCALES)
def test_a_two_level_factor_equals_lavaan(employees, witness, name) -> None:
    found, expected = fit_two_level_factor(scale(employees, name)), witness["factors"][name]
    groups = found.fit.parameters.reshape(4, -1)
    errors = np.sqrt(np.diag(found.fit.covariance)).reshape(4, -1)
    assert found.log_likelihood == pytest.approx(expected["logLik"], abs=LAVAAN)
    for place, level in ((0, "within"), (2, "between")):
        assert groups[place] == pytest.approx(expected[f"loadings_{level}"], abs=LAVAAN)
        assert groups[place + 1] == pytest.approx(expected[f"residuals_{level}"], abs=LAVAAN)
        assert errors[place] == pytest.approx(expected[f"se_{level}"], abs=ERRORS)
    assert (found.omega_within, found.omega_between) == pytest.approx(expected["omega_model"], abs=LAVAAN)
    assert (found.observed_within, found.observed_between) == pytest.approx(expected["omega_observed"], abs=OBSERVED)
    assert found.df == expected["df"]
    if expected["chi2"] > 0:
        assert found.chi2 == pytest.approx(expected["chi2"], abs=0.2)
        assert found.chi2 >= expected["chi2"], "the unrestricted model is at least as good as lavaan's"


def test_published_omegas_of_leadership(shared: Path) -> None:
    rows = pd.read_csv(shared / "refvalues" / "data" / "pub_lq2002.csv")
    items = [f"LEAD{place:02d}" for place in range(1, 12)]
    codes, names = pd.factorize(rows.COMPID)
    found = fit_two_level_factor(two_level_moments(item_moments(codes, rows[items], len(names))), errors=False)
    assert found.log_likelihood == pytest.approx(-30120.8829, abs=1e-3)
    assert (found.observed_within, found.observed_between) == pytest.approx((0.9123, 0.7100), abs=1e-3)
    assert (found.df, found.chi2) == (88, pytest.approx(2585.03, abs=0.2))


def test_a_proper_fit_has_no_negative_variance_and_no_omega_above_one(employees) -> None:
    moments = scale(employees, "S2")
    free, proper = fit_two_level_factor(moments), fit_two_level_factor(moments, proper=True)
    assert free.improper and free.omega_between > 1
    assert proper.improper and proper.omega_between <= 1
    assert (proper.fit.parameters.reshape(4, -1)[[1, 3]] >= 0).all()
    assert proper.fit.deviance > free.fit.deviance


def test_the_likelihood_is_that_of_the_rows() -> None:
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(5), [1, 3, 4, 2, 3])
    y = rng.normal(size=(13, 2)) + unit[:, None] / 4
    within, between = np.array([[1.2, 0.3], [0.3, 0.8]]), np.array([[0.5, -0.2], [-0.2, 0.4]])
    found = two_level_deviance(two_level_moments(item_moments(unit, y, 5)), within, between)
    total = 0.0
    for place in range(5):
        rows = y[unit == place]
        n = len(rows)
        v = np.kron(np.eye(n), within) + np.kron(np.ones((n, n)), between)
        total -= 2 * stats.multivariate_normal(np.tile(found.means, n), v).logpdf(rows.ravel())
    assert found.value == pytest.approx(total, abs=1e-9)


def test_a_contextual_model_equals_lavaan(employees, witness) -> None:
    scores = [employees[[f"ex_{place:02d}" for place in range(*SCALES[name])]].mean(axis=1) for name in ("S1", "S2")]
    moments = two_level_moments(item_moments(employees.unit, np.column_stack(scores), 60))
    found, expected = fit_two_level_path(moments), witness["path"]
    for name in ("within", "between", "contextual"):
        assert getattr(found, name) == pytest.approx(expected[name]["est"], abs=LAVAAN)
        assert getattr(found, f"{name}_se") == pytest.approx(expected[name]["se"], abs=ERRORS)
    assert -found.fit.deviance / 2 == pytest.approx(expected["logLik"], abs=LAVAAN)
    assert found.within < found.manifest < found.between, "sampling draws the slope of means towards the one within"


@pytest.fixture(scope="module")
def soldiers(shared: Path) -> TwoLevelMoments:
    rows = pd.read_csv(shared / "refvalues" / "data" / "pub_bh1996.csv")
    codes, names = pd.factorize(rows.GRP)
    return two_level_moments(item_moments(codes, rows[["HRS", "WBEING"]], len(names)))


def test_published_contextual_slopes_of_working_hours(soldiers) -> None:
    """lavaan's published numbers take the predictor's mean and variances as known, at the values it prints."""
    found = fit_two_level_path(soldiers, KnownPredictor(11.1942479108, 4.4829755005, 0.65642620028))
    assert found.between == pytest.approx(-0.187143, abs=LAVAAN)
    assert found.between_se == pytest.approx(0.020363, abs=ERRORS)
    assert found.within == pytest.approx(-0.046420, abs=LAVAAN)
    assert found.within_se == pytest.approx(0.0048874, abs=ERRORS)
    assert found.manifest == pytest.approx(-0.17339, abs=LAVAAN)


def test_estimating_the_predictors_moments_too_changes_little(soldiers) -> None:
    known = fit_two_level_path(soldiers, KnownPredictor(11.1942479108, 4.4829755005, 0.65642620028))
    found = fit_two_level_path(soldiers)
    assert found.between == pytest.approx(known.between, abs=5e-4)
    assert found.between_se == pytest.approx(known.between_se, abs=5e-4)
    assert found.reliability == pytest.approx(0.895, abs=5e-3)


def test_unrestricted_models_agree_where_the_matrices_are_proper() -> None:
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(60), 10)
    scores = (
        rng.normal(size=(600, 3)) + (rng.normal(size=(60, 3)) @ np.array([[1, 0.3, 0], [0, 1, 0.3], [0, 0, 1]]))[unit]
    )
    moments = two_level_moments(item_moments(unit, scores, 60))
    free, bound = fit_saturated(moments), fit_saturated_covariance(moments)
    assert free.converged and bound.converged
    assert bound.deviance == pytest.approx(free.deviance, abs=1e-4)
    assert bound.between == pytest.approx(free.between, abs=1e-3)


def test_true_slopes_are_found() -> None:
    rng = np.random.default_rng(7)
    unit = np.repeat(np.arange(300), 6)
    x_unit = rng.normal(size=300) * 0.5
    x = x_unit[unit] + rng.normal(size=1800)
    y = 0.9 * x_unit[unit] + 0.2 * (x - x_unit[unit]) + 0.2 * rng.normal(size=300)[unit] + rng.normal(size=1800)
    found = fit_two_level_path(two_level_moments(item_moments(unit, np.column_stack([x, y]), 300)))
    assert abs(found.between - 0.9) < 3 * found.between_se
    assert abs(found.within - 0.2) < 3 * found.within_se
    assert found.manifest < 0.9 - 3 * found.manifest_se, "the slope of observed means is drawn towards the one within"


def test_too_little_data_has_no_fit() -> None:
    tiny = two_level_moments(item_moments([0, 0, 1, 1], np.arange(8.0).reshape(4, 2), 2))
    assert fit_two_level_path(tiny) is None
    assert fit_two_level_factor(tiny) is None
    flat = two_level_moments(item_moments(np.arange(20) // 4, np.tile([[1.0, 2.0]], (20, 1)), 5))
    assert fit_two_level_path(flat) is None
