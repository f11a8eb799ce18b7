"""Likelihood-profile intervals of the shares of variance between units, between their groups, and within groups.

The profile is that of the full likelihood over the two ratios of variances, sigma2 and the coefficients at their best.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from cxresearch.inference.mixed.nested_criterion import nested_deviance
from cxresearch.inference.mixed.nested_intercepts import fit_nested_intercepts
from cxresearch.inference.mixed.nested_moments import NestedMoments
from cxresearch.moments import Floats

_CLOSE = 1e-4
"""Accuracy of the other ratio, at whose best the deviance is flat; intervals' ends are a hundred times closer."""
_EDGE = 1e-9
"""Closest that a share comes to 1, or the share of all to 0."""


def _of_group(share: float, split: float) -> Floats:
    """Ratios with the group's share given; `split` is the unit's part of what is left."""
    unit = (1 - share) * split
    row = 1 - share - unit
    return np.array([share / row, unit / row])


def _of_unit(share: float, split: float) -> Floats:
    return _of_group(share, split)[::-1]


def _of_row(share: float, split: float) -> Floats:
    return np.array([(1 - share) * (1 - split), (1 - share) * split]) / share


_PARTS: tuple[Callable[[float, float], Floats], ...] = (_of_group, _of_unit, _of_row)


def share_intervals(moments: NestedMoments, level: float) -> tuple[tuple[float, float], ...] | None:
    """Intervals of the shares of groups, units and rows; ends are 0 or 1 where those are compatible with the data."""
    fit = fit_nested_intercepts(moments, reml=False)
    if fit is None:
        return None
    allowed = float(stats.chi2.ppf(level, 1))
    return tuple(
        _interval(moments, part, float(share), fit.criterion, allowed)
        for part, share in zip(_PARTS, fit.shares, strict=True)
    )


def _interval(
    moments: NestedMoments, part: Callable[[float, float], Floats], top: float, least: float, allowed: float
) -> tuple[float, float]:
    def rise(share: float) -> float:
        if share == top:
            return -allowed

        def deviance(split: float) -> float:
            return nested_deviance(moments, part(share, split), reml=False)

        found = optimize.minimize_scalar(deviance, bounds=(0, 1 - _EDGE), method="bounded", options={"xatol": _CLOSE})
        return min(float(found.fun), deviance(0.0)) - least - allowed

    low, high = 0.0, 1.0
    edge = _EDGE if part is _of_row else 0.0
    if top > edge and rise(edge) > 0:
        low = float(optimize.brentq(rise, edge, top, xtol=_CLOSE / 100, rtol=_CLOSE / 100))
    if top < 1 - _EDGE and rise(1 - _EDGE) > 0:
        high = float(optimize.brentq(rise, top, 1 - _EDGE, xtol=_CLOSE / 100, rtol=_CLOSE / 100))
    return low, high
