"""Scales with correlated factors, each item on its own scale's factor only, by maximum likelihood.

Fisher scoring from each scale's own one-factor solution. Errors can come from the units: each unit's share in the
covariance matrix is carried through the estimator (an infinitesimal jackknife, White's sandwich with clusters), so that
they hold for answers that are not normal and for colleagues who answer alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cxresearch.inference.factors.one_factor import one_factor
from cxresearch.moments import Floats, Ints

Functional = Callable[[Floats, Floats, Floats, Floats], Floats]
"""From loadings (K,), unique variances (K,), factor correlations (M, M) and the observed covariance to figures (F,)."""

_ROUNDS = 500
_GRADIENT = 1e-9
_COMPLEX_STEP = 1e-30


@dataclass(frozen=True, slots=True)
class CorrelatedFactors:
    """A solution.

    Attributes
    ----------
    scale : (K,) each item's scale, 0..M-1. covariance : (K, K) as observed.
    loadings : (K,). unique : (K,). correlations : (M, M) of factors with variance 1.
    discrepancy : F; N F is the chi-square of the model. df : its degrees of freedom. converged.
    """

    scale: Ints
    covariance: Floats
    loadings: Floats
    unique: Floats
    correlations: Floats
    discrepancy: float
    converged: bool

    @property
    def df(self) -> int:
        """Degrees of freedom of the model."""
        n_items, n_scales = len(self.scale), len(self.correlations)
        return n_items * (n_items + 1) // 2 - 2 * n_items - n_scales * (n_scales - 1) // 2

    @property
    def improper(self) -> bool:
        """Whether a unique variance is negative or a correlation beyond one."""
        return bool((self.unique <= 0).any() or np.linalg.eigvalsh(self.correlations)[0] <= 0)


def correlated_factors(covariance: Floats, scale: Ints) -> CorrelatedFactors:
    """Fit the model to `covariance` (K, K); `scale` (K,) tells each item's scale, 0..M-1.

    A scale of two items leans on the other scales; a scale needs at least two.
    """
    n_items, n_scales = len(scale), int(scale.max()) + 1
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    point = _start(correlation, scale, n_scales)
    value = _discrepancy(correlation, point, scale, n_scales)
    converged = False
    for _ in range(_ROUNDS):
        sensitivity, information = _sensitivity(point, scale, n_scales)
        gradient = np.einsum("aij,ij->a", sensitivity, correlation - _implied(point, scale, n_scales)) / 2
        if np.abs(gradient).max() < _GRADIENT:
            converged = True
            break
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        share = min(1.0, 0.5 / float(np.abs(step).max()))
        while share > 1e-8:
            reached = _discrepancy(correlation, point + share * step, scale, n_scales)
            if reached < value + 1e-13:
                break
            share /= 2
        else:
            converged = bool(np.abs(gradient).max() < 1e3 * _GRADIENT)
            break
        point, value = point + share * step, reached
    loadings, unique, factors = _parts(point, n_items, n_scales)
    sign = np.array([-1.0 if (loadings * sd)[scale == m].sum() < 0 else 1.0 for m in range(n_scales)])
    return CorrelatedFactors(
        scale, covariance, loadings * sd * sign[scale], unique * sd**2, factors * np.outer(sign, sign), value, converged
    )


def errors(fit: CorrelatedFactors, functional: Functional, directions: Floats) -> tuple[Floats, Floats]:
    """Figures of the solution and their standard errors (F,), by the delta method.

    `directions` (D, K, K) are ways in which the covariance matrix varies, their outer products summing to its sampling
    covariance: `UnitProducts.directions` for units, `normal_directions` for independent normal respondents.
    `functional` is differentiated by complex steps, so it has to be made of analytic operations.
    """
    n_items, n_scales = len(fit.scale), len(fit.correlations)
    point = np.concatenate([fit.loadings, fit.unique, fit.correlations[np.tril_indices(n_scales, -1)]])
    sensitivity, information = _sensitivity(point, fit.scale, n_scales)
    by_matrix = np.einsum("ab,bij->aij", np.linalg.pinv(information, hermitian=True), sensitivity) / 2

    def figures(of: Floats, covariance: Floats) -> Floats:
        return functional(*_parts(of, n_items, n_scales), covariance)

    variance = np.zeros(len(figures(point, fit.covariance)))
    for direction in directions:
        moved = point + 1j * _COMPLEX_STEP * np.einsum("aij,ij->a", by_matrix, direction)
        slope = np.imag(figures(moved, fit.covariance + 1j * _COMPLEX_STEP * direction)) / _COMPLEX_STEP
        variance += slope**2
    return figures(point, fit.covariance), np.sqrt(variance)


def _parts(point: Floats, n_items: int, n_scales: int) -> tuple[Floats, Floats, Floats]:
    factors = np.eye(n_scales, dtype=point.dtype)
    lower = np.tril_indices(n_scales, -1)
    factors[lower] = point[2 * n_items :]
    factors.T[lower] = point[2 * n_items :]
    return point[:n_items], point[n_items : 2 * n_items], factors


def _implied(point: Floats, scale: Ints, n_scales: int) -> Floats:
    loadings, unique, factors = _parts(point, len(scale), n_scales)
    implied: Floats = np.outer(loadings, loadings) * factors[np.ix_(scale, scale)] + np.diag(unique)
    return implied


def _discrepancy(covariance: Floats, point: Floats, scale: Ints, n_scales: int) -> float:
    implied = _implied(point, scale, n_scales)
    try:
        root = np.linalg.cholesky(implied)
    except np.linalg.LinAlgError:
        return np.inf
    half = np.linalg.solve(root, covariance)
    trace = float(np.trace(np.linalg.solve(root.T, half)))
    log_det = 2 * float(np.log(np.diag(root)).sum())
    return log_det + trace - float(np.linalg.slogdet(covariance)[1]) - len(covariance)


def _sensitivity(point: Floats, scale: Ints, n_scales: int) -> tuple[Floats, Floats]:
    """Inverse . derivative . inverse of the implied matrix for each parameter (P, K, K), and the information (P, P)."""
    n_items = len(scale)
    loadings, _, factors = _parts(point, n_items, n_scales)
    slopes = np.zeros((len(point), n_items, n_items))
    towards = factors[np.ix_(scale, scale)] * loadings
    for item in range(n_items):
        slopes[item, item, :] += towards[item]
        slopes[item, :, item] += towards[item]
        slopes[n_items + item, item, item] = 1.0
    for place, (first, second) in enumerate(zip(*np.tril_indices(n_scales, -1), strict=True)):
        one, other = loadings * (scale == first), loadings * (scale == second)
        slopes[2 * n_items + place] = np.outer(one, other) + np.outer(other, one)
    inverse = np.linalg.inv(_implied(point, scale, n_scales))
    sensitivity: Floats = inverse @ slopes @ inverse
    return sensitivity, np.einsum("aij,bij->ab", sensitivity, slopes) / 2


def _start(correlation: Floats, scale: Ints, n_scales: int) -> Floats:
    loadings = np.empty(len(scale))
    for m in range(n_scales):
        own = np.flatnonzero(scale == m)
        inside = correlation[np.ix_(own, own)]
        if len(own) > 2:
            found = one_factor(inside[None]).loadings[0]
        else:
            sign = np.array([1.0, np.sign(inside[0, 1]) or 1.0])
            found = sign * np.sqrt(max(abs(inside[0, 1]), 0.05))
        loadings[own] = np.clip(found, -0.95, 0.95)
    factors = np.eye(n_scales)
    for first, second in zip(*np.tril_indices(n_scales, -1), strict=True):
        one, other = loadings * (scale == first), loadings * (scale == second)
        size = float((one @ one) * (other @ other))
        factors[first, second] = np.clip(one @ correlation @ other / max(size, 1e-12), -0.9, 0.9)
    return np.concatenate([loadings, 1 - loadings**2, factors[np.tril_indices(n_scales, -1)]])
