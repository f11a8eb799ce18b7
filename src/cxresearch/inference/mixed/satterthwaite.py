"""Precision of the variances of a random-intercept fit, and Satterthwaite's degrees of freedom that follow from it.

Second derivatives are complex steps through closed-form first derivatives: exact to rounding, without a step to choose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxresearch.inference.mixed.regression_moments import RegressionMoments
from cxresearch.moments import Floats

Complexes = NDArray[np.complex128]

_STEP = 1e-30
"""Imaginary step as a share of sigma2: complex steps do not cancel, so that it may be as small as floats allow."""


def variance_gradient(moments: RegressionMoments, tau2: complex, sigma2: complex) -> Complexes:
    """Derivatives of the unprofiled restricted deviance by tau2 and sigma2; analytic, so that complex steps work."""
    spread = sigma2 + moments.n * tau2
    weight = moments.n / spread
    m = moments.within_xx / sigma2 + moments.x.T @ (weight[:, None] * moments.x)
    beta = np.linalg.solve(m, moments.within_xy / sigma2 + moments.x.T @ (weight * moments.y))
    residual2 = (moments.y - moments.x @ beta) ** 2
    inverse = np.linalg.inv(m)
    leverage = np.einsum("jp,jp->j", moments.x @ inverse, moments.x)
    within = moments.within_yy - 2 * beta @ moments.within_xy + beta @ moments.within_xx @ beta
    inner = within + np.trace(inverse @ moments.within_xx)
    by_tau2 = weight.sum() - weight**2 @ (leverage + residual2)
    by_sigma2 = (moments.n_rows - len(moments.n)) / sigma2 + (1 / spread).sum() - inner / sigma2**2
    by_sigma2 -= (weight**2 / moments.n) @ (leverage + residual2)
    return np.array([by_tau2, by_sigma2])


def _complex_steps(tau2: float, sigma2: float) -> tuple[tuple[complex, complex], ...]:
    return (complex(tau2, _STEP * sigma2), complex(sigma2)), (complex(tau2), complex(sigma2, _STEP * sigma2))


def variance_covariance(moments: RegressionMoments, tau2: float, sigma2: float) -> Floats | None:
    """Asymptotic covariance (2, 2) of tau2 and sigma2, twice the inverse Hessian; None where it is not positive."""
    size = _STEP * sigma2
    hessian = np.stack([variance_gradient(moments, *at).imag / size for at in _complex_steps(tau2, sigma2)])
    hessian = (hessian + hessian.T) / 2
    if hessian[0, 0] <= 0 or np.linalg.det(hessian) <= 0:
        return None
    return np.asarray(2 * np.linalg.inv(hessian))


def satterthwaite_df(moments: RegressionMoments, tau2: float, sigma2: float, precision: Floats) -> Floats:
    """2 v^2 / (g' A g) for each coefficient: v its variance, g the variance's gradient in (tau2, sigma2)."""
    size = _STEP * sigma2
    steps = [np.diag(_coefficient_covariance(moments, *at)) for at in _complex_steps(tau2, sigma2)]
    gradient = np.stack([step.imag / size for step in steps])
    variance = steps[0].real
    return np.asarray(2 * variance**2 / np.einsum("ap,ab,bp->p", gradient, precision, gradient))


def _coefficient_covariance(moments: RegressionMoments, tau2: complex, sigma2: complex) -> Complexes:
    weight = moments.n / (sigma2 + moments.n * tau2)
    precision = moments.within_xx / sigma2 + moments.x.T @ (weight[:, None] * moments.x)
    return np.linalg.inv(precision).astype(np.complex128)
