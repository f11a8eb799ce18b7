"""What a model is fitted to: counts, means and covariances of each pattern of answered variables.

Complete data are one pattern. All arrays are padded with zeros to the full set of variables, so that patterns stack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats, Ints


@dataclass(frozen=True, slots=True)
class Sample:
    """The data of one group.

    Attributes
    ----------
    n : (G,) rows of each of G patterns. observed : (G, P) 1 where the pattern has the variable, else 0.
    mean : (G, P) and covariance : (G, P, P), divisor n, zero where not observed.
    rows : (N, P) the data, zero where missing, and pattern : (N,) of each row; None where only moments are known.
    clusters : (N,) codes 0, 1, … of rows that belong together (a unit's employees), also with rows of other groups
        under the same code; None when rows are independent.
    times : (N,) how many equal rows each row stands for.
    """

    n: Floats
    observed: Floats
    mean: Floats
    covariance: Floats
    rows: Floats | None = None
    pattern: Ints | None = None
    clusters: Ints | None = None
    times: Floats | None = None

    @property
    def total(self) -> int:
        """Number of rows."""
        return int(self.n.sum())

    @property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return bool(self.observed.all())

    def centred(self) -> Sample:
        """The complete sample about its means: what a model without means is fitted to."""
        rows = None if self.rows is None else self.rows - self.mean[0]
        return replace(self, mean=np.zeros_like(self.mean), rows=rows)

    def as_complete(self, mean: Floats, covariance: Floats) -> Sample:
        """A complete sample of the same size with other moments."""
        return Sample(np.array([self.n.sum()]), np.ones((1, len(mean))), mean[None], covariance[None])


def sample_from_moments(n: int, mean: ArrayLike, covariance: ArrayLike) -> Sample:
    """A complete sample from its size, means (P,) and covariance matrix (P, P) with divisor n."""
    means = np.asarray(mean, dtype=np.float64)
    spread = np.asarray(covariance, dtype=np.float64)
    return Sample(np.array([float(n)]), np.ones((1, len(means))), means[None], spread[None])


def sample_from_rows(
    values: ArrayLike, clusters: ArrayLike | None = None, frequency: ArrayLike | None = None
) -> Sample:
    """A sample from data (N, P), NaN where an answer is missing; rows without any answer are left out.

    `clusters` (N,) as in `Sample`; `frequency` (N,) tells how many equal rows each row stands for.
    """
    data = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(data)
    kept = known.any(axis=1)
    data, known = data[kept], known[kept]
    codes = None if clusters is None else np.asarray(clusters, dtype=np.int64)[kept]
    times = np.ones(len(data)) if frequency is None else np.asarray(frequency, dtype=np.float64)[kept]
    if known.all():
        patterns, member = np.ones((1, data.shape[1]), dtype=bool), np.zeros(len(data), dtype=np.int64)
    else:
        patterns, member = _distinct(known)
    rows = np.where(known, data, 0.0)
    n = np.bincount(member, weights=times, minlength=len(patterns)).astype(np.float64)
    mean = np.zeros(patterns.shape)
    covariance = np.zeros((*patterns.shape, patterns.shape[1]))
    sizes = np.bincount(member, minlength=len(patterns))
    for index, block in enumerate(np.split(np.argsort(member, kind="stable"), np.cumsum(sizes)[:-1])):
        weight = times[block] / max(n[index], 1.0)
        mean[index] = weight @ rows[block]
        about = (rows[block] - mean[index]) * patterns[index]
        covariance[index] = (weight[:, None] * about).T @ about
    return Sample(n, patterns.astype(np.float64), mean, covariance, rows, member, codes, times)


def complete_rows(values: ArrayLike, clusters: ArrayLike | None = None) -> Sample:
    """A sample of the rows that have every variable."""
    data = np.asarray(values, dtype=np.float64)
    whole = ~np.isnan(data).any(axis=1)
    return sample_from_rows(data[whole], None if clusters is None else np.asarray(clusters)[whole])


def _distinct(known: np.ndarray) -> tuple[np.ndarray, Ints]:
    """Distinct rows of a Boolean matrix, and which of them each row is."""
    packed = np.ascontiguousarray(np.packbits(known, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, member = np.unique(keys, return_index=True, return_inverse=True)
    return known[first], member.astype(np.int64)
