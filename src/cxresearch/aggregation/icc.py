"""Is there a unit level? Intraclass correlations with F-based intervals, from per-unit moments.

ICC(1) is the share of a single answer's variance that lies between units; ICC(2) is the reliability of the unit means.
A negative ICC(1) - units more alike than chance - is a result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy import stats

from cxresearch.aggregation.variance import Components, OneWay, one_way, variance_components
from cxresearch.moments import ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

Size = Literal["n0", "mean"]
_ROUNDING = 1e-12
"""Unit means that differ by less than this, relative to people within units, are equal: the rest is arithmetic."""


def _table(moments: ScoreMoments, term: str) -> OneWay | NotEstimable:
    units = moments.answered()
    if len(units.n) < 2:
        return NotEstimable(term=term, reason="aggregation.too_few_units", details={"units": len(units.n), "needed": 2})
    table = one_way(moments)
    if table is None:
        return NotEstimable(term=term, reason="aggregation.no_replication", details={"units": len(units.n)})
    scale = max(float(np.abs(units.mean).max()), 1.0) ** 2
    if table.ms_within <= 1e-24 * scale:
        return NotEstimable(term=term, reason="aggregation.no_within_variance", details={"units": len(units.n)})
    return table


def _estimate(term: str, value: float, limits: tuple[float, float], level: float, table: OneWay, method: str) -> Result:
    return Estimate(
        term=term,
        estimate=value,
        conf_low=limits[0],
        conf_high=limits[1],
        conf_level=level,
        n_units=table.n_units,
        n_respondents=table.n_respondents,
        method=f"measurement.{method}",
        health=("measurement.negative_icc",) if value < 0 else (),
    )


def _limits(table: OneWay, level: float, of_ratio: Callable[[float], float]) -> tuple[float, float]:
    """A function of the ratio of population to sampled F, at the ends of the interval of F."""
    ratio = table.ms_between / table.ms_within
    upper, lower = stats.f.ppf([(1 + level) / 2, (1 - level) / 2], *table.df)
    return of_ratio(ratio / float(upper)), of_ratio(ratio / float(lower))


def anova_f(moments: ScoreMoments, *, term: str) -> Result:
    """The ratio MSB / MSW with its F test that no variance lies between units."""
    table = _table(moments, term)
    if isinstance(table, NotEstimable):
        return table
    ratio = table.ms_between / table.ms_within
    return Estimate(
        term=term,
        estimate=ratio,
        statistic=ratio,
        df=float(table.df[1]),
        p_value=float(stats.f.sf(ratio, *table.df)),
        n_units=table.n_units,
        n_respondents=table.n_respondents,
        method="measurement.anova_f",
    )


def icc1(moments: ScoreMoments, *, term: str, size: Size = "n0", level: float = 0.95) -> Result:
    """ICC(1) = (MSB - MSW) / (MSB + (n - 1) MSW).

    Parameters
    ----------
    moments : of the score by unit.
    size : n is `n0`, right for units of unequal size, or the `mean` size (Bliese's R package). The interval puts the
        limits of F = MSB / MSW into (F - 1) / (F - 1 + n); it is exact when units are equally large.
    """
    table = _table(moments, term)
    if isinstance(table, NotEstimable):
        return table
    n = table.n0 if size == "n0" else table.mean_size

    def of_ratio(ratio: float) -> float:
        return (ratio - 1) / (ratio - 1 + n)

    value = of_ratio(table.ms_between / table.ms_within)
    return _estimate(term, value, _limits(table, level, of_ratio), level, table, f"icc1_{size}")


def icc2(moments: ScoreMoments, *, term: str, level: float = 0.95) -> Result:
    """ICC(2) = (MSB - MSW) / MSB, the reliability of unit means: ICC(1) stepped up to the n it was computed with."""
    table = _table(moments, term)
    if isinstance(table, NotEstimable):
        return table
    if table.ms_between <= _ROUNDING * table.ms_within:
        return NotEstimable(term=term, reason="aggregation.no_between_variance", details={"units": table.n_units})

    def of_ratio(ratio: float) -> float:
        return 1 - 1 / ratio

    value = of_ratio(table.ms_between / table.ms_within)
    return _estimate(term, value, _limits(table, level, of_ratio), level, table, "icc2")


def _from_components(
    moments: ScoreMoments, term: str, components: Components, value: Callable[[float, float], float], method: str
) -> Result:
    table = _table(moments, term)
    if isinstance(table, NotEstimable):
        return table
    parts = variance_components(moments, components)
    if parts is None:
        return NotEstimable(term=term, reason="aggregation.no_within_variance", details={"units": table.n_units})
    return Estimate(
        term=term,
        estimate=value(*parts),
        n_units=table.n_units,
        n_respondents=table.n_respondents,
        method=f"measurement.{method}_{components}",
        health=("measurement.no_unit_variance",) if parts[0] == 0 else (),
    )


def icc_of_components(moments: ScoreMoments, *, term: str, components: Components = "reml") -> Result:
    """ICC = tau2 / (tau2 + sigma2), never negative."""
    return _from_components(moments, term, components, lambda tau2, sigma2: tau2 / (tau2 + sigma2), "icc")


def mean_reliability(moments: ScoreMoments, *, term: str, components: Components = "reml") -> Result:
    """The average over units of tau2 / (tau2 + sigma2 / n_j): what ICC(2) is when units differ in size."""
    n = moments.answered().n

    def average(tau2: float, sigma2: float) -> float:
        return float(np.mean(tau2 / (tau2 + sigma2 / n)))

    return _from_components(moments, term, components, average, "mean_reliability")


def icc_design_effect(moments: ScoreMoments, *, term: str) -> Result:
    """Kish's design effect, 1 + (n - 1) ICC(1), with n = sum n_j^2 / N (the size of the unit a respondent is in)."""
    base = icc1(moments, term=term)
    if isinstance(base, NotEstimable):
        return base
    n = moments.answered().n.astype(np.float64)
    return Estimate(
        term=term,
        estimate=1 + (float(n @ n / n.sum()) - 1) * base.estimate,
        n_units=base.n_units,
        n_respondents=base.n_respondents,
        method="measurement.icc_design_effect",
        health=base.health,
    )


def icc_results(moments: ScoreMoments, *, term: str, level: float = 0.95) -> tuple[Result, ...]:
    """Evidence of a unit level: `<term>.icc1`, `.icc1_mean_n`, `.icc_reml`, `.icc2`, `.reliability`, `.f`, `.deff`."""
    return (
        icc1(moments, term=f"{term}.icc1", level=level),
        icc1(moments, term=f"{term}.icc1_mean_n", size="mean", level=level),
        icc_of_components(moments, term=f"{term}.icc_reml"),
        icc2(moments, term=f"{term}.icc2", level=level),
        mean_reliability(moments, term=f"{term}.reliability"),
        anova_f(moments, term=f"{term}.f"),
        icc_design_effect(moments, term=f"{term}.deff"),
    )
