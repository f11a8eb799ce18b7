"""Which items make a scale, and which of them point the other way."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from cxresearch.study.draft.words import plain

_STEMS = (
    re.compile(r"^(?P<stem>.*[^\d_\-. ])[_\-. ]*\d+$"),
    re.compile(r"^(?P<stem>.*\d)[_\-. ]?[A-Za-z]$"),
    re.compile(r"^(?P<stem>.*[^_\-. ])[_\-. ][A-Za-z]$"),
    re.compile(r"^(?P<stem>[A-Za-z]\d+)[_\-. ]?[A-Za-z]\w*$"),
)
_LEAST_ROWS = 50
_LEAST_ITEMS_TO_SPLIT = 6
_PARALLEL_SAMPLES = 50
_CLEARLY_NEGATIVE = -0.1

Floats = NDArray[np.float64]


def stem(name: str) -> str:
    """What an item's name shares with its neighbours: `ex_01` → `ex`, `q5b` → `q5`; the name itself if nothing."""
    for pattern in _STEMS:
        found = pattern.match(name)
        if found:
            return plain(found["stem"]).strip("_-. ")
    return plain(name)


def correlations(answers: pd.DataFrame) -> Floats:
    """Correlations of the columns over rows that answered both; 0 where there is none."""
    matrix = answers.corr(min_periods=_LEAST_ROWS).to_numpy(dtype=float, copy=True)
    matrix[~np.isfinite(matrix)] = 0.0
    np.fill_diagonal(matrix, 1.0)
    return matrix


def split(answers: pd.DataFrame) -> list[list[str]]:
    """Groups of items that hang together, in the order of the file.

    As many groups as Horn's parallel analysis finds factors (95th percentile of random eigenvalues), formed by
    average linkage on 1 − |r|. Few items or few respondents are not split.
    """
    names = [str(name) for name in answers.columns]
    complete = int(answers.notna().all(axis=1).sum())
    if len(names) < _LEAST_ITEMS_TO_SPLIT or complete < _LEAST_ROWS:
        return [names]
    matrix = correlations(answers)
    count = n_factors(matrix, complete)
    distances = squareform(np.clip(1 - np.abs(matrix), 0, None), checks=False)
    labels = fcluster(linkage(distances, method="average"), count, criterion="maxclust")
    groups: dict[int, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        groups.setdefault(int(label), []).append(name)
    return list(groups.values())


def n_factors(matrix: Floats, n_rows: int) -> int:
    """How many eigenvalues exceed those of random answers; at least one (Horn, 1965)."""
    random = np.random.default_rng(1965)
    size = len(matrix)
    samples = [
        np.linalg.eigvalsh(np.corrcoef(random.standard_normal((n_rows, size)), rowvar=False))
        for _ in range(_PARALLEL_SAMPLES)
    ]
    larger = np.linalg.eigvalsh(matrix)[::-1] > np.quantile(samples, 0.95, axis=0)[::-1]
    return max(1, int(np.argmin(larger)) if not larger.all() else size)


def reversed_items(answers: pd.DataFrame) -> Mapping[str, float]:
    """Items that point against the others, with the item–rest correlation they have before they are turned.

    The first eigenvector of the correlations tells the two directions; the larger group (on a tie, the first item's)
    gives the scale its meaning. An item counts only if its item–rest correlation with the turned others is
    clearly negative.
    """
    if answers.shape[1] < 2:
        return {}
    names = [str(name) for name in answers.columns]
    matrix = correlations(answers)
    first = np.linalg.eigh(matrix)[1][:, -1]
    signs = np.where(first < 0, -1.0, 1.0)
    if signs.sum() < 0 or (signs.sum() == 0 and signs[0] < 0):
        signs = -signs
    against: dict[str, float] = {}
    for place in np.flatnonzero(signs < 0):
        others = np.arange(len(signs)) != place
        shared = matrix[place, others] @ signs[others]
        spread = signs[others] @ matrix[np.ix_(others, others)] @ signs[others]
        r = float(shared / np.sqrt(spread)) if spread > 0 else 0.0
        if r < _CLEARLY_NEGATIVE:
            against[names[place]] = r
    return against
