"""Rows that repeat one another: exact copies, and answers too much alike to come from two people."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxresearch.moments import Floats

LARGEST = 20_000
"""Up to so many rows everybody is compared with everybody; above it within units."""

_ROWS, _COLUMNS = 512, 8192


def exact_copies(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """(N,) rows that repeat an earlier row in every column of `frame` (keys of persons and times left out before).

    The first of equal rows is not marked, so that leaving out the marked ones keeps one of each. Equal missing values
    are equal; rows in which every column is missing are no copies.
    """
    empty = frame.isna().all(axis=1).to_numpy(dtype=bool)
    copies: NDArray[np.bool_] = frame.duplicated(keep="first").to_numpy(dtype=bool) & ~empty
    return copies


def nearest_share(items: ArrayLike) -> Floats:
    """Largest share (N,) of items on which a person's answers are identical with another person's.

    Kuriakose and Robbins (2016) find shares above .85 rare among honest interviews with many questions. A missing
    answer is identical with none. NaN where there is nobody to compare with.

    Parameters
    ----------
    items : (N, K) answers. Everybody is compared with everybody in blocks, which takes N^2 K / 2 comparisons and a few
        megabytes.
    """
    answers = np.asarray(items, dtype=np.float64)
    n_rows, n_items = answers.shape
    if n_rows < 2 or not n_items:
        return np.full(n_rows, np.nan)
    codes, absent = _coded(answers)
    left = np.where(codes < 0, absent, codes).astype(_type(absent))
    right = np.where(codes < 0, absent + 1, codes).astype(_type(absent))
    most = np.zeros(n_rows, dtype=np.int64)
    for start in range(0, n_rows, _ROWS):
        rows = slice(start, min(start + _ROWS, n_rows))
        for first in range(start, n_rows, _COLUMNS):
            columns = slice(first, min(first + _COLUMNS, n_rows))
            same = _matches(left[:, rows], right[:, columns])
            _without_self(same, rows.start, columns.start)
            most[rows] = np.maximum(most[rows], same.max(axis=1))
            most[columns] = np.maximum(most[columns], same.max(axis=0))
    shares: Floats = most / n_items
    return shares


def nearest_share_within(items: ArrayLike, codes: ArrayLike, largest: int = LARGEST) -> Floats:
    """`nearest_share` (N,) among all rows, or within units 0..G-1 where there are more than `largest` rows."""
    answers, unit = np.asarray(items, dtype=np.float64), np.asarray(codes, dtype=np.int64)
    if len(answers) <= largest:
        return nearest_share(answers)
    share = np.full(len(answers), np.nan)
    order = np.argsort(unit, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(unit))[:-1]):
        share[rows] = nearest_share(answers[rows])
    return share


def _coded(answers: Floats) -> tuple[NDArray[np.int64], int]:
    """Answers as whole numbers (K, N), -1 where missing, and a number that no answer has."""
    coded = np.stack([pd.factorize(column, use_na_sentinel=True)[0] for column in answers.T]).astype(np.int64)
    return coded, int(coded.max()) + 1


def _type(absent: int) -> type[np.uint8] | type[np.uint32]:
    return np.uint8 if absent + 1 <= np.iinfo(np.uint8).max else np.uint32


def _matches(left: np.ndarray, right: np.ndarray) -> NDArray[np.uint16]:
    same = np.zeros((left.shape[1], right.shape[1]), dtype=np.uint16 if len(left) > 255 else np.uint8)
    for one, other in zip(left, right, strict=True):
        same += one[:, None] == other[None, :]
    return same


def _without_self(same: np.ndarray, row: int, column: int) -> None:
    """A row is not compared with itself: zero where both are the same person."""
    here = np.arange(same.shape[0])
    there = here + row - column
    inside = (there >= 0) & (there < same.shape[1])
    same[here[inside], there[inside]] = 0
