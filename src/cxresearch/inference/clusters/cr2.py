"""Least squares with standard errors that hold within clusters when the clusters are few.

CR2 (Bell and McCaffrey 2002) makes each cluster's residuals as large as independent errors would have made them:
V = M (sum_j X_j'A_j e_j e_j'A_j X_j) M with M = (X'X)^-1 and A_j the symmetric square root of the pseudo-inverse of
I - X_j M X_j'. Its t statistic has Satterthwaite's degrees of freedom (Pustejovsky and Tipton 2018). A_j differs from
the identity in the span of X_j only, so that everything follows from each cluster's X_j'X_j and X_j'y_j: rows are never
needed. CR3 takes A_j = (I - X_j M X_j')^-1, and CR1S is Stata's factor J / (J - 1) (N - 1) / (N - P).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from cxresearch.inference.clusters.cluster_grams import ClusterFit, ClusterGrams, fit_clusters
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import NotEstimable, Result

Correction = Literal["cr1s", "cr2", "cr3"]
LEAST_DF = 4.0
"""Below these degrees of freedom the approximation itself is poor (Pustejovsky and Tipton 2018)."""

_FULL = 1e-10


@dataclass(frozen=True, slots=True)
class ClusterErrors:
    """Covariance (P, P) of the coefficients and the degrees of freedom (P,) of their t statistics."""

    covariance: Floats
    df: Floats


def cr1s(fit: ClusterFit, n_parameters: int | None = None) -> ClusterErrors:
    """CR1S with J - 1 degrees of freedom; `n_parameters` counts coefficients swept out before as well."""
    grams = fit.grams
    clusters, rows, width = grams.n_clusters, grams.n_rows, len(fit.coefficients)
    factor = clusters / (clusters - 1) * (rows - 1) / (rows - (n_parameters or width))
    covariance = factor * fit.bread @ (fit.scores.T @ fit.scores) @ fit.bread
    return ClusterErrors(covariance, np.full(width, clusters - 1.0))


def cr2(fit: ClusterFit) -> ClusterErrors | None:
    """CR2 with Satterthwaite's degrees of freedom; None where a coefficient hangs on one cluster alone."""
    return _adjusted(fit, -0.5)


def cr3(fit: ClusterFit) -> ClusterErrors | None:
    """CR3, the jackknife's error without its factor (J - 1) / J, with Satterthwaite's degrees of freedom."""
    return _adjusted(fit, -1.0)


def _adjusted(fit: ClusterFit, power: float) -> ClusterErrors | None:
    """A_j = (I - X_j M X_j')^power in each cluster, by eigenvalues in the span of X_j."""
    half, pseudo = _roots(fit.grams.xx)
    values, vectors = np.linalg.eigh(np.eye(half.shape[1]) - half @ fit.bread @ half)
    free = values > _FULL
    scale = np.where(free, np.where(free, values, 1.0) ** power, 0.0)
    adjust = (vectors * scale[:, None, :]) @ vectors.swapaxes(1, 2)
    left = half @ adjust
    pulls = (left @ (pseudo @ fit.scores[:, :, None]))[:, :, 0] @ fit.bread
    degrees = _degrees(fit, left, half)
    return None if degrees is None else ClusterErrors(pulls.T @ pulls, degrees)


def _roots(xx: Floats) -> tuple[Floats, Floats]:
    """Symmetric square root of each matrix (J, P, P) and its pseudo-inverse."""
    values, vectors = np.linalg.eigh(xx)
    kept = values > 1e-13 * np.maximum(values[:, -1:], 1e-300)
    root = np.where(kept, np.sqrt(np.where(kept, values, 0.0)), 0.0)
    inverse = np.where(kept, 1 / np.where(kept, root, 1.0), 0.0)
    turned = vectors.swapaxes(1, 2)
    return (vectors * root[:, None, :]) @ turned, (vectors * inverse[:, None, :]) @ turned


def _degrees(fit: ClusterFit, left: Floats, half: Floats) -> Floats | None:
    """tr(Q)^2 / tr(Q^2), Q = diag(p_j'p_j) - H M H' with p_j = A_j X_j M c and H's rows X_j'p_j."""
    right = left.swapaxes(1, 2) @ fit.bread
    squared = (right**2).sum(axis=1)
    gained = left @ (half @ fit.bread)
    root = np.linalg.cholesky(fit.bread)
    found = np.empty(len(fit.coefficients))
    for place in range(len(found)):
        own, shared = squared[:, place], gained[:, :, place] @ root
        trace = float(own.sum() - (shared**2).sum())
        inner = shared.T @ shared
        square = float(own @ own - 2 * own @ (shared**2).sum(axis=1) + (inner**2).sum())
        if trace <= _FULL * float(fit.bread[place, place]) or square <= 0:
            return None
        found[place] = trace**2 / square
    return found


def cluster_ols(
    grams: ClusterGrams, terms: Sequence[str], *, level: float, correction: Correction = "cr2"
) -> tuple[Result, ...]:
    """Slope of each predictor, named by `terms` (P,), with its cluster-robust error, t test and interval.

    CR2 and CR3 have Satterthwaite's degrees of freedom; CR1S has J - 1. Below four Satterthwaite degrees of freedom the
    health `models.low_df` is flagged.
    """
    fit = fit_clusters(grams) if grams.n_clusters > 1 else None
    if fit is None:
        return _unfitted(grams, terms)
    errors = {"cr1s": cr1s, "cr2": cr2, "cr3": cr3}[correction](fit)
    return coefficient_results(fit, errors, terms, level=level, method=f"models.{correction}")


def coefficient_results(
    fit: ClusterFit, errors: ClusterErrors | None, terms: Sequence[str], *, level: float, method: str
) -> tuple[Result, ...]:
    """Wald results of the predictors' coefficients; `linkage.full_leverage` where there are no `errors`."""
    if errors is None:
        return tuple(NotEstimable(term=term, reason="linkage.full_leverage") for term in terms)
    counts: dict[str, Any] = {"n_units": fit.grams.n_clusters, "n_respondents": fit.grams.n_rows}
    results: list[Result] = []
    for place, term in enumerate(terms, start=fit.grams.first):
        df = float(errors.df[place])
        health = ("models.low_df",) if df < LEAST_DF else ()
        error = float(np.sqrt(errors.covariance[place, place]))
        found = wald_estimate(
            float(fit.coefficients[place]), error, df, term=term, level=level, method=method, health=health
        )
        results.append(replace(found, **counts))
    return tuple(results)


def _unfitted(grams: ClusterGrams, terms: Sequence[str]) -> tuple[Result, ...]:
    if grams.n_clusters < 2:
        details = {"count": grams.n_clusters, "needed": 2}
        return tuple(NotEstimable(term=term, reason="linkage.too_few_units", details=details) for term in terms)
    return tuple(NotEstimable(term=term, reason="linkage.collinear") for term in terms)
