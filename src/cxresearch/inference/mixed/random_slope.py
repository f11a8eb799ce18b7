"""Regression with a random intercept and random slopes by (restricted) maximum likelihood, from units' cross-products.

The model is y_ij = x_ij' b + z_ij' u_j + e_ij with u_j ~ N(0, sigma2 D) and e ~ N(0, sigma2); z holds the intercept and
those predictors whose slopes differ between units. b and sigma2 are profiled out (Bates et al. 2015), and the work is
O(units), however many rows the cross-products stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxresearch.inference.mixed.random_intercept import SINGULAR_THETA
from cxresearch.inference.mixed.slope_criterion import Solved, criterion, solve
from cxresearch.inference.mixed.slope_optimum import best_factor
from cxresearch.inference.mixed.slope_precision import coefficient_df, variance_precision
from cxresearch.inference.mixed.unit_grams import UnitGrams
from cxresearch.inference.mixed.unit_spans import UnitSpans, unit_spans
from cxresearch.moments import Floats


@dataclass(frozen=True, slots=True)
class RandomSlope:
    """A fitted regression with random slopes; q random columns, the intercept first.

    Attributes
    ----------
    coefficients, std_errors, df : (P,), df by Satterthwaite's approximation. covariance : (P, P) of the coefficients.
    random_covariance : (q, q) of units' intercepts and slopes. random_se : (q, q) asymptotic standard errors of its
    entries, None where the fit is singular. sigma2, sigma2_se : residual variance. theta : (q (q + 1) / 2,) relative
    Cholesky factor by columns, as lme4 has it, diagonal >= 0. criterion : deviance at the optimum, lme4's `REMLcrit`
    (`reml`) or -2 log likelihood. singular : the covariance is on its boundary. effects : (J, q) units' own intercepts
    and slopes less the average ones, shrunken (BLUP). effect_covariance : (J, q, q) of a unit's own intercept and
    slopes (average plus effect) about the predicted ones, the coefficients' uncertainty included.
    """

    coefficients: Floats
    std_errors: Floats
    df: Floats
    covariance: Floats
    random_covariance: Floats
    random_se: Floats | None
    sigma2: float
    sigma2_se: float | None
    theta: Floats
    criterion: float
    singular: bool
    reml: bool
    effects: Floats
    effect_covariance: Floats


def fit_random_slope(moments: UnitGrams, slopes: Sequence[int] = (1,), *, reml: bool = True) -> RandomSlope | None:
    """Fit; `slopes` are the predictors (1 is the first) whose slopes differ between units.

    None where the predictors are linearly dependent, or units or rows leave variances undefined. Degrees of freedom are
    lmerTest's. On the boundary they are at most units - q for coefficients that only differences between units tell:
    the intercept, predictors known per unit, those with random slopes and their products with predictors per unit.
    """
    spans = unit_spans(moments, slopes)
    if spans is None:
        return None
    factor = best_factor(spans, reml=reml)
    shown = factor if factor.shape[1] else np.zeros((len(factor), 1))
    at = solve(spans, shown)
    value, _ = criterion(spans, shown, reml=reml)
    sigma2 = float(at.rss) / (spans.n_rows - len(at.beta) * reml)
    inverse = np.linalg.inv(at.a)
    covariance = sigma2 * spans.fixed @ inverse @ spans.fixed.T
    turned = spans.random @ factor
    theta = relative_cholesky(turned)
    singular = bool((np.diag(theta) < SINGULAR_THETA).any())
    spread = sigma2 * spans.outcome_scale**2
    precision = variance_precision(spans, factor, sigma2, reml=reml)
    df = coefficient_df(spans, factor, sigma2, None if precision is None else precision.covariance)
    if singular or precision is None:
        df = np.where(_between(spans), np.minimum(df, len(moments.n) - len(factor)), df)
    regular = precision is not None and not singular
    effects, effect_covariance = _effects(spans, at, inverse, factor, sigma2, slopes)
    return RandomSlope(
        coefficients=np.asarray(spans.fixed @ at.beta + spans.offset),
        std_errors=np.sqrt(np.diag(covariance)),
        df=df,
        covariance=np.asarray(covariance),
        random_covariance=np.asarray(spread * turned @ turned.T),
        random_se=precision.random_se if regular and precision is not None else None,
        sigma2=spread,
        sigma2_se=precision.sigma2_se if precision is not None else None,
        theta=np.concatenate([theta[column:, column] for column in range(len(theta))]),
        criterion=value,
        singular=singular,
        reml=reml,
        effects=effects,
        effect_covariance=effect_covariance,
    )


def relative_cholesky(factor: Floats) -> Floats:
    """Lower triangle L (q, q) with a non-negative diagonal and L L' = `factor` `factor`', also for lower ranks."""
    size, rank = factor.shape
    wide = np.column_stack([factor, np.zeros((size, size - rank))])
    lower = np.linalg.qr(wide.T)[1].T
    signs = np.where(np.diag(lower) < 0, -1.0, 1.0)
    return np.asarray(lower * signs)


def _between(spans: UnitSpans) -> Floats:
    """Which coefficients (P,) rest on columns that lie in every unit's span, so that units are their observations."""
    size = np.diag(spans.within)[:-1] / spans.n_rows
    return np.asarray(size < 1e-9)


def _effects(
    spans: UnitSpans, at: Solved, inverse: Floats, factor: Floats, sigma2: float, slopes: Sequence[int]
) -> tuple[Floats, Floats]:
    d = factor @ factor.T
    turn = spans.random * spans.outcome_scale
    chosen = [0, *slopes]
    fixed = spans.fixed[chosen]
    leverage = at.zz - at.zx @ inverse @ np.swapaxes(at.zx, 1, 2)
    shrunken = turn @ (d - d @ leverage @ d) @ turn.T
    shared = fixed @ inverse @ np.swapaxes(at.zx, 1, 2) @ d @ turn.T
    whole = fixed @ inverse @ fixed.T + shrunken - shared - np.swapaxes(shared, 1, 2)
    return np.asarray(at.pull @ d @ turn.T), np.asarray(sigma2 * whole)
