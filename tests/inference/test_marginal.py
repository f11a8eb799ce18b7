from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.clusters.marginal import fit_marginal, marginal
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import Customers, customers_of, r_values

GEEPACK = 1.3e-5
"""geepack stops its iterations early by default; with a tighter rule it agrees to ten digits (below)."""

EXACT = 1e-9
"""Against geepack run to convergence."""

PEER = 2e-4
"""statsmodels takes the working correlation with other divisors, N - P instead of N."""


@pytest.fixture(scope="module")
def customers(reference: Path) -> Customers:
    return customers_of(reference)


@pytest.mark.parametrize(
    ("outcome", "link", "case"), [("lat", "identity", "gee_lat"), ("churned", "logit", "gee_churn")]
)
def test_fit_equals_geepack(customers: Customers, reference: Path, outcome, link, case) -> None:
    r = r_values(reference, "linkage")["cust"][case]
    fit = fit_marginal(customers.moments(outcome), customers.ex, link)
    assert fit is not None
    assert fit.coefficients == pytest.approx(r["coef"], abs=GEEPACK)
    assert np.sqrt(np.diag(fit.robust)) == pytest.approx(r["robust_se"], abs=4e-6)
    assert fit.alpha == pytest.approx(r["alpha"], abs=1e-8)


@pytest.mark.parametrize(
    ("outcome", "link", "case"), [("lat", "identity", "gee_region"), ("churned", "logit", "gee_churn_region")]
)
def test_two_predictors_equal_geepack_run_to_convergence(customers, reference, outcome, link, case) -> None:
    r = r_values(reference)[case]
    fit = fit_marginal(customers.moments(outcome), customers.both, link)
    assert fit is not None
    assert fit.coefficients == pytest.approx(r["coef"], rel=EXACT)
    assert np.sqrt(np.diag(fit.robust)) == pytest.approx(r["se"], rel=EXACT)
    assert fit.alpha == pytest.approx(r["alpha"], rel=EXACT)


def test_bias_reduced_error_equals_statsmodels(customers: Customers) -> None:
    design = sm.add_constant(pd.DataFrame({"ex": customers.ex[customers.codes]}))
    family, structure = sm.families.Binomial(), sm.cov_struct.Exchangeable()
    peer = sm.GEE(customers.rows.churned, design, groups=customers.codes, family=family, cov_struct=structure)
    reduced = peer.fit(cov_type="bias_reduced")
    fit = fit_marginal(customers.moments("churned"), customers.ex, "logit")
    assert fit is not None
    assert np.sqrt(fit.bias_reduced[1, 1]) == pytest.approx(0.1802, abs=5e-5)
    assert np.sqrt(np.diag(fit.bias_reduced)) == pytest.approx(reduced.bse.to_numpy(), rel=PEER)
    assert fit.coefficients == pytest.approx(reduced.params.to_numpy(), abs=PEER)


def test_bias_reduced_error_equals_its_definition_on_rows() -> None:
    rng = np.random.default_rng(8)
    codes = np.repeat(np.arange(7), [2, 3, 4, 5, 6, 3, 2])
    x, y = rng.normal(size=7), rng.normal(size=7)[codes] + rng.normal(size=len(codes))
    fit = fit_marginal(score_moments(codes, y, 7), x)
    assert fit is not None
    pieces = []
    for unit in range(7):
        rows = codes == unit
        size = int(rows.sum())
        inverse = np.linalg.inv((1 - fit.alpha) * np.eye(size) + fit.alpha)
        design = np.column_stack([np.ones(size), np.full(size, x[unit])])
        pieces.append((design, inverse, y[rows] - design @ fit.coefficients))
    bread = np.linalg.inv(sum(d.T @ v @ d for d, v, _ in pieces))
    scores = [d.T @ v @ np.linalg.solve(np.eye(len(e)) - d @ bread @ d.T @ v, e) for d, v, e in pieces]
    meat = sum(np.outer(s, s) for s in scores)
    assert fit.bias_reduced == pytest.approx(bread @ meat @ bread, rel=1e-8)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1000), st.floats(-1000, 1000))
def test_order_and_scale_do_not_matter(seed: int, factor: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    codes, x = rng.integers(10, size=90), rng.normal(size=10)
    y = x[codes] + rng.normal(size=10)[codes] + rng.normal(size=90)
    order = rng.permutation(10)
    plain = marginal(score_moments(codes, y, 10), x, ["b"], level=0.95)[0]
    moments = score_moments(codes, 3 * y - 7, 10).select(order)
    moved = marginal(moments, factor * x[order] + shift, ["b"], level=0.95)[0]
    assert isinstance(plain, Estimate) and isinstance(moved, Estimate)
    assert (moved.method, moved.df) == ("models.gee_bias_reduced", 8)
    assert moved.estimate * factor / 3 == pytest.approx(plain.estimate, rel=1e-6, abs=1e-9)
    assert moved.conf_high * factor / 3 == pytest.approx(plain.conf_high, rel=1e-6, abs=1e-9)


def test_a_unit_that_alone_determines_the_slope_says_why() -> None:
    moments = score_moments(np.repeat(np.arange(6), 3), np.random.default_rng(0).normal(size=18), 6)
    (found,) = marginal(moments, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0], ["b"], level=0.95)
    assert isinstance(found, NotEstimable) and found.reason == "linkage.full_leverage"


def test_units_more_alike_than_chance_allows_stay_inside_the_working_covariance() -> None:
    values = np.tile([-3.0, -1.0, 1.0, 3.0], 8) + np.repeat(0.01 * np.arange(8) ** 2, 4)
    fit = fit_marginal(score_moments(np.repeat(np.arange(8), 4), values, 8), np.arange(8.0))
    assert fit is not None
    assert -1 / 3 < fit.alpha < -0.3


@pytest.mark.parametrize(
    ("x", "values", "link", "reason"),
    [
        ([1.0, 2.0], None, "identity", "linkage.too_few_units"),
        ([1.0] * 6, None, "identity", "linkage.collinear"),
        (list(range(6)), 1.0, "logit", "models.not_settled"),
    ],
)
def test_what_cannot_be_fitted_says_why(x, values, link, reason) -> None:
    y = np.random.default_rng(0).normal(size=3 * len(x)) if values is None else np.full(3 * len(x), values)
    moments = score_moments(np.repeat(np.arange(len(x)), 3), y, len(x))
    (found,) = marginal(moments, x, ["b"], level=0.95, link=link)
    assert isinstance(found, NotEstimable) and found.reason == reason
