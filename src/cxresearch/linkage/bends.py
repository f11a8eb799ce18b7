"""Curves to draw: CX over EX as a straight line, a smooth curve and two lines; the slope over the moderator."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import complete_cases, is_constant
from cxresearch.inference.correlation import correlation
from cxresearch.inference.mechanism.interaction import Interaction, fit_interaction
from cxresearch.inference.mechanism.smoothing import smooth_curve
from cxresearch.inference.regression import least_squares
from cxresearch.inference.wald import t_quantile
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import Floats

POINTS = 61
"""Values of the horizontal axis at which curves are told."""
_EQUAL = 1e-10


def bend_rows(units: LinkedUnits, level: float, at: float | None) -> pd.DataFrame:
    """CX over EX, covariates held at their means: columns x, straight, curve, low, high (of the curve) and lines.

    `lines` are two lines parted `at` a value, with a gap there; NaN without one. Empty with too few units for a curve.
    """
    x, y, held = complete_cases(units.column("ex"), units.column("cx"), units.covariate_matrix())
    held = held - held.mean(axis=0) if len(held) else held
    straight = least_squares(y, np.column_stack([np.ones(len(x)), x, held])) if len(x) >= 8 else None
    if straight is None:
        return pd.DataFrame(columns=["x", "straight", "curve", "low", "high", "lines"], dtype=np.float64)
    grid = np.linspace(x.min(), x.max(), POINTS)
    curve = smooth_curve(x, y, held, grid)
    reach = t_quantile(level, len(x) - curve.edf - held.shape[1]) * curve.std_error
    return pd.DataFrame(
        {
            "x": grid,
            "straight": straight.coefficients[0] + straight.coefficients[1] * grid,
            "curve": curve.fitted,
            "low": curve.fitted - reach,
            "high": curve.fitted + reach,
            "lines": np.full(POINTS, np.nan) if at is None else _lines(x, y, held, at, grid),
        }
    )


def _lines(x: Floats, y: Floats, held: Floats, at: float, grid: Floats) -> Floats:
    fit = least_squares(y, np.column_stack([_parted(x, at), held]))
    if fit is None:
        return np.full(len(grid), np.nan)
    lines = np.asarray(_parted(grid, at) @ fit.coefficients[:4])
    lines[np.flatnonzero(grid > at)[:1]] = np.nan
    return lines


def _parted(x: Floats, at: float) -> Floats:
    above = x > at
    return np.column_stack([np.ones(len(x)), np.where(above, 0, x - at), np.where(above, x - at, 0), above])


def held_constant(units: LinkedUnits, moderator: ArrayLike) -> Floats:
    """The covariates (J, K') without those that are the moderator itself, which the interaction model has anyway."""
    covariates, values = units.covariate_matrix(), np.asarray(moderator, dtype=np.float64)
    return np.column_stack([np.empty((len(values), 0)), *(c for c in covariates.T if not _same(c, values))])


def _same(one: Floats, other: Floats) -> bool:
    first, second = complete_cases(one, other)
    if len(first) < 2 or is_constant(first) or is_constant(second):
        return False
    return abs(correlation(first, second)) > 1 - _EQUAL


def slope_rows(units: LinkedUnits, moderator: ArrayLike, level: float) -> pd.DataFrame:
    """Slope of CX on EX over the observed values of a moderator (J,): columns value, slope, low, high.

    A moderator of two values has two rows; without a fit there are none.
    """
    found = fit_interaction(units.column("ex"), moderator, units.column("cx"), held_constant(units, moderator))
    if not isinstance(found, Interaction):
        return pd.DataFrame(columns=["value", "slope", "low", "high"], dtype=np.float64)
    distinct = np.unique(found.observed)
    grid = distinct if len(distinct) == 2 else np.linspace(distinct[0], distinct[-1], POINTS)
    slopes = [found.at(float(value), term="slope", level=level) for value in grid]
    return pd.DataFrame(
        {
            "value": grid,
            "slope": [slope.estimate for slope in slopes],
            "low": [slope.conf_low for slope in slopes],
            "high": [slope.conf_high for slope in slopes],
        }
    )
