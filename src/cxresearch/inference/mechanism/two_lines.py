"""Two lines that meet no more than at a break: does the relation turn, or only flatten?

A significant quadratic term shows a bend, not a turn: a curve that only flattens has one too. Two lines (Simonsohn
2018) test the turn itself, by the slopes below and above a break. The break is declared, or found by the Robin Hood
rule.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.mechanism.bent_regression import (
    FEWEST_SIDE,
    combination,
    complete_rows,
    fitted,
    one_sided,
    unfit,
)
from cxresearch.inference.mechanism.joint_regressions import Errors
from cxresearch.inference.mechanism.smoothing import smooth_curve
from cxresearch.inference.regression import LeastSquares, least_squares
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

_EDGE = 0.10
"""The extreme of the curve is sought between these outer shares of the units."""


def _interrupted(
    x: Floats, y: Floats, held: Floats, at: float, errors: Errors
) -> tuple[LeastSquares, Floats] | NotEstimable:
    above = x > at
    columns = [np.ones(len(x)), np.where(above, 0.0, x - at), np.where(above, x - at, 0.0), above.astype(np.float64)]
    return fitted(y, np.column_stack([*columns, held]), errors)


def robin_hood_break(x: Floats, y: Floats, covariates: Floats | None = None, *, errors: Errors = "hc3") -> float | None:
    """Where to part two lines so that both slopes are told as well as possible (Simonsohn 2018).

    The most extreme point of a smooth curve, outside the outer tenths of the units, with all units whose curve lies
    within a standard error of it, is the flat stretch. Lines parted at its median give two t values, and the break is
    the quantile |t2| / (|t1| + |t2|) of the stretch: the weaker side is given more units. The curve is a penalised
    B-spline instead of mgcv's. None where no stretch or no lines exist.
    """
    held = np.empty((len(x), 0)) if covariates is None else covariates
    design = np.column_stack([np.ones(len(x)), x - x.mean(), (x - x.mean()) ** 2, held])
    bend = least_squares(y, design)
    if bend is None:
        return None
    peak = float(bend.coefficients[2]) < 0
    curve = smooth_curve(x, y, held)
    inner = (x > np.quantile(x, _EDGE)) & (x < np.quantile(x, 1 - _EDGE))
    if not inner.any():
        return None
    height = curve.fitted if peak else -curve.fitted
    top = int(np.flatnonzero(inner)[np.argmax(height[inner])])
    flat = x[inner & (height >= height[top] - curve.std_error[top])]
    found = _interrupted(x, y, held, float(np.median(flat)), errors)
    if isinstance(found, NotEstimable):
        return None
    fit, covariance = found
    first, second = (abs(float(fit.coefficients[k])) / math.sqrt(float(covariance[k, k])) for k in (1, 2))
    return float(np.quantile(flat, second / (first + second)))


def two_lines(
    x: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    term: str,
    level: float,
    at: float | None = None,
    errors: Errors = "hc3",
) -> tuple[Result, Result, Result]:
    """Slopes `term.low` and `term.high` of y on x (N,) below and above a break, and the break `term.break`.

    Parameters
    ----------
    at : the declared break; by the Robin Hood rule where None.
    """
    terms = [f"{term}.{part}" for part in ("low", "high", "break")]
    first, last, held = complete_rows(x, y, covariates)
    needed = 2 * FEWEST_SIDE + held.shape[1] + 1
    reason = unfit(first, last, needed)
    chosen = at if at is not None or reason else robin_hood_break(first, last, held, errors=errors)
    reason = reason or one_sided(first, chosen)
    if reason or chosen is None:
        missing = reason or NotEstimable(term="", reason="mechanism.no_break")
        low, high, place = (missing.named(item) for item in terms)
        return low, high, place
    method = "mechanism.two_lines_" + ("robin_hood" if at is None else "declared")
    found = _interrupted(first, last, held, chosen, errors)
    where = Estimate(term=terms[2], estimate=chosen, n_units=len(first), method=method)
    if isinstance(found, NotEstimable):
        return found.named(terms[0]), found.named(terms[1]), where
    low_line = combination(found, [0, 1], terms[0], level, method)
    return low_line, combination(found, [0, 0, 1], terms[1], level, method), where
