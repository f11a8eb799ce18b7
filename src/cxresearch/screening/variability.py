"""Intra-individual response variability: the spread of a person's own answers (Dunn et al. 2018)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats, Ints


def irv(items: ArrayLike) -> Floats:
    """Standard deviation (N,) of each person's answers, divisor n - 1; NaN with fewer than two, as `careless::irv`.

    Low values tell of straight-lining, high ones of answering at random.

    Parameters
    ----------
    items : (N, K) answers as given; NaN is left out.
    """
    answers = np.asarray(items, dtype=np.float64)
    known = ~np.isnan(answers)
    n = known.sum(axis=1)
    mean = np.where(known, answers, 0.0).sum(axis=1) / np.maximum(n, 1)
    apart = np.where(known, answers - mean[:, None], 0.0)
    spread = np.sqrt((apart**2).sum(axis=1) / np.maximum(n - 1, 1))
    return np.where(n > 1, spread, np.nan)


def parts_of(n_items: int, n_parts: int) -> Ints:
    """Part 0..n_parts-1 of each of K consecutive items (K,): parts equally long, as R's `cut` makes them.

    Raises
    ------
    ValueError
        If there are more parts than items.
    """
    if not 1 <= n_parts <= n_items:
        raise ValueError(f"{n_items} items cannot be cut into {n_parts} parts")
    if n_items == 1:
        return np.zeros(1, dtype=np.int64)
    place = np.arange(n_items)
    return np.maximum(-(-place * n_parts // (n_items - 1)) - 1, 0)


def irv_by_part(items: ArrayLike, n_parts: int = 3) -> Floats:
    """`irv` (N, n_parts) of consecutive parts of the questionnaire: who tires shows it in the last part."""
    answers = np.asarray(items, dtype=np.float64)
    part = parts_of(answers.shape[1], n_parts)
    return np.stack([irv(answers[:, part == number]) for number in range(n_parts)], axis=1)
