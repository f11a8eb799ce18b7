"""Random-intercept regression by restricted maximum likelihood, from moments of units.

The model is y = X b + u_j + e with var(u_j) = tau2 and var(e) = sigma2. The restricted deviance is profiled to the one
ratio tau2 / sigma2, whose derivative has a closed form; the boundary tau2 = 0 is compared explicitly, because a
singular fit is a result. Everything is O(units * columns^2), however many rows the moments stand for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from cxresearch.inference.mixed.regression_moments import RegressionMoments
from cxresearch.inference.mixed.satterthwaite import satterthwaite_df, variance_covariance
from cxresearch.moments import Floats

SINGULAR_THETA = 1e-4
"""Below this sqrt(tau2 / sigma2) a fit is singular, as lme4's `isSingular` has it."""

_GRID = np.concatenate([[0.0], np.geomspace(1e-7, 1e4, 67)])


@dataclass(frozen=True, slots=True)
class RandomIntercept:
    """A fitted random-intercept regression.

    Attributes
    ----------
    coefficients, std_errors, df : (P,), df by Satterthwaite's approximation. covariance : (P, P) of the coefficients.
    tau2, sigma2 : variances between and within units; tau2_se, sigma2_se : asymptotic, None where tau2 is 0.
    criterion : restricted deviance at the optimum, lme4's `REMLcrit`. singular : tau2 on its boundary.
    """

    coefficients: Floats
    std_errors: Floats
    df: Floats
    covariance: Floats
    tau2: float
    sigma2: float
    tau2_se: float | None
    sigma2_se: float | None
    criterion: float
    singular: bool


def profiled_criterion(moments: RegressionMoments, ratios: ArrayLike) -> Floats:
    """Restricted deviance (G,) profiled to tau2 / sigma2, at each of `ratios` (G,)."""
    return _profile(moments, np.atleast_1d(np.asarray(ratios, dtype=np.float64)))[0]


def _profile(moments: RegressionMoments, ratios: Floats) -> tuple[Floats, Floats]:
    """The profiled restricted deviance (G,) and its derivative (G,) at some ratios (G,), all at once."""
    n_columns = moments.x.shape[1]
    grown = 1 + moments.n * ratios[:, None]
    shrink = moments.n / grown
    products = (moments.x[:, :, None] * moments.x[:, None, :]).reshape(len(moments.n), -1)
    a = moments.within_xx + (shrink @ products).reshape(-1, n_columns, n_columns)
    b = moments.within_xy + shrink @ (moments.x * moments.y[:, None])
    inverse = np.linalg.inv(a)
    beta = (inverse @ b[:, :, None])[:, :, 0]
    residual2 = (moments.y - beta @ moments.x.T) ** 2
    within = moments.within_yy - 2 * beta @ moments.within_xy + np.sum((beta @ moments.within_xx) * beta, axis=1)
    rss = within + np.sum(shrink * residual2, axis=1)
    free = moments.n_rows - n_columns
    value = free * (1 + np.log(2 * math.pi * rss / free)) + np.log(grown).sum(axis=1) + np.linalg.slogdet(a)[1]
    leverage = inverse.reshape(-1, n_columns**2) @ products.T
    slope = shrink.sum(axis=1) - np.sum(shrink**2 * (leverage + free * residual2 / rss[:, None]), axis=1)
    return value, slope


def _best_ratio(moments: RegressionMoments) -> float:
    """tau2 / sigma2 at the global optimum: the best grid point's neighbourhood, then the derivative's root."""
    grid = _GRID / np.median(moments.n)
    values, slopes = _profile(moments, grid)
    best = int(np.argmin(values))
    candidates = {0.0: float(values[0])}
    brackets = [(low, low + 1) for low in (best - 1, best) if 0 <= low < len(grid) - 1]
    ends = [
        (grid[low], grid[high])
        for low, high in brackets
        if slopes[low] <= 0 <= slopes[high] and not slopes[low] == slopes[high] == 0
    ]
    if best == len(grid) - 1 and slopes[best] < 0:
        ends.append(_beyond(moments, float(grid[best])))
    for low, high in ends:
        root = optimize.brentq(lambda at: _slope(moments, at), low, high, xtol=1e-15, rtol=1e-13)
        candidates[root] = float(profiled_criterion(moments, root)[0])
    return min(candidates, key=lambda ratio: candidates[ratio])


def _beyond(moments: RegressionMoments, low: float) -> tuple[float, float]:
    """Where the derivative, negative at the grid's end, changes its sign; units of very many rows have such ratios.

    It does: at ratios without bound the deviance grows with the log of the ratio, once for each unit less the columns.
    """
    high = 10 * low
    while _slope(moments, high) < 0:
        low, high = high, 10 * high
    return low, high


def _slope(moments: RegressionMoments, ratio: float) -> float:
    """The derivative of `_profile` at one ratio, without what only a grid needs."""
    shrink = moments.n / (1 + moments.n * ratio)
    weighted = shrink[:, None] * moments.x
    inverse = np.linalg.inv(moments.within_xx + moments.x.T @ weighted)
    beta = inverse @ (moments.within_xy + moments.y @ weighted)
    residual2 = (moments.y - moments.x @ beta) ** 2
    rss = moments.within_yy - 2 * beta @ moments.within_xy + beta @ moments.within_xx @ beta + shrink @ residual2
    leverage = ((moments.x @ inverse) * moments.x).sum(axis=1)
    free = moments.n_rows - len(beta)
    return float(shrink.sum() - (shrink**2) @ (leverage + free * residual2 / rss))


def fit_random_intercept(moments: RegressionMoments) -> RandomIntercept | None:
    """Fit by REML; None when the predictors are linearly dependent or rows or units leave tau2 or sigma2 undefined.

    The degrees of freedom follow Satterthwaite as lmerTest computes them, from the Hessian of the deviance in
    (tau2, sigma2). On the boundary tau2 = 0 they are the conservative J - P for predictors known per unit and N - P
    for those that vary within units.
    """
    n_units, n_columns = moments.x.shape
    if not _identified(moments):
        return None
    ratio = _best_ratio(moments)
    criterion = float(profiled_criterion(moments, ratio)[0])
    shrink = moments.n / (1 + moments.n * ratio)
    a = moments.within_xx + moments.x.T @ (shrink[:, None] * moments.x)
    beta = np.linalg.solve(a, moments.within_xy + moments.x.T @ (shrink * moments.y))
    within = moments.within_yy - 2 * beta @ moments.within_xy + beta @ moments.within_xx @ beta
    sigma2 = float(within + shrink @ (moments.y - moments.x @ beta) ** 2) / (moments.n_rows - n_columns)
    covariance = sigma2 * np.linalg.inv(a)
    singular = math.sqrt(ratio) < SINGULAR_THETA
    precision = None if singular else variance_covariance(moments, ratio * sigma2, sigma2)
    if precision is None:
        varies = np.diag(moments.within_xx) > 0
        df = np.where(varies, moments.n_rows - n_columns, n_units - n_columns).astype(np.float64)
    else:
        df = satterthwaite_df(moments, ratio * sigma2, sigma2, precision)
    known = None if precision is None else np.sqrt(np.diag(precision))
    return RandomIntercept(
        coefficients=np.asarray(beta, dtype=np.float64),
        std_errors=np.sqrt(np.diag(covariance)),
        df=df,
        covariance=np.asarray(covariance, dtype=np.float64),
        tau2=ratio * sigma2,
        sigma2=sigma2,
        tau2_se=None if known is None else float(known[0]),
        sigma2_se=None if known is None else float(known[1]),
        criterion=criterion,
        singular=singular,
    )


def _identified(moments: RegressionMoments) -> bool:
    """Whether units outnumber the predictors, rows repeat within units with spread, and no predictor is redundant."""
    n_units, n_columns = moments.x.shape
    if n_units <= n_columns or moments.n_rows - n_units < 1 or moments.within_yy <= 0:
        return False
    total = moments.within_xx + moments.x.T @ (moments.n[:, None] * moments.x)
    scale = np.sqrt(np.diag(total))
    if not (scale > 0).all() or _within_residual(moments) <= 1e-12 * moments.within_yy:
        return False
    return bool(np.linalg.eigvalsh(total / np.outer(scale, scale)).min() > 1e-10)


def _within_residual(moments: RegressionMoments) -> float:
    """Sum of squares within units that the predictors leave."""
    beta = np.linalg.lstsq(moments.within_xx, moments.within_xy, rcond=None)[0]
    return float(moments.within_yy - beta @ moments.within_xy)
