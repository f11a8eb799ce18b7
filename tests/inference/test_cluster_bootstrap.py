from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cxresearch.inference.bootstrap import draw_counts
from cxresearch.inference.clusters.cluster_bootstrap import cluster_bootstrap
from cxresearch.inference.clusters.cluster_grams import fit_clusters, row_grams, unit_grams
from cxresearch.inference.clusters.cr2 import cr1s
from cxresearch.moments import score_moments
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import customers_of

EXACT = 1e-9
"""The same draws refitted on rows: rounding only."""

BOOTSTRAP = 0.10
"""The bootstrap's error and the sandwich's estimate the same quantity; they differ in the second order."""


def test_draws_equal_refits_of_the_drawn_rows(reference: Path) -> None:
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(9), rng.integers(2, 7, size=9))
    x = rng.normal(size=(len(clusters), 2))
    y = x @ [1.0, -1.0] + rng.normal(size=9)[clusters] + rng.normal(size=len(clusters))
    percentile = cluster_bootstrap(
        row_grams(clusters, y, x), term="b", level=0.9, rng=np.random.default_rng(5), n_draws=200
    )[1]
    slopes = []
    for counts in draw_counts(np.random.default_rng(5), 9, 200):
        weight = np.sqrt(counts[clusters])
        design = np.column_stack([np.ones(len(y)), x]) * weight[:, None]
        slopes.append(np.linalg.lstsq(design, y * weight, rcond=None)[0][1])
    assert isinstance(percentile, Estimate)
    assert percentile.std_error == pytest.approx(np.std(slopes, ddof=1), rel=EXACT)
    assert (percentile.conf_low, percentile.conf_high) == pytest.approx(tuple(np.quantile(slopes, [0.05, 0.95])))


def test_customers_of_the_reference(reference: Path) -> None:
    customers = customers_of(reference)
    grams = unit_grams(customers.moments("lat"), customers.ex)
    bca, percentile = cluster_bootstrap(grams, term="h.b", level=0.95, rng=np.random.default_rng(1))
    fit = fit_clusters(grams)
    assert fit is not None and isinstance(bca, Estimate) and isinstance(percentile, Estimate)
    assert bca.estimate == percentile.estimate == pytest.approx(fit.coefficients[1])
    assert bca.std_error == pytest.approx(np.sqrt(cr1s(fit).covariance[1, 1]), rel=BOOTSTRAP)
    assert (percentile.conf_low, percentile.conf_high) == pytest.approx((0.137, 0.768), abs=0.02)
    assert (bca.conf_low, bca.conf_high) == pytest.approx((0.126, 0.759), abs=0.02)
    assert (bca.term, percentile.term, bca.n_respondents) == ("h.b", "h.b.percentile", 2593)


def test_draws_without_a_slope_are_left_out() -> None:
    x = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    moments = score_moments(np.repeat(np.arange(6), 3), np.random.default_rng(2).normal(size=18), 6)
    bca, _ = cluster_bootstrap(unit_grams(moments, x), term="b", level=0.95, rng=np.random.default_rng(3))
    assert isinstance(bca, Estimate) and bca.health == ("linkage.draws_dropped",)


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        ([1.0], "linkage.too_few_units"),
        ([1.0, 1.0, 1.0], "linkage.collinear"),
        ([0.0, 0.0, 0.0, 1.0], "linkage.bootstrap_undefined"),
    ],
)
def test_what_cannot_be_drawn_says_why(x: list[float], reason: str) -> None:
    moments = score_moments(np.repeat(np.arange(len(x)), 3), np.arange(3.0 * len(x)) ** 2, len(x))
    for found in cluster_bootstrap(unit_grams(moments, x), term="b", level=0.95, rng=np.random.default_rng(0)):
        assert isinstance(found, NotEstimable) and found.reason == reason
