"""A smooth curve through points: penalised B-splines whose smoothness is chosen by generalised cross-validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from cxresearch.moments import Floats

BASIS = 10
"""Most basis functions; a curve between units needs no more."""
_PENALTIES = np.logspace(-6, 6, 61)
_DEGREE = 3


@dataclass(frozen=True, slots=True)
class Smooth:
    """A fitted curve.

    Attributes
    ----------
    fitted, std_error : (G,) the curve and its error where asked for. edf : effective degrees of freedom.
    """

    fitted: Floats
    std_error: Floats
    edf: float


def smooth_curve(x: Floats, y: Floats, covariates: Floats | None = None, at: Floats | None = None) -> Smooth:
    """P-spline of y on x (N,) (Eilers and Marx 1996), covariates (N, K) unpenalised and held at their means.

    Cubic B-splines on equal knots with a penalty on second differences, so that a strong penalty leaves a straight
    line. The curve is told at the points x, or at the values `at` (G,) within their range. Errors are Bayesian, sigma^2
    (B'B + lambda S)^-1, as for the smooths of R's `mgcv`.
    """
    size = max(_DEGREE + 1, min(BASIS, len(np.unique(x)) - 2))
    basis, where = _basis(x, x, size), _basis(x, x if at is None else at, size)
    held = np.empty((len(x), 0)) if covariates is None else covariates - covariates.mean(axis=0)
    design = np.column_stack([basis, held])
    second = np.diff(np.eye(size), n=2, axis=0)
    penalty = np.zeros((design.shape[1], design.shape[1]))
    penalty[:size, :size] = second.T @ second
    cross, right = design.T @ design, design.T @ y
    scale = float(np.trace(cross[:size, :size])) / max(float(np.trace(penalty)), 1e-300)
    trials = [_trial(design, y, cross, right, scale * strength * penalty) for strength in _PENALTIES]
    gcv, inverse, edf = min(trials, key=lambda trial: trial[0])
    fitted = where @ (inverse @ right)[:size]
    sigma2 = gcv * (len(y) - edf) / len(y)
    error = np.sqrt(np.maximum(sigma2 * np.einsum("ij,jk,ik->i", where, inverse[:size, :size], where), 0.0))
    return Smooth(fitted, error, edf)


def _basis(x: Floats, at: Floats, size: int) -> Floats:
    """Cubic B-splines (G, size) at the values `at`, on equal knots over the range of x."""
    low, high = float(x.min()), float(x.max())
    step = (high - low) / (size - _DEGREE)
    knots = low + step * np.arange(-_DEGREE, size + 1)
    inside = np.clip(at, knots[_DEGREE], knots[size])
    return np.asarray(BSpline.design_matrix(inside, knots, _DEGREE).toarray(), dtype=np.float64)


def _trial(design: Floats, y: Floats, cross: Floats, right: Floats, penalty: Floats) -> tuple[float, Floats, float]:
    """Cross-validation score N RSS / (N - edf)^2, inverse of the penalised cross-products, effective df."""
    inverse = np.asarray(np.linalg.pinv(cross + penalty, hermitian=True), dtype=np.float64)
    edf = float(np.trace(inverse @ cross))
    rest = y - design @ (inverse @ right)
    n_rows = len(y)
    if n_rows - edf < 1:
        return np.inf, inverse, edf
    return n_rows * float(rest @ rest) / (n_rows - edf) ** 2, inverse, edf
