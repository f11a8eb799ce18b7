from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.inference.specifications.cross_validation import (
    customer_products,
    out_of_sample_r2,
    random_folds,
    unit_products,
)
from cxresearch.inference.specifications.cross_validation_mixed import leave_units_out
from cxresearch.moments import ScoreMoments, score_moments

CLOSED = 1e-9
"""R prints ten digits."""
REML = 1e-5
"""lme4 stops its optimiser within this of the optimum."""


@pytest.fixture(scope="module")
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


@pytest.fixture(scope="module")
def customers(reference: Path) -> ScoreMoments:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    codes, names = pd.factorize(rows.unit_id, sort=True)
    return score_moments(codes, rows.lat, len(names))


def own_fold(n: int) -> np.ndarray:
    return np.arange(n)[None, :]


def test_leaving_units_out_equals_r(units: pd.DataFrame, reference: Path) -> None:
    expected = json.loads((reference / "extra.json").read_text())["unit_Q2"]
    found = out_of_sample_r2(unit_products(units.NPS, units.EX), own_fold(60))
    assert found == pytest.approx([expected], abs=CLOSED)


def test_the_mixed_model_without_each_unit_equals_lme4(
    units: pd.DataFrame, customers: ScoreMoments, reference: Path
) -> None:
    expected = json.loads((reference / "extra.json").read_text())["louo"]
    slopes = pd.read_csv(reference / "lmer_leave_one_unit_out.csv").loo_slope
    found = leave_units_out(customers, units.EX)
    assert found.r2_customers == pytest.approx(expected["R2_oos_customer"], abs=REML)
    assert found.r2_units == pytest.approx(expected["R2_oos_unitmean"], abs=REML)
    assert found.rmse == pytest.approx(expected["rmse"], abs=REML)
    assert found.coefficients[:, 1] == pytest.approx(slopes.to_numpy(), abs=REML)


def test_mixed_folds_equal_refitting(units: pd.DataFrame, customers: ScoreMoments) -> None:
    folds = np.arange(60) % 7
    predictors = units[["EX", "region"]].to_numpy(dtype=float)
    found = leave_units_out(customers, predictors, folds)
    for fold in range(7):
        kept = np.flatnonzero(folds != fold)
        fit = fit_random_intercept(unit_level_moments(customers.select(kept), predictors[kept]))
        assert found.coefficients[fold] == pytest.approx(fit.coefficients, abs=1e-7)


def test_a_singular_training_set_is_a_result() -> None:
    rng = np.random.default_rng(8)
    code = np.repeat(np.arange(12), 20)
    y = rng.normal(size=240)
    y -= np.bincount(code, weights=y)[code] / 20
    moments = score_moments(code, y + 0.01 * rng.normal(size=240), 12)
    found = leave_units_out(moments, rng.normal(size=12))
    assert np.isfinite(found.coefficients).all()
    assert found.r2_customers < 0.01


def by_rows(y, design, group, fold) -> float:
    errors = baseline = 0.0
    for held in np.unique(fold):
        test = np.isin(group, np.flatnonzero(fold == held))
        beta = np.linalg.lstsq(design[~test], y[~test], rcond=None)[0]
        errors += ((y[test] - design[test] @ beta) ** 2).sum()
        baseline += ((y[test] - y[~test].mean()) ** 2).sum()
    return 1 - errors / baseline


def test_folds_of_customers_equal_the_rows() -> None:
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(15), rng.integers(3, 9, size=15))
    x = rng.normal(size=(15, 2))
    y = 50 + (x @ [0.5, -0.2])[group] + rng.normal(size=len(group))
    folds = random_folds(rng, 15, 5, 4)
    found = out_of_sample_r2(customer_products(score_moments(group, y, 15), x), folds)
    design = np.column_stack([np.ones(len(y)), x[group]])
    assert found == pytest.approx([by_rows(y, design, group, fold) for fold in folds], abs=1e-10)


def test_repeated_folds_are_fast_and_equal_size(units: pd.DataFrame) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(500, 3))
    products = unit_products(x @ [0.4, 0.1, 0.0] + rng.normal(size=500), x)
    folds = random_folds(rng, 500, 10, 100)
    assert (np.sort(folds, axis=1) == np.repeat(np.arange(10), 50)).all()
    out_of_sample_r2(products, folds[:2])
    start = time.perf_counter()
    found = out_of_sample_r2(products, folds)
    assert time.perf_counter() - start < 0.25
    assert found.std() < 0.02
    assert found[0] == pytest.approx(by_rows_of(products, folds[0]), abs=1e-10)


def by_rows_of(products, fold) -> float:
    design = products.xx[:, 0, :]
    return by_rows(products.xy[:, 0], design, np.arange(len(fold)), fold)


def test_noise_predicts_worse_than_the_mean() -> None:
    rng = np.random.default_rng(1)
    found = out_of_sample_r2(unit_products(rng.normal(size=30), rng.normal(size=(30, 6))), own_fold(30))
    assert found[0] < 0


def test_training_sets_without_a_fit_are_nan_and_bad_folds_errors() -> None:
    x = np.zeros(6)
    x[0] = 1
    assert np.isnan(out_of_sample_r2(unit_products(np.arange(6.0), x), own_fold(6))).all()
    with pytest.raises(ValueError, match="cannot be put into 9 folds"):
        random_folds(np.random.default_rng(1), 5, 9, 1)
