"""Psychometric synonyms and antonyms: items that go together in the sample should do so within a person."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.codebook.blocks import blocks
from cxresearch.moments import Floats, Ints
from cxresearch.screening.row_correlation import row_correlations

Kind = Literal["synonyms", "antonyms"]


def item_correlations(items: ArrayLike, frequency: ArrayLike | None = None) -> Floats:
    """Correlations (K, K) between items over persons, each from the persons who answered both; NaN where undefined.

    Parameters
    ----------
    items : (N, K). frequency : (N,) how many persons each row stands for; 1 unless given.
    """
    answers = np.asarray(items, dtype=np.float64)
    times = np.ones(len(answers)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    parts = list(blocks(len(answers)))
    total = sum(np.nansum(answers[rows], axis=0) for rows in parts)
    shift = total / np.maximum(sum((~np.isnan(answers[rows])).sum(axis=0) for rows in parts), 1)
    n, sums, squares, products = np.sum([_products(answers[rows] - shift, times[rows]) for rows in parts], axis=0)
    safe = np.maximum(n, 1)
    covariance = products - sums * sums.T / safe
    variance = squares - sums**2 / safe
    spread = np.sqrt(np.maximum(variance * variance.T, 0.0))
    flat = (n < 3) | (spread <= 1e-12 * safe)
    return np.where(flat, np.nan, covariance / np.where(flat, 1.0, spread))


def _products(apart: Floats, times: Floats) -> Floats:
    """Numbers, sums, sums of squares and of products (4, K, K) over the rows of `apart` (M, K) that know both items."""
    known = ~np.isnan(apart)
    filled, mask = np.where(known, apart, 0.0), known.astype(np.float64)
    counted, weighted = mask * times[:, None], filled * times[:, None]
    return np.stack([counted.T @ mask, weighted.T @ mask, (weighted * filled).T @ mask, weighted.T @ filled])


def item_pairs(correlations: Floats, kind: Kind = "synonyms", critical: float = 0.60) -> Ints:
    """Pairs (P, 2) of different items whose correlation is at least `critical`, for antonyms at most -`critical`."""
    lower, upper = np.tril_indices(len(correlations), -1)
    r = correlations[lower, upper]
    chosen = r >= critical if kind == "synonyms" else r <= -critical
    return np.stack([lower[chosen], upper[chosen]], axis=1).astype(np.int64)


def pair_consistency(items: ArrayLike, pairs: Ints) -> tuple[Floats, Ints]:
    """Correlation over item pairs within each person (N,), and the pairs that it rests on (N,).

    For synonyms an attentive person is near 1, for antonyms near -1. NaN with fewer than three answered pairs or
    without spread.

    Parameters
    ----------
    items : (N, K) answers as given, not turned. pairs : (P, 2) as from `item_pairs`.
    """
    answers = np.asarray(items, dtype=np.float64)
    r, n = row_correlations(answers[:, pairs[:, 0]], answers[:, pairs[:, 1]])
    return np.where(n >= 3, r, np.nan), n
