"""Normal likelihood of a group, complete or with missing answers: deviance, derivatives, information, row scores.

The deviance is -2 log L. With V the inverse covariance of the variables a pattern has (padded with zeros), d its mean
less the model's and C = S + d d', a pattern of n rows adds n (k log 2 pi + log|Sigma| + tr V C).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from cxresearch.moments import Floats
from cxresearch.sem.samples import Sample

_CHUNK_CELLS = 4_000_000
_SPARSE = 0.05


@dataclass(frozen=True, slots=True)
class Fitted:
    """A sample seen from a mean and covariance.

    Attributes
    ----------
    deviance : -2 log L, infinite where a covariance is not positive definite.
    inverse : (G, P, P) V of each pattern. gap : (G, P) d. pulled : (G, P) V d. around : (G, P, P) V C V.
    """

    deviance: float
    inverse: Floats
    gap: Floats
    pulled: Floats
    around: Floats


def deviance(sample: Sample, mean: Floats, covariance: Floats) -> Fitted | None:
    """The sample's deviance with what its derivatives need; None where the covariance is not positive definite."""
    padded = _padded(sample, covariance)
    try:
        root = np.linalg.cholesky(padded)
    except np.linalg.LinAlgError:
        return None
    log_determinant = 2 * np.log(np.einsum("gpp->gp", root)).sum(axis=1)
    inverse = np.linalg.inv(padded) * sample.observed[:, :, None] * sample.observed[:, None, :]
    gap = (sample.mean - mean) * sample.observed
    spread = sample.covariance + gap[:, :, None] * gap[:, None, :]
    half = inverse @ spread
    value = sample.observed.sum(axis=1) * math.log(2 * math.pi) + log_determinant + np.einsum("gpp->g", half)
    pulled = np.einsum("gpq,gq->gp", inverse, gap)
    return Fitted(float(sample.n @ value), inverse, gap, pulled, half @ inverse)


def _padded(sample: Sample, covariance: Floats) -> Floats:
    seen = sample.observed
    padded: Floats = covariance * seen[:, :, None] * seen[:, None, :]
    index = np.arange(seen.shape[1])
    padded[:, index, index] += 1 - seen
    return padded


def moment_gradient(sample: Sample, fitted: Fitted) -> tuple[Floats, Floats]:
    """Gradient of the deviance by the means (P,) and, both triangles counted once, by the covariances (P, P)."""
    by_mean = -2 * sample.n @ fitted.pulled
    by_covariance = np.einsum("g,gpq->pq", sample.n, fitted.inverse - fitted.around)
    return by_mean, by_covariance


def information(sample: Sample, fitted: Fitted, by_mean: Floats, by_cov: Floats, *, observed: bool) -> Floats:
    """Fisher information (Q, Q) of parameters with derivatives `by_mean` (Q, P), `by_cov` (Q, P, P) of the moments.

    Expected, or the observed one as far as the moments' own curvature goes: a model whose moments are not linear in
    its parameters has a second part (see `curvature`).
    """
    n_parameters, p = by_mean.shape
    flat = _light(by_cov.reshape(n_parameters, p * p))
    inverse = fitted.inverse.reshape(-1, p * p)
    other = (fitted.around - fitted.inverse / 2 if observed else fitted.inverse / 2).reshape(-1, p * p)
    weighted = inverse * sample.n[:, None]
    quartic = (weighted.T @ other).reshape(p, p, p, p).transpose(3, 0, 1, 2).reshape(p * p, p * p)
    result: Floats = flat @ quartic @ flat.T + by_mean @ weighted.sum(axis=0).reshape(p, p) @ by_mean.T
    if observed:
        cross = (weighted.T @ fitted.pulled).reshape(p, p * p)
        mixed = (by_mean @ cross) @ flat.T
        result += mixed + mixed.T
    return (result + result.T) / 2


def _light(matrix: Floats) -> Any:
    """A matrix that is nearly all zeros, as that of the saturated model, without its zeros."""
    return sparse.csr_array(matrix) if np.count_nonzero(matrix) < _SPARSE * matrix.size else matrix


def row_scores(
    sample: Sample, fitted: Fitted, mean: Floats, by_mean: Floats, by_cov: Floats
) -> Iterator[tuple[Floats, Floats]]:
    """Each row's score, the gradient of its log likelihood by the parameters, in chunks (n, Q) in the order of rows.

    With each chunk (n,) how many equal rows each of its rows stands for.

    Raises
    ------
    ValueError
        If the sample knows moments only.
    """
    if sample.rows is None or sample.pattern is None or sample.times is None:
        raise ValueError("scores of rows need rows; the sample has moments only")
    n_parameters, p = by_mean.shape
    flat = _light(by_cov.reshape(n_parameters, p * p))
    expected = fitted.inverse.reshape(-1, p * p) @ flat.T / 2
    size = max(_CHUNK_CELLS // (p * p), 1)
    for first in range(0, len(sample.rows), size):
        pattern = sample.pattern[first : first + size]
        gap = (sample.rows[first : first + size] - mean) * sample.observed[pattern]
        pulled = gap @ fitted.inverse[0] if sample.complete else np.einsum("npq,nq->np", fitted.inverse[pattern], gap)
        outer = (pulled[:, :, None] * pulled[:, None, :]).reshape(-1, p * p)
        scores = pulled @ by_mean.T + outer @ flat.T / 2 - expected[pattern]
        yield scores, sample.times[first : first + size]
