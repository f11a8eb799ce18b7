"""Bootstrap of whole clusters for a regression slope, from each cluster's cross-products.

A draw of clusters with replacement is a row of counts; the draw's X'X and X'y are these counts times the clusters'
cross-products, so that ten thousand draws are one matrix product and a stack of small linear systems.
"""

from __future__ import annotations

import numpy as np

from cxresearch.inference.bootstrap import bca_interval, bootstrap_draws, leave_one_out, percentile_interval
from cxresearch.inference.clusters.cluster_grams import ClusterFit, ClusterGrams, fit_clusters
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

MOST_LOST = 0.1
"""The largest share of draws without a slope for which there still is a result."""

_RANK = 1e-10


class _Slope:
    """The slope of each draw, from counts (B, J); NaN where a draw's columns are dependent.

    The columns are turned so that the whole sample's X'X is the identity, and the draw's slope is the whole sample's
    plus a correction: b + L (L'X'X L)^-1 L'X'e with LL' = (X'X)^-1.
    """

    def __init__(self, fit: ClusterFit, place: int) -> None:
        turn = np.linalg.cholesky(fit.bread)
        self.width = len(fit.coefficients)
        self.towards = turn[place]
        self.start = float(fit.coefficients[place])
        grams = turn.T @ fit.grams.xx @ turn
        self.upper = np.triu_indices(self.width)
        self.grams = grams[:, self.upper[0], self.upper[1]]
        self.scores = fit.scores @ turn

    def __call__(self, counts: Floats) -> Floats:
        drawn = np.empty((len(counts), self.width, self.width))
        drawn[:, self.upper[0], self.upper[1]] = drawn[:, self.upper[1], self.upper[0]] = counts @ self.grams
        known = np.linalg.det(drawn) > _RANK
        drawn[~known] = np.eye(self.width)
        moved = np.linalg.solve(drawn, (counts @ self.scores)[:, :, None])[:, :, 0] @ self.towards
        return np.where(known, self.start + moved, np.nan)


def cluster_bootstrap(
    grams: ClusterGrams, *, term: str, level: float, rng: np.random.Generator, n_draws: int = 10_000
) -> tuple[Result, Result]:
    """Slope of the first predictor with bootstrap errors over clusters.

    Returns
    -------
    `term` with the bias-corrected and accelerated interval, and `term.percentile` with the middle of the draws. Draws
    without a slope are left out and flagged `linkage.draws_dropped`; `linkage.bootstrap_undefined` when they are more
    than a tenth, or when some cluster cannot be spared.
    """
    terms = (term, f"{term}.percentile")
    fit = fit_clusters(grams) if grams.n_clusters > 1 else None
    if fit is None:
        details = {"count": grams.n_clusters, "needed": 2}
        few = grams.n_clusters < 2
        reason = "linkage.too_few_units" if few else "linkage.collinear"
        first, second = (NotEstimable(term=t, reason=reason, details=details if few else {}) for t in terms)
        return first, second
    slope = _Slope(fit, grams.first)
    draws = bootstrap_draws(slope, grams.n_clusters, rng, n_draws)
    spared = leave_one_out(slope, grams.n_clusters)
    known = draws[np.isfinite(draws)]
    if len(known) < (1 - MOST_LOST) * n_draws or not np.isfinite(spared).all():
        first, second = (NotEstimable(term=t, reason="linkage.bootstrap_undefined") for t in terms)
        return first, second
    intervals = bca_interval(known, slope.start, spared, level), percentile_interval(known, level)
    bca, middle = (
        Estimate(
            term=name,
            estimate=slope.start,
            std_error=float(known.std(ddof=1)),
            conf_low=low,
            conf_high=high,
            conf_level=level,
            n_units=grams.n_clusters,
            n_respondents=grams.n_rows,
            method=f"models.cluster_bootstrap_{how}",
            health=("linkage.draws_dropped",) if len(known) < n_draws else (),
        )
        for name, how, (low, high) in zip(terms, ("bca", "percentile"), intervals, strict=True)
    )
    return bca, middle
