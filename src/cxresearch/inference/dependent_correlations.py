"""Two correlations that share a series: r(x, y) and r(x, z) on the same units."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import complete_cases
from cxresearch.inference.correlation import correlation, fisher_interval, unable
from cxresearch.inference.wald import t_p_value
from cxresearch.statistic import Estimate, NotEstimable, Result


def williams_t(r_xy: float, r_xz: float, r_yz: float, n_units: int) -> tuple[float, int]:
    """Williams's t and its df (n - 3) of r_xy - r_xz, recommended by Steiger (1980); as R's `psych::r.test`."""
    determinant = 1 - r_xy**2 - r_xz**2 - r_yz**2 + 2 * r_xy * r_xz * r_yz
    middle = (r_xy + r_xz) / 2
    spread = 2 * determinant * (n_units - 1) / (n_units - 3) + middle**2 * (1 - r_yz) ** 3
    return (r_xy - r_xz) * math.sqrt((n_units - 1) * (1 + r_yz) / spread), n_units - 3


def zou_interval(r_xy: float, r_xz: float, r_yz: float, n_units: int, level: float) -> tuple[float, float]:
    """Interval of r_xy - r_xz by Zou (2007), from each correlation's own Fisher interval and their correlation."""
    first_low, first_high = fisher_interval(r_xy, 1 / math.sqrt(n_units - 3), level)
    second_low, second_high = fisher_interval(r_xz, 1 / math.sqrt(n_units - 3), level)
    free = (1 - r_xy**2) * (1 - r_xz**2)
    shared = (r_yz - r_xy * r_xz / 2) * (1 - r_xy**2 - r_xz**2 - r_yz**2) + r_yz**3
    together = shared / free
    lower = _distance(r_xy - first_low, second_high - r_xz, together)
    upper = _distance(first_high - r_xy, r_xz - second_low, together)
    return r_xy - r_xz - lower, r_xy - r_xz + upper


def _distance(first: float, second: float, together: float) -> float:
    return math.sqrt(max(0.0, first**2 + second**2 - 2 * together * first * second))


def correlation_difference(x: ArrayLike, y: ArrayLike, z: ArrayLike, *, term: str, level: float) -> Result:
    """r(x, y) - r(x, z) with Zou's interval and Williams's test, on the units where all three are known."""
    first, second, third = complete_cases(x, y, z)
    for other in (second, third):
        if reason := unable(first, other, term):
            return reason
    n = len(first)
    r_xy, r_xz, r_yz = correlation(first, second), correlation(first, third), correlation(second, third)
    if max(abs(r_xy), abs(r_xz), abs(r_yz)) >= 1 - 1e-12:
        return NotEstimable(term=term, reason="linkage.perfect")
    low, high = zou_interval(r_xy, r_xz, r_yz, n, level)
    statistic, df = williams_t(r_xy, r_xz, r_yz, n)
    return Estimate(
        term=term,
        estimate=r_xy - r_xz,
        statistic=statistic,
        df=float(df),
        p_value=t_p_value(statistic, df),
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_units=n,
        method="linkage.zou",
    )
