from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.clusters.cluster_grams import ClusterGrams, fit_clusters, row_grams, unit_grams
from cxresearch.inference.clusters.cr2 import ClusterErrors, cluster_ols, cr1s, cr2, cr3
from cxresearch.inference.regression import ols
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import Customers, customers_of, r_values

EXACT = 1e-8
"""clubSandwich prints ten digits or more."""

BRUTE = 1e-9
"""Rows against cross-products: rounding only."""


@pytest.fixture(scope="module")
def customers(reference: Path) -> Customers:
    return customers_of(reference)


def errors_of(grams: ClusterGrams, correction=cr2) -> ClusterErrors:
    fit = fit_clusters(grams)
    assert fit is not None
    found = correction(fit)
    assert found is not None
    return found


def by_rows(clusters: np.ndarray, design: np.ndarray, power: float) -> tuple[np.ndarray, np.ndarray]:
    """Adjustment matrices and Q spelled out on rows: the definition in Pustejovsky and Tipton."""
    bread = np.linalg.inv(design.T @ design)
    n_rows = len(design)
    hat = design @ bread @ design.T
    blocks, columns = [], []
    for label in np.unique(clusters):
        rows = np.flatnonzero(clusters == label)
        values, vectors = np.linalg.eigh((np.eye(n_rows) - hat)[np.ix_(rows, rows)])
        scale = np.where(values > 1e-10, np.maximum(values, 1e-10) ** power, 0)
        adjust = vectors * scale @ vectors.T
        blocks.append((rows, adjust))
        columns.append((np.eye(n_rows) - hat)[:, rows] @ adjust @ design[rows] @ bread)
    return blocks, np.stack(columns)


@pytest.mark.parametrize("correction", [cr1s, cr2, cr3])
def test_errors_equal_clubsandwich_on_customers(customers: Customers, reference: Path, correction) -> None:
    r = r_values(reference, "linkage")["cust"]
    found = errors_of(unit_grams(customers.moments("lat"), customers.ex), correction)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(r[correction.__name__.upper()], rel=EXACT)


def test_slope_df_p_and_interval_equal_clubsandwich(customers: Customers, reference: Path) -> None:
    r = r_values(reference, "linkage")["cust"]
    grams = unit_grams(customers.moments("lat"), customers.ex)
    (slope,) = cluster_ols(grams, ["h.cr2"], level=0.95)
    assert isinstance(slope, Estimate)
    assert slope.estimate == pytest.approx(r["ols_coef"][1], rel=EXACT)
    assert slope.std_error == pytest.approx(0.15308754165, rel=EXACT)
    assert slope.df == pytest.approx(r["CR2_df_satt"][1], rel=EXACT)
    assert slope.p_value == pytest.approx(r["CR2_p"][1], rel=1e-7)
    assert (slope.conf_low, slope.conf_high) == pytest.approx((0.113817515, 0.783511326), abs=1e-8)
    assert (slope.n_units, slope.n_respondents, slope.health) == (60, 2593, ())
    assert errors_of(grams).df == pytest.approx(r["CR2_df_satt"], rel=EXACT)


@pytest.mark.parametrize("case", ["cr_region", "cr_rows", "cr_eight"])
@pytest.mark.parametrize("correction", [cr2, cr3])
def test_several_predictors_and_few_units_equal_clubsandwich(
    customers: Customers, reference: Path, case: str, correction
) -> None:
    r = r_values(reference)[case][correction.__name__.upper()]
    lat = customers.moments("lat")
    grams = {
        "cr_region": lambda: unit_grams(lat, customers.both),
        "cr_rows": lambda: row_grams(
            customers.codes, customers.rows.lat, np.column_stack([customers.ex[customers.codes], customers.rows.tp_1])
        ),
        "cr_eight": lambda: unit_grams(lat.select(np.arange(8)), customers.ex[:8]),
    }[case]()
    found = errors_of(grams, correction)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(r["SE"], rel=EXACT)
    assert found.df == pytest.approx(r["df_Satt"], rel=EXACT)


def test_units_moments_equal_rows(customers: Customers) -> None:
    rows = row_grams(customers.rows.unit_id, customers.rows.lat, customers.ex[customers.codes])
    units = unit_grams(customers.moments("lat"), customers.ex)
    assert rows.xx == pytest.approx(units.xx, rel=BRUTE)
    assert errors_of(rows).covariance == pytest.approx(errors_of(units).covariance, rel=BRUTE)


def test_cr1s_equals_the_regression_on_rows(customers: Customers) -> None:
    (peer,) = ols(customers.rows.lat, customers.ex[customers.codes], ["b"], level=0.9, clusters=customers.codes)
    grams = unit_grams(customers.moments("lat"), customers.ex)
    (found,) = cluster_ols(grams, ["b"], level=0.9, correction="cr1s")
    assert isinstance(peer, Estimate) and isinstance(found, Estimate)
    for name in ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high"):
        assert getattr(found, name) == pytest.approx(getattr(peer, name), rel=BRUTE)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 9))
def test_cross_products_give_what_the_definition_gives_on_rows(seed: int, n_clusters: int) -> None:
    rng = np.random.default_rng(seed)
    clusters = np.sort(rng.integers(n_clusters, size=40))
    design = np.column_stack([np.ones(40), rng.normal(size=40), rng.normal(size=n_clusters)[clusters]])
    y = design @ [1.0, 2.0, 0.5] + rng.normal(size=40)
    fit = fit_clusters(row_grams(clusters, y, design[:, 1:]))
    if fit is None or (found := cr2(fit)) is None:
        return
    blocks, pulls = by_rows(clusters, design, -0.5)
    residual = y - design @ fit.coefficients
    scores = np.stack([design[rows].T @ adjust @ residual[rows] for rows, adjust in blocks])
    assert found.covariance == pytest.approx(fit.bread @ scores.T @ scores @ fit.bread, rel=1e-6, abs=1e-12)
    for place in range(3):
        q = pulls[:, :, place] @ pulls[:, :, place].T
        assert found.df[place] == pytest.approx(np.trace(q) ** 2 / np.sum(q**2), rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1000), st.floats(-100, 100))
def test_order_names_and_scale_do_not_matter(seed: int, factor: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    clusters = rng.integers(12, size=80)
    x = rng.normal(size=12)[clusters]
    y = x + rng.normal(size=12)[clusters] + rng.normal(size=80)
    order, names = rng.permutation(80), rng.permutation(12)
    (plain,) = cluster_ols(row_grams(clusters, y, x), ["b"], level=0.95)
    (moved,) = cluster_ols(
        row_grams(names[clusters[order]], 5 * y[order] - 3, factor * x[order] + shift), ["b"], level=0.95
    )
    assert isinstance(plain, Estimate) and isinstance(moved, Estimate)
    assert moved.estimate * factor / 5 == pytest.approx(plain.estimate, rel=1e-5)
    assert moved.std_error * factor / 5 == pytest.approx(plain.std_error, rel=1e-5)
    assert moved.df == pytest.approx(plain.df, rel=1e-5)


def test_few_degrees_of_freedom_are_flagged() -> None:
    x = np.array([10.0, 0.1, 0.2, 0.0, -0.1, 0.15])
    moments = score_moments(np.repeat(np.arange(6), 4), np.random.default_rng(3).normal(size=24), 6)
    (slope,) = cluster_ols(unit_grams(moments, x), ["b"], level=0.95)
    assert isinstance(slope, Estimate)
    assert slope.df < 4 and slope.health == ("models.low_df",)


@pytest.mark.parametrize(
    ("n_units", "x", "reason"),
    [
        (1, [1.0], "linkage.too_few_units"),
        (4, [2.0, 2.0, 2.0, 2.0], "linkage.collinear"),
        (2, [1.0, 2.0], "linkage.full_leverage"),
    ],
)
def test_what_cannot_be_fitted_says_why(n_units: int, x: list[float], reason: str) -> None:
    moments = score_moments(
        np.repeat(np.arange(n_units), 3), np.random.default_rng(1).normal(size=3 * n_units), n_units
    )
    (found,) = cluster_ols(unit_grams(moments, x), ["b"], level=0.95)
    assert isinstance(found, NotEstimable) and found.reason == reason
