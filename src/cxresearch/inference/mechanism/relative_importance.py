"""How much of R^2 does each predictor carry? LMG (Shapley values of R^2) and Johnson's relative weights.

LMG averages what a predictor adds to R^2 over all orders of entering (Lindeman, Merenda and Gold 1980); it equals
general dominance (Budescu 1993) and the Shapley value of R^2. Johnson (2000) comes close without going through all 2^P
subsets. Both split R^2 exactly. Everything works on stacks of correlation matrices, so that all bootstrap draws are
done at once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

from cxresearch.moments import Floats

MOST_SUBSETS = 14
"""With more predictors than this their 2^P subsets are too many, and Johnson's weights stand in."""
_DEPENDENT = 1e-10
_CELLS = 4_000_000

Importance = Callable[[Floats], Floats]
"""From correlations (B, P + 1, P + 1), outcome last, to each predictor's share of R^2 (B, P)."""


def correlations(covariances: Floats) -> Floats:
    """Correlations (B, K, K) from covariances; a column without variance correlates with nothing."""
    spread = np.sqrt(np.maximum(np.diagonal(covariances, axis1=1, axis2=2), 0.0))
    largest = spread.max(axis=1, initial=0.0)[:, None]
    flat = spread <= 1e-12 * np.where(largest > 0, largest, 1.0)
    safe = np.where(flat, 1.0, spread)
    found = covariances / (safe[:, :, None] * safe[:, None, :])
    found = np.where(flat[:, :, None] | flat[:, None, :], 0.0, found)
    places = np.arange(found.shape[1])
    found[:, places, places] = 1.0
    return np.asarray(found)


def subset_r2(matrices: Floats) -> Floats:
    """R^2 (2^P, B) of the outcome, the last column of `matrices` (B, P + 1, P + 1), on every subset of predictors.

    Bit k of a subset's number tells whether predictor k is in it. Predictors are swept out one after another, with and
    without, so that each subset costs one pivot; one that the others determine adds nothing.
    """
    states = matrices[None]
    for _ in range(matrices.shape[1] - 1):
        without = states[:, :, 1:, 1:]
        pivot = states[:, :, 0, 0]
        safe = np.where(pivot > _DEPENDENT, pivot, np.inf)
        column = states[:, :, 1:, 0]
        swept = without - column[..., :, None] * (column / safe[..., None])[..., None, :]
        states = np.concatenate([without, swept])
    return np.asarray(1 - states[:, :, 0, 0])


def lmg(matrices: Floats) -> Floats:
    """LMG shares (B, P), summing to R^2; equal to R's `relaimpo` and `domir`.

    Raises
    ------
    ValueError
        If there are more predictors than `MOST_SUBSETS`.
    """
    n_predictors = matrices.shape[1] - 1
    if n_predictors > MOST_SUBSETS:
        raise ValueError(f"{n_predictors} predictors have too many subsets; the most are {MOST_SUBSETS}")
    block = max(1, _CELLS // 2**n_predictors)
    return np.concatenate([_lmg(matrices[start : start + block]) for start in range(0, len(matrices), block)])


def _lmg(matrices: Floats) -> Floats:
    n_predictors = matrices.shape[1] - 1
    r2 = subset_r2(matrices)
    subsets = np.arange(2**n_predictors)
    size = np.array([int(number).bit_count() for number in subsets])
    weight = np.array([factorial(s) * factorial(n_predictors - s - 1) for s in range(n_predictors)], dtype=np.float64)
    weight /= factorial(n_predictors)
    shares = []
    for place in range(n_predictors):
        without = subsets[(subsets >> place) & 1 == 0]
        shares.append(weight[size[without]] @ (r2[without | 1 << place] - r2[without]))
    return np.stack(shares, axis=1)


def johnson(matrices: Floats) -> Floats:
    """Johnson's relative weights (B, P), summing to R^2, from the closest uncorrelated variables."""
    inner, outer = matrices[:, :-1, :-1], matrices[:, :-1, -1]
    values, vectors = np.linalg.eigh(inner)
    kept = values > _DEPENDENT
    root = np.sqrt(np.where(kept, values, 0.0))
    inverse = np.where(kept, 1 / np.where(kept, root, 1.0), 0.0)
    loading = vectors * root[:, None, :] @ np.swapaxes(vectors, 1, 2)
    path = (vectors * inverse[:, None, :] @ np.swapaxes(vectors, 1, 2) @ outer[:, :, None])[:, :, 0]
    return np.asarray((loading**2 @ (path**2)[:, :, None])[:, :, 0])


def first(matrices: Floats) -> Floats:
    """Each predictor alone: squared correlations (B, P)."""
    return np.asarray(matrices[:, :-1, -1] ** 2)


def last(matrices: Floats) -> Floats:
    """What each predictor adds to all others (B, P): beta_k^2 over the k-th diagonal element of the inverse."""
    return np.asarray(standardised_slopes(matrices) ** 2 / np.diagonal(_inverse(matrices), axis1=1, axis2=2))


def pratt(matrices: Floats) -> Floats:
    """Pratt's product of slope and correlation (B, P): sums to R^2, but may be negative."""
    return np.asarray(standardised_slopes(matrices) * matrices[:, :-1, -1])


def standardised_slopes(matrices: Floats) -> Floats:
    """Standardised regression slopes (B, P)."""
    return np.asarray((_inverse(matrices) @ matrices[:, :-1, -1:])[:, :, 0])


def explained(matrices: Floats) -> Floats:
    """R^2 (B,) of the outcome on all predictors."""
    return np.asarray(pratt(matrices).sum(axis=1))


def _inverse(matrices: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(matrices[:, :-1, :-1], rcond=_DEPENDENT, hermitian=True))
