"""Correlations within persons: two series of each row, pairs with a missing value left out."""

from __future__ import annotations

import numpy as np

from cxresearch.moments import Floats, Ints

_CELLS = 8_000_000
_FLAT = 1e-12


def row_correlations(first: Floats, second: Floats) -> tuple[Floats, Ints]:
    """Pearson's r of the rows of two arrays (N, P), and how many pairs each rests on (N,).

    NaN in rows with fewer than two complete pairs, or in which either series does not vary.
    """
    n_rows = len(first)
    block = max(1, _CELLS // max(first.shape[1], 1))
    r, n = np.full(n_rows, np.nan), np.zeros(n_rows, dtype=np.int64)
    for start in range(0, n_rows, block):
        rows = slice(start, start + block)
        r[rows], n[rows] = _block(first[rows], second[rows])
    return r, n


def _block(first: Floats, second: Floats) -> tuple[Floats, Ints]:
    known = ~(np.isnan(first) | np.isnan(second))
    n = known.sum(axis=1)
    (x, scale_x), (y, scale_y) = (_centred(series, known, n) for series in (first, second))
    flat = (n < 2) | (scale_x <= _FLAT) | (scale_y <= _FLAT)
    product = (x * y).sum(axis=1) / np.where(flat, 1.0, scale_x * scale_y)
    return np.where(flat, np.nan, np.clip(product, -1, 1)), n


def _centred(series: Floats, known: np.ndarray, n: Ints) -> tuple[Floats, Floats]:
    filled = np.where(known, series, 0.0)
    centred = np.where(known, filled - (filled.sum(axis=1) / np.maximum(n, 1))[:, None], 0.0)
    return centred, np.sqrt((centred**2).sum(axis=1))
