"""What regressions with a bend have in common: complete rows, a fit, combinations of coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns, complete_cases, is_constant
from cxresearch.inference.mechanism.joint_regressions import Errors, joint_covariance
from cxresearch.inference.regression import LeastSquares, least_squares
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable

FEWEST_SIDE = 3
"""Fewest different values of the predictor on either side of a break."""


def complete_rows(x: ArrayLike, y: ArrayLike, covariates: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """x, y (N,) and covariates (N, K) of the rows where all are known."""
    given = np.empty((len(np.asarray(x)), 0)) if covariates is None else as_columns(covariates)
    first, last, held = complete_cases(x, y, given)
    return first, last, held


def unfit(x: Floats, y: Floats, needed: int) -> NotEstimable | None:
    """Why the rows cannot carry a regression, or None; the term is left to the caller."""
    if len(x) < needed:
        return NotEstimable(term="", reason="linkage.too_few_units", details={"count": len(x), "needed": needed})
    if is_constant(x) or is_constant(y):
        return NotEstimable(term="", reason="linkage.constant")
    return None


def fitted(y: Floats, design: Floats, errors: Errors) -> tuple[LeastSquares, Floats] | NotEstimable:
    """Least squares with the covariance of its coefficients, or why there is none."""
    fit = least_squares(y, design)
    if fit is None:
        return NotEstimable(term="", reason="linkage.collinear")
    covariance = joint_covariance([fit], errors)
    if covariance is None:
        return NotEstimable(term="", reason="linkage.full_leverage")
    return fit, covariance


def combination(
    found: tuple[LeastSquares, Floats], weights: Sequence[float], term: str, level: float, method: str
) -> Estimate:
    """A linear combination of the first coefficients."""
    fit, covariance = found
    direction = np.zeros(len(fit.coefficients))
    direction[: len(weights)] = weights
    return wald_estimate(
        float(direction @ fit.coefficients),
        math.sqrt(float(direction @ covariance @ direction)),
        float(fit.df),
        term=term,
        level=level,
        method=method,
        n_units=len(fit.residuals),
    )


def one_sided(x: Floats, at: float | None) -> NotEstimable | None:
    """Whether a side of the break has too few different values for a line."""
    if at is None:
        return NotEstimable(term="", reason="mechanism.no_break")
    sides = min(len(np.unique(x[x <= at])), len(np.unique(x[x > at])))
    if sides < FEWEST_SIDE:
        return NotEstimable(term="", reason="mechanism.one_sided", details={"count": sides, "needed": FEWEST_SIDE})
    return None
