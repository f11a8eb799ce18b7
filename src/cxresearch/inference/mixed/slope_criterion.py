"""The deviance of a fit with random slopes as a function of the random effects' covariance, with its gradient.

The covariance relative to sigma2 is D = F F', F (q, r) of rank at most r, so that D is a covariance whatever F is. All
is a sum over units of q x q algebra. Nothing conjugates or takes absolute values, so that complex steps differentiate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.inference.mixed.unit_spans import UnitSpans
from cxresearch.moments import Floats

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Solved:
    """Generalised least squares at one D.

    Attributes
    ----------
    k : (J, q, q) I + Z D Z' within the spans. a : (P, P) X'V^-1 X. beta : (P,). rss : weighted residual sum of squares.
    pull : (J, q) Z'V^-1 (y - X beta). zx : (J, q, P) Z'V^-1 X. zz : (J, q, q) Z'V^-1 Z.
    """

    k: Array
    a: Array
    beta: Array
    rss: Any
    pull: Array
    zx: Array
    zz: Array


def solve(spans: UnitSpans, factor: Array) -> Solved:
    """The fixed coefficients and what the derivatives need, at D = `factor` `factor`'."""
    size = spans.w.shape[2]
    zf = spans.z @ factor
    k = np.eye(spans.z.shape[1]) + zf @ np.swapaxes(zf, 1, 2)
    weighted = np.linalg.inv(k) @ np.concatenate([spans.w, spans.z], axis=2)
    s = spans.within + spans.w.reshape(-1, size).T @ weighted[:, :, :size].reshape(-1, size)
    zw = np.swapaxes(spans.z, 1, 2) @ weighted
    a = s[:-1, :-1]
    beta = np.linalg.solve(a, s[:-1, -1])
    contrast = np.concatenate([-beta, [1.0]])
    pull = zw[:, :, :size] @ contrast
    return Solved(k, a, beta, contrast @ s @ contrast, pull, zw[:, :, : size - 1], zw[:, :, size:])


def criterion(spans: UnitSpans, factor: Floats, *, reml: bool) -> tuple[float, Floats]:
    """Deviance profiled to D, in the columns' original scales (lme4's `REMLcrit`), and its derivative by `factor`."""
    at = solve(spans, factor)
    free = spans.n_rows - len(at.beta) * reml
    value = free * (1 + math.log(2 * math.pi * at.rss / free) + 2 * math.log(spans.outcome_scale))
    value += np.linalg.slogdet(at.k)[1].sum()
    if reml:
        value += np.linalg.slogdet(at.a)[1] + spans.log_scale
    return float(value), np.asarray(2 * covariance_gradient(at, at.rss / free, reml=reml) @ factor)


def covariance_gradient(at: Solved, sigma2: Any, *, reml: bool) -> Array:
    """Derivative (q, q) of the deviance by D, `sigma2` held: a minimum at D has it non-negative wherever D is null."""
    size = at.pull.shape[1]
    gradient = at.zz.sum(axis=0) - at.pull.T @ at.pull / sigma2
    if reml:
        leverage = at.zx @ np.linalg.inv(at.a)
        flat = np.swapaxes(leverage, 1, 2).reshape(-1, size)
        gradient = gradient - flat.T @ np.swapaxes(at.zx, 1, 2).reshape(-1, size)
    return np.asarray((gradient + gradient.T) / 2)


def variance_gradient(spans: UnitSpans, factor: Array, sigma2: Any, *, reml: bool) -> Array:
    """Derivatives (q r + 1,) of the deviance, not profiled, by the entries of `factor` and by sigma2."""
    at = solve(spans, factor)
    free = spans.n_rows - len(at.beta) * reml
    by_factor = 2 * covariance_gradient(at, sigma2, reml=reml) @ factor
    return np.concatenate([by_factor.ravel(), [free / sigma2 - at.rss / sigma2**2]])
