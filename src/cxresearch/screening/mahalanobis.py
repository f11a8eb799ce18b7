"""Unusual combinations of answers: squared Mahalanobis distance from the average respondent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cxresearch.codebook.blocks import blocks
from cxresearch.moments import Floats, Ints

_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Distance:
    """How far each person's answers lie from the average.

    Attributes
    ----------
    squared : (N,) D2; NaN where it was not computed.
    df : (N,) rank of the covariance it rests on, the degrees of freedom of chi-square; 0 where not computed.
    n_complete : respondents whose answers gave the mean and the covariance.
    """

    squared: Floats
    df: Ints
    n_complete: int

    def p_values(self) -> Floats:
        """(N,) upper tail of chi-square; NaN where D2 was not computed."""
        known = self.df > 0
        return np.where(known, stats.chi2.sf(np.where(known, self.squared, 0.0), np.maximum(self.df, 1)), np.nan)

    def flags(self, confidence: float = 0.99) -> NDArray[np.bool_]:
        """(N,) D2 above the quantile of chi-square, as `careless::mahad(flag = TRUE)`."""
        known = self.df > 0
        cut = stats.chi2.ppf(confidence, np.maximum(self.df, 1))
        flagged: NDArray[np.bool_] = known & (np.where(known, self.squared, 0.0) > cut)
        return flagged


def mahalanobis(items: ArrayLike) -> Distance:
    """D2 = (x - m)' S^- (x - m) of complete respondents, as `careless::mahad`; S^- is the covariance's pseudo-inverse.

    Parameters
    ----------
    items : (N, K) answers; rows with a missing answer are not judged.
    """
    return mahalanobis_answered(items, min_share=1.0)


def mahalanobis_answered(items: ArrayLike, min_share: float = 0.5, frequency: ArrayLike | None = None) -> Distance:
    """D2 of every respondent who answered at least `min_share` of the items, on the items that the person answered.

    Mean and covariance are those of the complete respondents. A person with missing answers is held against the part
    of both that belongs to the answered items, and against chi-square with as many degrees of freedom: the marginal
    of a multivariate normal. Complete respondents get exactly what `mahalanobis` gives them.

    Parameters
    ----------
    items : (N, K). frequency : (N,) how many respondents each row stands for; 1 unless given.

    Returns
    -------
    All NaN with fewer complete respondents than items + 2: the covariance would not be one of people.
    """
    answers = np.asarray(items, dtype=np.float64)
    complete = ~np.isnan(answers).any(axis=1)
    times = np.ones(len(answers)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    n_complete = int(times[complete].sum())
    squared, df = np.full(len(answers), np.nan), np.zeros(len(answers), dtype=np.int64)
    n_items = answers.shape[1]
    if n_items and n_complete >= n_items + 2:
        mean, covariance = _moments(answers, np.where(complete, times, 0.0), n_complete)
        rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
        distances = _regular if rank == n_items else _singular
        for rows in blocks(len(answers)):
            known = ~np.isnan(answers[rows])
            judged = (known.sum(axis=1) >= max(1.0, min_share * n_items)).nonzero()[0]
            centred = np.where(known, answers[rows] - mean, 0.0)[judged]
            squared[rows][judged], df[rows][judged] = distances(centred, known[judged], covariance)
    return Distance(squared, df, n_complete)


def _moments(answers: Floats, times: Floats, n_complete: int) -> tuple[Floats, Floats]:
    """Mean (K,) and covariance (K, K) of the rows that count, `times` (N,) being 0 for all others."""
    mean, products = np.zeros(answers.shape[1]), np.zeros((answers.shape[1],) * 2)
    for rows in blocks(len(answers)):
        counting = times[rows] > 0
        mean += times[rows][counting] @ answers[rows][counting]
    mean /= n_complete
    for rows in blocks(len(answers)):
        counting = times[rows] > 0
        centred = answers[rows][counting] - mean
        products += (times[rows][counting, None] * centred).T @ centred
    return mean, products / (n_complete - 1)


def _regular(centred: Floats, known: NDArray[np.bool_], covariance: Floats) -> tuple[Floats, Ints]:
    """D2 and df (M,) on the answered items, `centred` being 0 where an answer is missing.

    With P the inverse of the whole covariance, the answered part's inverse is P_oo - P_om P_mm^-1 P_mo (Schur), so that
    each row needs a system of the size of its missing answers only.
    """
    precision = np.linalg.inv(covariance)
    pulled = centred @ precision
    squared = np.einsum("nk,nk->n", pulled, centred)
    n_missing = (~known).sum(axis=1)
    for count in np.unique(n_missing[n_missing > 0]).tolist():
        rows = np.flatnonzero(n_missing == count)
        for part in np.array_split(rows, 1 + len(rows) * count * count // _CELLS):
            absent = np.nonzero(~known[part])[1].reshape(len(part), count)
            block = precision[absent[:, :, None], absent[:, None, :]]
            pull = np.take_along_axis(pulled[part], absent, axis=1)
            squared[part] -= np.einsum("nm,nm->n", pull, np.linalg.solve(block, pull[:, :, None])[:, :, 0])
    return squared, known.sum(axis=1).astype(np.int64)


def _singular(centred: Floats, known: NDArray[np.bool_], covariance: Floats) -> tuple[Floats, Ints]:
    """As `_regular` by the pseudo-inverse of each pattern's own part: items that repeat each other count once."""
    squared, df = np.zeros(len(centred)), np.zeros(len(centred), dtype=np.int64)
    patterns, of_row = np.unique(known, axis=0, return_inverse=True)
    for place, pattern in enumerate(patterns):
        rows = np.flatnonzero(of_row.ravel() == place)
        part = covariance[np.ix_(pattern, pattern)]
        seen = centred[np.ix_(rows, pattern)]
        squared[rows] = np.einsum("nk,nk->n", seen @ np.linalg.pinv(part, hermitian=True), seen)
        df[rows] = np.linalg.matrix_rank(part, hermitian=True)
    return squared, df
