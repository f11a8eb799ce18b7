"""Runs of the same answer: a person who clicks straight down answers in long ones (Johnson 2005)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats, Ints


def longstring(items: ArrayLike) -> Ints:
    """Longest run of identical consecutive answers (N,), as R's `careless::longstring`.

    Parameters
    ----------
    items : (N, K) answers as given, in the order of the questionnaire, not turned. A missing answer (NaN) ends a run;
        a row without answers has 0.
    """
    answers = np.asarray(items, dtype=np.float64)
    run = np.zeros(len(answers), dtype=np.int64)
    longest = run.copy()
    before = np.full(len(answers), np.nan)
    for column in answers.T:
        run = np.where(column == before, run + 1, np.where(np.isnan(column), 0, 1))
        longest = np.maximum(longest, run)
        before = column
    return longest


def average_string(items: ArrayLike) -> Floats:
    """Average length (N,) of the runs of identical consecutive answers; NaN in a row without answers.

    As in `careless::longstring(avg = TRUE)` every missing answer is a run of its own, so that the lengths of all runs
    sum to the number of items.

    Parameters
    ----------
    items : (N, K), as in `longstring`.
    """
    answers = np.asarray(items, dtype=np.float64)
    n_rows, n_items = answers.shape
    if not n_items:
        return np.full(n_rows, np.nan)
    runs = 1 + (answers[:, 1:] != answers[:, :-1]).sum(axis=1)
    return np.where(np.isnan(answers).all(axis=1), np.nan, n_items / runs)
