"""Does the result hang on one unit? Everything again without each unit in turn, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import complete_cases, is_constant
from cxresearch.inference.regression import least_squares
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

METHOD = "linkage.leave_one_out"
FEWEST_UNITS = 5


@dataclass(frozen=True, slots=True)
class Influence:
    """The range of a statistic when each unit is left out in turn.

    Attributes
    ----------
    low, high : smallest and largest value. low_unit, high_unit : index of the unit whose absence gives them; never its
        name, which only a report that knows the anonymity threshold may show.
    """

    low: float
    high: float
    low_unit: int
    high_unit: int


def influence_range(values: Floats) -> Influence:
    """The range of leave-one-out values (J,)."""
    low, high = int(np.argmin(values)), int(np.argmax(values))
    return Influence(float(values[low]), float(values[high]), low, high)


def leave_one_out_correlations(x: Floats, y: Floats) -> Floats:
    """Pearson's r (J,) without each unit in turn; NaN where the others have no spread."""
    n = len(x)
    first, second = x - x.mean(), y - y.mean()
    share = n / (n - 1)
    xx = first @ first - share * first**2
    yy = second @ second - share * second**2
    xy = first @ second - share * first * second
    flat = (xx <= 1e-14 * (first @ first)) | (yy <= 1e-14 * (second @ second))
    return np.where(flat, np.nan, np.clip(xy / np.sqrt(np.where(flat, 1.0, xx * yy)), -1, 1))


def leave_one_out_slopes(y: Floats, predictors: Floats, blocks: ArrayLike | None = None) -> Floats | None:
    """Coefficient of the first of the `predictors` (N, P) without each unit in turn (J,).

    A row is a unit, or `blocks` (N,) names each row's unit. An intercept is added. None when a unit cannot be spared.
    """
    design = np.column_stack([np.ones(len(y)), predictors])
    fit = least_squares(y, design)
    if fit is None:
        return None
    if blocks is None:
        rest = 1 - fit.leverage
        if rest.min() < 1e-10:
            return None
        return np.asarray(fit.coefficients[1] - (design @ fit.bread[:, 1]) * fit.residuals / rest)
    labels, code = np.unique(np.asarray(blocks), return_inverse=True)
    scale = np.linalg.norm(design, axis=0)
    columns = design / scale
    gram = np.zeros((len(labels), design.shape[1], design.shape[1]))
    score = np.zeros((len(labels), design.shape[1]))
    np.add.at(gram, code, columns[:, :, None] * columns[:, None, :])
    np.add.at(score, code, columns * y[:, None])
    left, right = gram.sum(axis=0) - gram, score.sum(axis=0) - score
    if np.linalg.eigvalsh(left).min() < 1e-10:
        return None
    return np.asarray(np.linalg.solve(left, right[:, :, None])[:, 1, 0] / scale[1])


def range_results(values: Floats | None, *, term: str) -> tuple[Result, Result]:
    """`term.low` and `term.high` of leave-one-out values (J,); NotEstimable when they are None or not all finite."""
    if values is None or not np.isfinite(values).all():
        low, high = (NotEstimable(term=f"{term}.{end}", reason="linkage.unit_not_spared") for end in ("low", "high"))
        return low, high
    found = influence_range(values)
    return (
        Estimate(term=f"{term}.low", estimate=found.low, n_units=len(values), method=METHOD),
        Estimate(term=f"{term}.high", estimate=found.high, n_units=len(values), method=METHOD),
    )


def leave_one_out(ex: ArrayLike, cx: ArrayLike, covariates: ArrayLike, *, term: str) -> tuple[Result, ...]:
    """Range of r (`term.low`, `term.high`) and of the slope of cx on ex given `covariates` (J, K) (`term.slope.…`)."""
    x, y, given = complete_cases(ex, cx, covariates)
    if len(x) < FEWEST_UNITS:
        details = {"count": len(x), "needed": FEWEST_UNITS}
        ends = (f"{term}.{end}" for end in ("low", "high", "slope.low", "slope.high"))
        return tuple(NotEstimable(term=end, reason="linkage.too_few_units", details=details) for end in ends)
    correlations = None if is_constant(x) or is_constant(y) else leave_one_out_correlations(x, y)
    slopes = leave_one_out_slopes(y, np.column_stack([x, given]))
    return (*range_results(correlations, term=term), *range_results(slopes, term=f"{term}.slope"))
