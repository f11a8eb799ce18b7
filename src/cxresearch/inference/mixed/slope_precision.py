"""Precision of the variances of a fit with random slopes, and Satterthwaite's degrees of freedom that follow from it.

Second derivatives are complex steps through closed-form first derivatives: exact to rounding, without a step to choose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxresearch.inference.mixed.slope_criterion import solve, variance_gradient
from cxresearch.inference.mixed.unit_spans import UnitSpans
from cxresearch.moments import Floats

_STEP = 1e-30


@dataclass(frozen=True, slots=True)
class VariancePrecision:
    """How well the variances are known.

    Attributes
    ----------
    covariance : (q r + 1, q r + 1) asymptotic, of the entries of F (by rows) and of sigma2, in working scales;
    directions that only turn F have none. random_se : (q, q) of the random covariance's entries. sigma2_se.
    """

    covariance: Floats
    random_se: Floats
    sigma2_se: float


def _steps(factor: Floats, sigma2: float) -> Iterator[tuple[NDArray[np.complex128], complex]]:
    """The point moved by an imaginary step along every entry of F, then along sigma2."""
    for place in np.ndindex(factor.shape):
        moved = factor.astype(np.complex128)
        moved[place] += 1j * _STEP
        yield moved, complex(sigma2)
    yield factor.astype(np.complex128), complex(sigma2, _STEP)


def variance_precision(spans: UnitSpans, factor: Floats, sigma2: float, *, reml: bool) -> VariancePrecision | None:
    """Twice the inverse Hessian of the deviance; None where it is not positive."""
    rows = [variance_gradient(spans, *at, reml=reml).imag / _STEP for at in _steps(factor, sigma2)]
    hessian = np.stack(rows)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    rank = factor.shape[1]
    idle = np.argsort(np.abs(values))[: rank * (rank - 1) // 2]
    kept = np.setdiff1d(np.arange(len(values)), idle)
    if (values[kept] <= 1e-10 * values.max()).any():
        return None
    known = vectors[:, kept]
    covariance = 2 * (known / values[kept]) @ known.T
    turned = spans.random * spans.outcome_scale
    moves = [(turned @ (sigma2 * (at @ at.T)).imag @ turned.T / _STEP) for at, _ in list(_steps(factor, sigma2))[:-1]]
    gradient = np.stack([*moves, turned @ factor @ factor.T @ turned.T])
    variance = np.einsum("akl,ab,bkl->kl", gradient, covariance, gradient)
    scale = spans.outcome_scale**2
    return VariancePrecision(
        np.asarray(covariance),
        np.sqrt(np.maximum(variance, 0.0)),
        float(scale * np.sqrt(covariance[-1, -1])),
    )


def coefficient_df(spans: UnitSpans, factor: Floats, sigma2: float, covariance: Floats | None) -> Floats:
    """2 v^2 / (g' A g) for each coefficient: v its variance, g the variance's gradient; N - P without `covariance`."""
    n_columns = len(spans.offset)
    if covariance is None:
        return np.full(n_columns, float(spans.n_rows - n_columns))
    steps = [_coefficient_variances(spans, *at) for at in _steps(factor, sigma2)]
    gradient = np.stack([step.imag / _STEP for step in steps])
    variance = steps[-1].real
    return np.asarray(2 * variance**2 / np.einsum("ap,ab,bp->p", gradient, covariance, gradient))


def _coefficient_variances(spans: UnitSpans, factor: NDArray[np.complex128], sigma2: complex) -> NDArray[np.complex128]:
    shown = factor if factor.shape[1] else np.zeros((len(factor), 1), dtype=np.complex128)
    inverse = np.linalg.inv(solve(spans, shown).a)
    return np.asarray(sigma2 * np.einsum("kp,pq,kq->k", spans.fixed, inverse, spans.fixed))
