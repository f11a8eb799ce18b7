"""Time to answer: nobody reads and answers an item in less than about two seconds (Huang et al. 2012)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats


def seconds_per_item(duration: ArrayLike, items: ArrayLike) -> Floats:
    """Seconds (N,) that a person took per answered item; NaN without a duration or without answers.

    Parameters
    ----------
    duration : (N,) seconds spent on the questionnaire. items : (N, K) its answers, NaN where missing.
    """
    n_answered = (~np.isnan(np.asarray(items, dtype=np.float64))).sum(axis=1)
    seconds = np.asarray(duration, dtype=np.float64)
    return np.where(n_answered > 0, seconds / np.maximum(n_answered, 1), np.nan)
