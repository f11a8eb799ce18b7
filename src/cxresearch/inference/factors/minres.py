"""Exploratory factors by minimum residuals: loadings whose products leave the least squared off-diagonal residuals.

Harman and Jones (1966); the same as unweighted least squares. Given the unique variances psi the best loadings are the
leading eigenvectors of R - diag(psi), and what is left is half the sum of its other squared eigenvalues.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxresearch.inference.factors.uniquenesses import Minimum, minimise
from cxresearch.moments import Floats, Ints

_LEAST_UNIQUE = 0.005
"""As in R's psych: a unique variance below this is a Heywood case."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Unrotated factors of B correlation matrices of K items.

    Attributes
    ----------
    loadings : (B, K, M), factors in falling order, each factor's sum of loadings not negative.
    unique : (B, K). eigenvalues : (B, K) of the correlations with communalities on the diagonal, falling.
    converged : (B,). heywood : (B,) a unique variance reached its bound.
    """

    loadings: Floats
    unique: Floats
    eigenvalues: Floats
    converged: NDArray[np.bool_]
    heywood: NDArray[np.bool_]

    @property
    def first_share(self) -> Floats:
        """(B,) share of the items' variance that the first factor gives."""
        share: Floats = (self.loadings[:, :, 0] ** 2).mean(axis=1)
        return share


def minres(correlation: Floats, n_factors: int, *, starts: int = 1, near: Floats | None = None) -> Factors:
    """Extract `n_factors` from each matrix of `correlation` (B, K, K).

    Data with weak factors can have several minima. The first of the `starts` takes the unique variances from the
    squared multiple correlations, as R's psych does, or from `near` (K,); the others are random, with a fixed seed,
    and each matrix keeps the best.
    """
    shape = correlation.shape[:2]
    low: Floats = np.full(shape, _LEAST_UNIQUE)
    high: Floats = np.ones(shape)

    def reduced(point: Floats, rows: Ints) -> Floats:
        matrix = correlation[rows].copy()
        diagonal = np.arange(shape[1])
        matrix[:, diagonal, diagonal] -= point
        return matrix

    def discrepancy(point: Floats, rows: Ints) -> Floats:
        rest = np.asarray(np.linalg.eigvalsh(reduced(point, rows)), dtype=np.float64)[:, :-n_factors]
        left: Floats = (rest**2).sum(axis=1) / 2
        return left

    def derivatives(point: Floats, rows: Ints) -> tuple[Floats, Floats]:
        values, vectors = np.linalg.eigh(reduced(point, rows))
        rest, lead = values[:, :-n_factors], values[:, -n_factors:]
        outer, inner = vectors[:, :, :-n_factors], vectors[:, :, -n_factors:]
        gradient = -np.einsum("bkm,bm->bk", outer**2, rest)
        plain = outer @ outer.transpose(0, 2, 1)
        hessian: Floats = plain**2
        for m in range(n_factors):
            gap = np.minimum(rest - lead[:, m : m + 1], -1e-12)
            mixed = np.einsum("bim,bm,bjm->bij", outer, rest / gap, outer)
            hessian += 2 * mixed * inner[:, :, m][:, :, None] * inner[:, :, m][:, None, :]
        return gradient, hessian

    inverse_diagonal = np.einsum("bkk->bk", np.linalg.pinv(correlation, hermitian=True))
    start: Floats = np.clip(1 / np.maximum(inverse_diagonal, 1.0), 0.01, 0.99)
    if near is not None:
        start = np.broadcast_to(near, shape)
    found = minimise(discrepancy, derivatives, start, low, high)
    rng = np.random.default_rng(0)
    for _ in range(starts - 1):
        again = minimise(discrepancy, derivatives, rng.uniform(0.05, 0.95, shape), low, high)
        found = _better(found, again)
    values, vectors = np.linalg.eigh(reduced(found.point, np.arange(shape[0])))
    falling = values[:, ::-1]
    lead = vectors[:, :, ::-1][:, :, :n_factors]
    loadings = lead * np.sqrt(np.maximum(falling[:, None, :n_factors], 0))
    loadings = loadings * np.where(loadings.sum(axis=1) < 0, -1.0, 1.0)[:, None, :]
    return Factors(loadings, found.point, falling, found.converged, np.any(found.at_low, axis=1))


def _better(first: Minimum, second: Minimum) -> Minimum:
    """Row by row the lower of two minima; where they are alike, a converged one."""
    lower = second.value < first.value - 1e-10
    alike = np.abs(second.value - first.value) <= 1e-7
    taken = lower & ~(first.converged & alike) | (alike & second.converged & ~first.converged)
    return Minimum(
        np.where(taken[:, None], second.point, first.point),
        np.where(taken, second.value, first.value),
        np.where(taken, second.converged, first.converged),
        np.where(taken[:, None], second.at_low, first.at_low),
    )
