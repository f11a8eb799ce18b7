"""Cross-products of columns, unit by unit, so that a draw of units is a weighted sum and a regression a small solve.

A regression in a bootstrap draw needs only sum_j count_j G_j, where G_j = sum over the unit's rows of z z' and z holds
the row's columns. All draws are then solved at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats

SINGULAR = 1e-10
"""A predictor whose share of own variance is smaller is a combination of the others."""


def with_constant(*columns: ArrayLike) -> Floats:
    """A constant and the columns (N,) or (N, K), each put about its mean: slopes do not change, and sums stay small."""
    parts = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])
    return np.column_stack([np.ones(len(parts)), parts - parts.mean(axis=0)])


def products_by_unit(columns: Floats, codes: ArrayLike | None = None, frequency: ArrayLike | None = None) -> Floats:
    """Cross-products (J, K, K) of `columns` (N, K) within each unit; every row its own unit without `codes` (N,).

    `frequency` (N,) tells how many equal rows each row stands for.
    """
    products = columns[:, :, None] * columns[:, None, :]
    if frequency is not None:
        products = products * np.asarray(frequency, dtype=np.float64)[:, None, None]
    if codes is None:
        return products
    unit = np.asarray(codes, dtype=np.int64)
    summed = np.zeros((int(unit.max()) + 1, *products.shape[1:]))
    np.add.at(summed, unit, products)
    return summed


def drawn_grams(counts: Floats, grams: Floats) -> Floats:
    """Cross-products (B, K, K) of draws that have unit j `counts` (B, J) times."""
    size = grams.shape[1]
    return np.asarray((counts @ grams.reshape(len(grams), size * size)).reshape(len(counts), size, size))


def gram_coefficients(grams: Floats, predictors: Sequence[int], outcome: int) -> Floats:
    """Least-squares coefficients (B, P) of the column `outcome` on `predictors`; NaN where these are dependent.

    Parameters
    ----------
    grams : (B, K, K). predictors : columns, the constant among them.
    """
    chosen = np.asarray(predictors)
    inner = grams[:, chosen[:, None], chosen]
    outer = grams[:, chosen, outcome]
    size = np.sqrt(np.maximum(np.diagonal(inner, axis1=1, axis2=2), 0.0))
    safe = np.where(size > 0, size, 1.0)
    scaled = inner / (safe[:, :, None] * safe[:, None, :])
    good = (size > 0).all(axis=1) & (np.linalg.eigvalsh(scaled)[:, 0] > SINGULAR)
    scaled[~good] = np.eye(len(chosen))
    solved = np.linalg.solve(scaled, (outer / safe)[:, :, None])[:, :, 0] / safe
    return np.where(good[:, None], solved, np.nan)


def gram_covariance(grams: Floats) -> Floats:
    """Covariances (B, K - 1, K - 1), divisor n, of the columns after the first, which is the constant."""
    n = grams[:, 0, 0]
    mean = grams[:, 0, 1:] / n[:, None]
    return np.asarray(grams[:, 1:, 1:] / n[:, None, None] - mean[:, :, None] * mean[:, None, :])
