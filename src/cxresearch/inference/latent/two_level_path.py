"""A person-level predictor's slope within units and between them, the unit's part of it taken as latent.

A unit's mean of a predictor that people report is a sample, and regression on it mixes the slopes. Here both scores are
split into latent unit means and deviations (Luedtke et al. 2008): slope within = W_xy / W_xx, slope between =
B_xy / B_xx, and the contextual effect is their difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxresearch.inference.latent.two_level_fit import TwoLevelFit, fit_two_level
from cxresearch.inference.latent.two_level_likelihood import TwoLevelMoments
from cxresearch.inference.latent.two_level_saturated import fit_saturated
from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import RegressionMoments
from cxresearch.moments import Floats


@dataclass(frozen=True, slots=True)
class KnownPredictor:
    """A predictor's mean and its variances within and between units, taken as known."""

    mean: float
    within: float
    between: float


@dataclass(frozen=True, slots=True)
class TwoLevelPath:
    """Slopes of y on x at both levels.

    Attributes
    ----------
    within, between, contextual : slopes and between - within. Their `_se` by the delta method from the observed
        information of all variances and covariances; None where it is not positive.
    manifest, manifest_se : slope between in the random-intercept regression (REML) on the units' observed means, which
        ignores that they are samples; manifest_within : slope and error of people's deviations in it, which do not
        depend on them. None where that has no fit.
    reliability : of the units' mean of x, on average: B_xx / (B_xx + W_xx / n).
    fit : the fitted W and B, x first. n_units, n_rows.
    """

    within: float
    between: float
    contextual: float
    within_se: float | None
    between_se: float | None
    contextual_se: float | None
    manifest: float | None
    manifest_se: float | None
    manifest_within: tuple[float, float] | None
    reliability: float
    fit: TwoLevelFit
    n_units: int
    n_rows: int


def fit_two_level_path(moments: TwoLevelMoments, predictor: KnownPredictor | None = None) -> TwoLevelPath | None:
    """Fit by maximum likelihood from the moments of x and y; None where the fit has no optimum or x does not vary.

    With a `predictor` its mean and variances are taken as known, as lavaan's `fixed.x` does.
    """
    if moments.n_scores != 2 or len(moments.n) < 4 or moments.n_rows - len(moments.n) < 3:
        return None
    if not (np.diag(moments.cross) > 0).all():
        return None
    fit = fit_saturated(moments)
    if fit is None or not fit.converged or fit.between[0, 0] <= 1e-8 * fit.within[0, 0]:
        return None
    if predictor is not None:
        fit = _conditional(moments, fit, predictor)
        if fit is None or not fit.converged:
            return None
    within, between = fit.within[0, 1] / fit.within[0, 0], fit.between[0, 1] / fit.between[0, 0]
    errors = _errors(fit, within, between)
    true, noise = fit.between[0, 0], fit.within[0, 0] / moments.n
    return TwoLevelPath(
        float(within),
        float(between),
        float(between - within),
        *errors,
        *_manifest(moments),
        float(np.mean(true / (true + noise))),
        fit,
        len(moments.n),
        moments.n_rows,
    )


def _manifest(moments: TwoLevelMoments) -> tuple[float | None, float | None, tuple[float, float] | None]:
    """Slope of y on the units' observed means of x and its error, and slope and error of people's deviations."""
    means = moments.mean
    design = np.column_stack([np.ones(len(means)), np.zeros(len(means)), means[:, 0]])
    within_xx, within_xy = np.zeros((3, 3)), np.zeros(3)
    within_xx[1, 1], within_xy[1] = moments.cross[0, 0], moments.cross[0, 1]
    rows = RegressionMoments(moments.n, design, means[:, 1], within_xx, within_xy, float(moments.cross[1, 1]))
    fit = fit_random_intercept(rows)
    if fit is None:
        return None, None, None
    (_, slope, between), (_, slope_se, between_se) = fit.coefficients, fit.std_errors
    return float(between), float(between_se), (float(slope), float(slope_se))


def _conditional(moments: TwoLevelMoments, free: TwoLevelFit, predictor: KnownPredictor) -> TwoLevelFit | None:
    """Slope within, residual variance within, slope between, residual variance between, x being known."""
    constant = np.zeros((4, 2, 2))
    constant[1, 1, 1] = 1.0
    constant[3, 1, 1] = 1.0

    def part(slope: float, rest: float, variance: float) -> tuple[Floats, Floats]:
        matrix = variance * np.array([[1.0, slope], [slope, slope**2]]) + np.diag([0.0, rest])
        return matrix, variance * np.array([[0.0, 1.0], [1.0, 2 * slope]])

    def structure(parameters: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        within, bent_within = part(parameters[0], parameters[1], predictor.within)
        between, bent_between = part(parameters[2], parameters[3], predictor.between)
        of_within, of_between = constant.copy(), constant.copy()
        of_within[0], of_within[2:] = bent_within, 0.0
        of_between[2], of_between[:2] = bent_between, 0.0
        return within, between, of_within, of_between

    given = replace(moments, known_means=np.array([predictor.mean, np.nan]))
    start = [value for matrix in (free.within, free.between) for value in _regression(matrix)]
    return fit_two_level(given, structure, np.array(start))


def _regression(matrix: Floats) -> tuple[float, float]:
    """Slope of y on x and residual variance."""
    slope = matrix[0, 1] / matrix[0, 0]
    return float(slope), float(max(matrix[1, 1] - slope * matrix[0, 1], 1e-3 * matrix[1, 1]))


def _errors(fit: TwoLevelFit, within: float, between: float) -> tuple[float | None, float | None, float | None]:
    """Delta method; parameters are W_xx, W_xy, W_yy, B_xx, B_xy, B_yy, or the four of `_conditional`."""
    if fit.covariance is None:
        return None, None, None
    slopes = np.zeros((3, len(fit.parameters)))
    if len(fit.parameters) == 6:
        slopes[0, :2] = np.array([-within, 1.0]) / fit.within[0, 0]
        slopes[1, 3:5] = np.array([-between, 1.0]) / fit.between[0, 0]
    else:
        slopes[0, 0] = slopes[1, 2] = 1.0
    slopes[2] = slopes[1] - slopes[0]
    first, second, third = np.sqrt(np.einsum("ap,pq,aq->a", slopes, fit.covariance, slopes))
    return float(first), float(second), float(third)
