"""The one-factor model by maximum likelihood, for a whole stack of covariance matrices at once.

Given the unique variances the likelihood is known in closed form (Lawley and Maxwell 1971): with gamma the eigenvalues
of Theta^-1/2 S Theta^-1/2, F = sum over all but the largest of gamma - log gamma - 1. Where an item is the factor
itself (unique variance 0, a Heywood case), the best solution is known without search: the other items are regressed on
it. Every search ends with a comparison with that boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxresearch.inference.factors.uniquenesses import Minimum, minimise
from cxresearch.moments import Floats, Ints

_LEAST_UNIQUE = 1e-3


@dataclass(frozen=True, slots=True)
class OneFactor:
    """One-factor solutions of B matrices of K items.

    Attributes
    ----------
    loadings : (B, K) of a factor with variance 1, their sum not negative. unique : (B, K) unique variances.
    discrepancy : (B,) F; N F is the chi-square of the model. converged : (B,) a minimum was found.
    heywood : (B,) a unique variance is 0. variance : (B, K) of the items as observed.
    """

    loadings: Floats
    unique: Floats
    discrepancy: Floats
    converged: NDArray[np.bool_]
    heywood: NDArray[np.bool_]
    variance: Floats

    @property
    def omega(self) -> Floats:
        """(B,) omega total: share of the sum score's model-implied variance that the factor gives (McDonald 1999)."""
        common = self.loadings.sum(axis=1) ** 2
        share: Floats = common / (common + self.unique.sum(axis=1))
        return share

    @property
    def ave(self) -> Floats:
        """(B,) average variance extracted: mean squared standardised loading (Fornell and Larcker 1981)."""
        squared = self.loadings**2
        mean: Floats = (squared / (squared + self.unique)).mean(axis=1)
        return mean

    @property
    def ave_weighted(self) -> Floats:
        """(B,) the same with items weighted by their variances: sum of squared loadings over the items' variances."""
        squared = (self.loadings**2).sum(axis=1)
        share: Floats = squared / (squared + self.unique.sum(axis=1))
        return share


def omega_observed(fit: OneFactor, covariance: Floats) -> Floats:
    """(B,) omega with the sum score's observed variance, of `covariance` (B, K, K), as denominator."""
    share: Floats = fit.loadings.sum(axis=1) ** 2 / covariance.sum(axis=(1, 2))
    return share


def one_factor(covariance: Floats) -> OneFactor:
    """Fit one factor to each matrix of `covariance` (B, K, K), K at least 3, positive definite.

    Matrices that are not positive definite come back unconverged.
    """
    variance = np.einsum("bkk->bk", covariance).copy()
    sd = np.sqrt(np.maximum(variance, 1e-300))
    correlation = covariance / (sd[:, :, None] * sd[:, None, :])
    solvable = np.linalg.eigvalsh(correlation)[:, 0] > 1e-10
    usable = np.where(solvable[:, None, None], correlation, np.eye(correlation.shape[1]))
    found = _search(usable)
    loadings, unique = _solution(usable, found.point)
    value, edge_value = found.value.copy(), _edges(usable)
    item = edge_value.argmin(axis=1)
    least = edge_value[np.arange(len(item)), item]
    heywood = found.at_low.any(axis=1) | (least < value)
    if heywood.any():
        loadings[heywood], unique[heywood] = _edge(usable[heywood], item[heywood])
        value[heywood] = least[heywood]
    loadings *= np.where((loadings * sd).sum(axis=1) < 0, -1.0, 1.0)[:, None]
    done = solvable & (found.converged | heywood)
    return OneFactor(loadings * sd, unique * variance, value, done, heywood & solvable, variance)


def _search(correlation: Floats) -> Minimum:
    """The best of two starts; the second is spent on rows that a single start leaves in doubt, or on short stacks."""
    n_items = correlation.shape[1]
    shape = correlation.shape[:2]
    low, high = np.full(shape, np.log(_LEAST_UNIQUE)), np.full(shape, 0.5)
    inverse = np.linalg.inv(correlation)
    first = np.log((1 - 0.5 / n_items) / np.einsum("bkk->bk", inverse))
    found = _minimum(correlation, first, low, high)
    doubtful = ~found.converged | found.at_low.any(axis=1) | (len(correlation) < 10)
    again = np.flatnonzero(doubtful)
    if not len(again):
        return found
    second = _minimum(correlation[again], np.full((len(again), n_items), np.log(0.5)), low[again], high[again])
    better = second.value < found.value[again] - 1e-12
    rows = again[better]
    for name in ("point", "value", "converged", "at_low"):
        getattr(found, name)[rows] = getattr(second, name)[better]
    return found


def _minimum(correlation: Floats, start: Floats, low: Floats, high: Floats) -> Minimum:
    def discrepancy(point: Floats, rows: Ints) -> Floats:
        rest = np.maximum(np.linalg.eigvalsh(_scaled(correlation[rows], point))[:, :-1], 1e-300)
        total: Floats = (rest - np.log(rest) - 1).sum(axis=1)
        return total

    def derivatives(point: Floats, rows: Ints) -> tuple[Floats, Floats]:
        values, vectors = np.linalg.eigh(_scaled(correlation[rows], point))
        rest, top = values[:, :-1], values[:, -1:]
        squared = vectors[:, :, :-1] ** 2
        gradient = np.einsum("bkm,bm->bk", squared, 1 - rest)
        among = np.einsum("bim,bm,bjm->bij", vectors[:, :, :-1], rest, vectors[:, :, :-1])
        plain = np.einsum("bim,bjm->bij", vectors[:, :, :-1], vectors[:, :, :-1])
        across = (1 - rest) * (rest + top) / np.maximum(top - rest, 1e-12)
        mixed = np.einsum("bim,bm,bjm->bij", vectors[:, :, :-1], across, vectors[:, :, :-1])
        leading = vectors[:, :, -1:] * vectors[:, None, :, -1]
        return gradient, among * plain + mixed * leading

    return minimise(discrepancy, derivatives, start, low, high)


def _scaled(correlation: Floats, log_unique: Floats) -> Floats:
    root = np.exp(-log_unique / 2)
    scaled: Floats = correlation * root[:, :, None] * root[:, None, :]
    return scaled


def _solution(correlation: Floats, log_unique: Floats) -> tuple[Floats, Floats]:
    values, vectors = np.linalg.eigh(_scaled(correlation, log_unique))
    strength = np.sqrt(np.maximum(values[:, -1:] - 1, 0))
    return np.exp(log_unique / 2) * vectors[:, :, -1] * strength, np.exp(log_unique)


def _edges(correlation: Floats) -> Floats:
    """(B, K) F when item k is the factor: minus log of the share of variance that the others keep, less log |R|."""
    n_items = correlation.shape[1]
    kept = np.maximum(1 - correlation**2, 1e-300)
    kept[:, np.arange(n_items), np.arange(n_items)] = 1.0
    value: Floats = np.log(kept).sum(axis=2) - np.linalg.slogdet(correlation)[1][:, None]
    return value


def _edge(correlation: Floats, item: Ints) -> tuple[Floats, Floats]:
    loadings = correlation[np.arange(len(item)), :, item].copy()
    return loadings, np.maximum(1 - loadings**2, 0)
