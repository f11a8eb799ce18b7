"""An estimate with its t statistic, p value and interval from a standard error and degrees of freedom."""

from __future__ import annotations

import math

from scipy import stats

from cxresearch.statistic import Estimate


def t_quantile(level: float, df: float) -> float:
    """Two-sided critical value of Student's t; the normal one when `df` is infinite."""
    tail = (1 - level) / 2
    return float(-stats.norm.ppf(tail) if math.isinf(df) else stats.t.isf(tail, df))


def t_p_value(statistic: float, df: float) -> float:
    """Two-sided p value of a t statistic."""
    size = abs(statistic)
    return float(2 * (stats.norm.sf(size) if math.isinf(df) else stats.t.sf(size, df)))


def wald_estimate(
    estimate: float,
    std_error: float,
    df: float,
    *,
    term: str,
    level: float,
    method: str,
    n_units: int | None = None,
    health: tuple[str, ...] = (),
) -> Estimate:
    """`estimate` +- t * `std_error`; statistic = estimate / std_error.

    A standard error of exactly zero has no statistic; its p value is 0, or 1 where the estimate is zero too.
    """
    half = t_quantile(level, df) * std_error
    statistic = estimate / std_error if std_error > 0 else None
    certain = 1.0 if estimate == 0 else 0.0
    return Estimate(
        term=term,
        estimate=estimate,
        std_error=std_error,
        statistic=statistic,
        df=df,
        p_value=certain if statistic is None else t_p_value(statistic, df),
        conf_low=estimate - half,
        conf_high=estimate + half,
        conf_level=level,
        n_units=n_units,
        method=method,
        health=health,
    )
