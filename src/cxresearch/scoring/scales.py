"""Scale scores: reversed items turned, answered items averaged, the missing-item rule declared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats, Ints


def reverse(values: ArrayLike, minimum: float, maximum: float) -> Floats:
    """Turn a reversed item: minimum + maximum - x. NaN stays NaN. Turning twice gives the values back."""
    return minimum + maximum - np.asarray(values, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ScaleScores:
    """Scale scores and what the missing-item rule cost.

    Attributes
    ----------
    scores : (N,) mean of the answered items; NaN where fewer than `min_items` are answered.
    answered : (N,) how many items each respondent answered.
    n_items : items of the scale. min_items : answers that a score needs.
    n_complete : respondents who answered every item; n_partial : scored in spite of missing items;
    n_lost : answered something, yet too little for a score; n_empty : answered nothing.
    """

    scores: Floats
    answered: Ints
    n_items: int
    min_items: int
    n_complete: int
    n_partial: int
    n_lost: int
    n_empty: int


def scale_scores(items: ArrayLike, *, min_items: int | None = None, min_share: float | None = None) -> ScaleScores:
    """Score a scale: the mean of each respondent's answered items, if enough of them are answered.

    Parameters
    ----------
    items : (N, K) answers, reversed items already turned; NaN is a missing answer.
    min_items : how many answers a score needs, 1..K; or
    min_share : which share of the items a score needs, 0 < share <= 1. Exactly one of the two is given.

    Raises
    ------
    ValueError
        If neither or both rules are given, or the rule lies outside its range.
    """
    answers = np.asarray(items, dtype=np.float64)
    n_items = answers.shape[1]
    needed = _needed(n_items, min_items, min_share)
    known = ~np.isnan(answers)
    answered = known.sum(axis=1)
    sums = np.where(known, answers, 0.0).sum(axis=1)
    scored = answered >= needed
    scores = np.where(scored, sums / np.maximum(answered, 1), np.nan)
    return ScaleScores(
        scores=scores,
        answered=answered.astype(np.int64),
        n_items=n_items,
        min_items=needed,
        n_complete=int((answered == n_items).sum()),
        n_partial=int((scored & (answered < n_items)).sum()),
        n_lost=int((~scored & (answered > 0)).sum()),
        n_empty=int((answered == 0).sum()),
    )


def _needed(n_items: int, min_items: int | None, min_share: float | None) -> int:
    if min_share is None and min_items is not None:
        if not 1 <= min_items <= n_items:
            raise ValueError(f"min_items lies between 1 and {n_items}, got {min_items}")
        return min_items
    if min_share is None or min_items is not None:
        raise ValueError("give min_items or min_share, one of the two")
    if not 0 < min_share <= 1:
        raise ValueError(f"min_share lies above 0 and at most at 1, got {min_share}")
    return max(1, math.ceil(min_share * n_items - 1e-9))
