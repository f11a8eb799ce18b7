"""Even-odd consistency: whether both halves of every scale tell the same of a person (Jackson 1977)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats
from cxresearch.screening.row_correlation import row_correlations


def even_odd(items: ArrayLike, scales: Sequence[Sequence[int]]) -> Floats:
    """Even-odd inconsistency (N,), as `careless::evenodd` since its version 1.2.0: higher is more careless.

    Within each scale the means of the even and of the odd items; their correlation r over a person's scales, stepped
    up by Spearman and Brown to 2 r / (1 + r), at least -1; the sign is turned. So 1 is the most careless, -1 perfectly
    consistent. NaN with fewer than two scales known in both halves, or a half without spread.

    Parameters
    ----------
    items : (N, K) answers on one answering scale, reversed items turned. scales : columns of each scale's items, two
        or more a scale.

    Raises
    ------
    ValueError
        If a scale has a single item.
    """
    answers = np.asarray(items, dtype=np.float64)
    if any(len(columns) < 2 for columns in scales):
        raise ValueError("a scale of one item has no halves")
    even, odd = (
        np.stack([_mean_known(answers[:, list(columns)[start::2]]) for columns in scales], axis=1) for start in (1, 0)
    )
    r, _ = row_correlations(even, odd)
    stepped = np.maximum(2 * r / np.where(r <= -1, np.finfo(float).tiny, 1 + r), -1.0)
    return -stepped


def _mean_known(values: Floats) -> Floats:
    known = ~np.isnan(values)
    sums = np.where(known, values, 0.0).sum(axis=1)
    means: Floats = np.divide(sums, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1))
    return means
