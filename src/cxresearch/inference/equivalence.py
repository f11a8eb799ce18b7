"""Equivalence: is the connection so small that it does not matter? Two one-sided tests (Lakens 2017)."""

from __future__ import annotations

import math

from scipy import stats

from cxresearch.inference.correlation import fisher_interval
from cxresearch.inference.wald import t_quantile
from cxresearch.statistic import Estimate, NotEstimable, Result


def _check_bound(bound: float) -> None:
    if not bound > 0:
        raise ValueError(f"the smallest effect of interest is above zero, got {bound!r}")


def tost_correlation(r: float, n_units: int, bound: float, *, term: str, level: float) -> Result:
    """Whether a correlation lies within -bound..bound, by two one-sided tests on Fisher's z.

    `p_value` is the larger of the two; the interval has the level 2 * level - 1 (90 % where `level` is 95 %), so that
    it lies within the bounds exactly when p < 1 - level.

    Raises
    ------
    ValueError
        If `bound` is not between 0 and 1.
    """
    _check_bound(bound)
    if n_units < 4:
        return NotEstimable(term=term, reason="linkage.too_few_units", details={"count": n_units, "needed": 4})
    if abs(r) >= 1:
        return NotEstimable(term=term, reason="linkage.perfect")
    std_error = 1 / math.sqrt(n_units - 3)
    above = (math.atanh(r) + math.atanh(bound)) / std_error
    below = (math.atanh(r) - math.atanh(bound)) / std_error
    low, high = fisher_interval(r, std_error, 2 * level - 1)
    return Estimate(
        term=term,
        estimate=r,
        statistic=min(above, -below),
        p_value=max(float(stats.norm.sf(above)), float(stats.norm.cdf(below))),
        conf_low=low,
        conf_high=high,
        conf_level=round(2 * level - 1, 12),
        n_units=n_units,
        method="linkage.tost_fisher",
    )


def tost_estimate(estimate: Estimate, bound: float, *, term: str, level: float) -> Result:
    """Whether an estimate with a standard error lies within -bound..bound, by two one-sided t tests."""
    _check_bound(bound)
    if not estimate.std_error or estimate.df is None:
        return NotEstimable(term=term, reason="linkage.no_standard_error")
    distribution = stats.norm() if math.isinf(estimate.df) else stats.t(estimate.df)
    above = (estimate.estimate + bound) / estimate.std_error
    below = (estimate.estimate - bound) / estimate.std_error
    half = t_quantile(2 * level - 1, estimate.df) * estimate.std_error
    return Estimate(
        term=term,
        estimate=estimate.estimate,
        std_error=estimate.std_error,
        statistic=min(above, -below),
        df=estimate.df,
        p_value=max(float(distribution.sf(above)), float(distribution.cdf(below))),
        conf_low=estimate.estimate - half,
        conf_high=estimate.estimate + half,
        conf_level=round(2 * level - 1, 12),
        n_units=estimate.n_units,
        method="linkage.tost_t",
    )
