"""Cross-products of a regression's columns within each cluster: all that cluster-robust inference needs of the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns
from cxresearch.moments import Floats, ScoreMoments

_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class ClusterGrams:
    """A regression's rows, summed within clusters.

    Attributes
    ----------
    n : (J,) rows of each cluster. xx : (J, P, P) sums of products of the columns. xy : (J, P) sums of their products
        with the outcome. first : column of the first predictor; 1 behind an intercept, 0 without one.
    """

    n: Floats
    xx: Floats
    xy: Floats
    first: int = 1

    @property
    def n_clusters(self) -> int:
        """Clusters, J."""
        return len(self.n)

    @property
    def n_rows(self) -> int:
        """Rows in all clusters, N."""
        return round(float(self.n.sum()))


def unit_grams(outcome: ScoreMoments, predictors: ArrayLike) -> ClusterGrams:
    """Cross-products for predictors (J, P) known per unit; an intercept is added, units without rows are left out."""
    present = outcome.n > 0
    columns = as_columns(predictors)[present]
    design = np.column_stack([np.ones(len(columns)), columns])
    n, mean = outcome.n[present].astype(np.float64), outcome.mean[present]
    return ClusterGrams(n, n[:, None, None] * design[:, :, None] * design[:, None, :], (n * mean)[:, None] * design)


def row_grams(
    clusters: ArrayLike, outcome: ArrayLike, predictors: ArrayLike, *, intercept: bool = True
) -> ClusterGrams:
    """Cross-products of rows: `clusters` (N,) labels, `outcome` (N,), `predictors` (N, P), all known."""
    labels, code = np.unique(np.asarray(clusters), return_inverse=True)
    y, design = np.asarray(outcome, dtype=np.float64), as_columns(predictors)
    if intercept:
        design = np.column_stack([np.ones(len(y)), design])
    size, width = len(labels), design.shape[1]
    xx, xy = np.empty((size, width, width)), np.empty((size, width))
    for one in range(width):
        xy[:, one] = np.bincount(code, weights=design[:, one] * y, minlength=size)
        for other in range(one, width):
            products = np.bincount(code, weights=design[:, one] * design[:, other], minlength=size)
            xx[:, one, other] = xx[:, other, one] = products
    return ClusterGrams(np.bincount(code, minlength=size).astype(np.float64), xx, xy, int(intercept))


@dataclass(frozen=True, slots=True)
class ClusterFit:
    """Least squares from clusters' cross-products.

    Attributes
    ----------
    coefficients : (P,). bread : (P, P) inverse of X'X. scores : (J, P) X_j'e_j of each cluster, which sum to zero.
    """

    grams: ClusterGrams
    coefficients: Floats
    bread: Floats
    scores: Floats


def fit_clusters(grams: ClusterGrams) -> ClusterFit | None:
    """Least squares; None when the columns are linearly dependent or there is no row to spare."""
    total = grams.xx.sum(axis=0)
    size = np.sqrt(np.diag(total))
    if grams.n_rows <= len(size) or not (size > 0).all():
        return None
    values, vectors = np.linalg.eigh(total / np.outer(size, size))
    if values[0] < _RANK:
        return None
    root = vectors / np.sqrt(values) / size[:, None]
    bread = root @ root.T
    coefficients = bread @ grams.xy.sum(axis=0)
    coefficients = coefficients + bread @ (grams.xy.sum(axis=0) - total @ coefficients)
    return ClusterFit(grams, coefficients, bread, grams.xy - grams.xx @ coefficients)
