from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.clusters.cluster_grams import row_grams, unit_grams
from cxresearch.inference.clusters.wild_bootstrap import WEIGHTS, wild_bootstrap
from cxresearch.inference.regression import cr1s_covariance, least_squares
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import customers_of, r_values

MONTE_CARLO = 0.004
"""Four standard errors of the reference p with 19,999 draws."""


def t_value(y: np.ndarray, design: np.ndarray, clusters: np.ndarray, null: float) -> float:
    fit = least_squares(y, design)
    assert fit is not None
    return (fit.coefficients[1] - null) / math.sqrt(cr1s_covariance(fit, clusters)[0][1, 1])


def brute_p(y: np.ndarray, x: np.ndarray, clusters: np.ndarray, values: np.ndarray, null: float) -> float:
    """Every draw of weights on rows: fit under the null, refit, compare."""
    design = np.column_stack([np.ones(len(y)), x])
    held = y - null * x
    rest, fitted = held - held.mean(), held.mean() + null * x
    observed = abs(t_value(y, design, clusters, null))
    draws = [
        abs(t_value(fitted + np.array(draw)[clusters] * rest, design, clusters, null))
        for draw in itertools.product(values, repeat=clusters.max() + 1)
    ]
    return float(np.mean(np.array(draws) >= observed * (1 - 1e-9)))


def small(seed: int, n_clusters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(n_clusters), rng.integers(2, 6, size=n_clusters))
    x = rng.normal(size=n_clusters)[clusters] + 0.3 * rng.normal(size=len(clusters))
    return clusters, x, 0.8 * x + rng.normal(size=n_clusters)[clusters] + rng.normal(size=len(clusters))


def test_p_equals_the_reference(reference: Path) -> None:
    r = r_values(reference, "mc_reference")["wild_cluster_restricted_rademacher"]
    customers = customers_of(reference)
    found = wild_bootstrap(
        unit_grams(customers.moments("lat"), customers.ex),
        term="h.wild",
        level=0.95,
        rng=np.random.default_rng(7),
        n_draws=19_999,
    )
    assert isinstance(found, Estimate)
    assert found.statistic == pytest.approx(r["t"], rel=1e-9)
    assert found.p_value == pytest.approx(r["p"], abs=MONTE_CARLO)
    assert 0 < found.conf_low < found.estimate < found.conf_high
    assert (found.method, found.n_units) == ("models.wild_rademacher", 60)


@pytest.mark.parametrize(("n_clusters", "weights"), [(7, "rademacher"), (4, "webb")])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_enumerated_p_equals_brute_force_on_rows(seed: int, n_clusters: int, weights) -> None:
    clusters, x, y = small(seed, n_clusters)
    grams = row_grams(clusters, y, x)
    found = wild_bootstrap(grams, term="b", level=0.9, rng=np.random.default_rng(0), weights=weights)
    assert isinstance(found, Estimate)
    assert found.method == f"models.wild_{weights}_exact"
    assert found.p_value == pytest.approx(brute_p(y, x, clusters, WEIGHTS[weights], 0.0), abs=1e-12)


def test_the_interval_holds_the_values_that_are_not_rejected() -> None:
    clusters, x, y = small(5, 7)
    found = wild_bootstrap(
        row_grams(clusters, y, x), term="b", level=0.8, rng=np.random.default_rng(0), weights="rademacher"
    )
    assert isinstance(found, Estimate)
    for end, outwards in ((found.conf_low, -1), (found.conf_high, 1)):
        inside, outside = (end + shift * outwards * found.std_error for shift in (-1e-6, 1e-6))
        assert brute_p(y, x, clusters, WEIGHTS["rademacher"], inside) > 0.2
        assert brute_p(y, x, clusters, WEIGHTS["rademacher"], outside) <= 0.2


def test_random_draws_agree_with_all_draws() -> None:
    clusters, x, y = small(6, 10)
    grams = row_grams(clusters, y, x)
    every = wild_bootstrap(grams, term="b", level=0.95, rng=np.random.default_rng(0), weights="rademacher")
    some = wild_bootstrap(grams, term="b", level=0.95, rng=np.random.default_rng(0), weights="rademacher", n_draws=500)
    assert isinstance(every, Estimate) and isinstance(some, Estimate)
    assert every.method.endswith("exact") and not some.method.endswith("exact")
    assert some.p_value == pytest.approx(every.p_value, abs=4 * math.sqrt(0.25 / 500))


def test_too_few_signs_leave_the_interval_open() -> None:
    clusters, x, y = small(2, 4)
    found = wild_bootstrap(
        row_grams(clusters, y, x), term="b", level=0.95, rng=np.random.default_rng(0), weights="rademacher"
    )
    assert isinstance(found, Estimate)
    assert (found.conf_low, found.conf_high) == (-math.inf, math.inf)
    assert "models.open_interval" in found.health


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50))
def test_order_and_scale_do_not_matter(seed: int, factor: float) -> None:
    clusters, x, y = small(seed, 8)
    order = np.random.default_rng(seed).permutation(len(y))
    kind = {"term": "b", "level": 0.8, "weights": "rademacher"}
    plain = wild_bootstrap(row_grams(clusters, y, x), rng=np.random.default_rng(0), **kind)
    moved = wild_bootstrap(
        row_grams(clusters[order], 2 * y[order] + 1, factor * x[order]), rng=np.random.default_rng(0), **kind
    )
    assert isinstance(plain, Estimate) and isinstance(moved, Estimate)
    assert moved.p_value == pytest.approx(plain.p_value, abs=1e-12)
    assert moved.conf_low * factor / 2 == pytest.approx(plain.conf_low, rel=1e-4, abs=1e-5)


def test_p_is_uniform_where_nothing_is_there() -> None:
    rng = np.random.default_rng(11)
    codes = np.repeat(np.arange(12), 5)
    p_values = []
    for _ in range(300):
        y = rng.normal(size=12)[codes] + rng.normal(size=60)
        grams = unit_grams(score_moments(codes, y, 12), rng.normal(size=12))
        found = wild_bootstrap(grams, term="b", level=0.95, rng=rng, n_draws=399)
        assert isinstance(found, Estimate)
        p_values.append(found.p_value)
    rejected = np.mean(np.array(p_values) <= 0.1)
    assert rejected == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 300))


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        ([1.0], "linkage.too_few_units"),
        ([2.0, 2.0, 2.0], "linkage.collinear"),
        ([1.0, 2.0], "linkage.full_leverage"),
    ],
)
def test_what_cannot_be_fitted_says_why(x: list[float], reason: str) -> None:
    moments = score_moments(np.repeat(np.arange(len(x)), 3), np.arange(3.0 * len(x)) ** 2, len(x))
    found = wild_bootstrap(unit_grams(moments, x), term="b", level=0.95, rng=np.random.default_rng(0))
    assert isinstance(found, NotEstimable) and found.reason == reason
