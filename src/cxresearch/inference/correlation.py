"""Correlations of two series over units, with intervals."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cxresearch.inference.bootstrap import bootstrap
from cxresearch.inference.complete_cases import as_columns, complete_cases, is_constant
from cxresearch.inference.wald import t_p_value, t_quantile
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

FEWEST_UNITS = 4
"""Fisher's z has the standard error 1 / sqrt(n - 3), so that an interval needs four units."""


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's r of two complete series (N,), kept within -1..1."""
    first, second = x - x.mean(), y - y.mean()
    r = float(first @ second / math.sqrt(float(first @ first) * float(second @ second)))
    return min(1.0, max(-1.0, r))


def fisher_interval(r: float, std_error_z: float, level: float) -> tuple[float, float]:
    """Interval of a correlation: tanh(atanh r -+ z * std_error_z). A perfect correlation has the interval r..r."""
    if abs(r) >= 1:
        return r, r
    half = t_quantile(level, math.inf) * std_error_z
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def unable(x: Floats, y: Floats, term: str, needed: int = FEWEST_UNITS) -> NotEstimable | None:
    """Why the series carry no correlation, or None."""
    if len(x) < needed:
        return NotEstimable(term=term, reason="linkage.too_few_units", details={"count": len(x), "needed": needed})
    if is_constant(x) or is_constant(y):
        return NotEstimable(term=term, reason="linkage.constant")
    return None


def _correlated(
    r: float, n: int, n_controlled: int, std_error_z: float, term: str, level: float, method: str
) -> Result:
    df = n - 2 - n_controlled
    low, high = fisher_interval(r, std_error_z, level)
    std_error = math.sqrt(max(0.0, 1 - r * r) / df)
    perfect = abs(r) >= 1 or std_error == 0
    statistic = None if perfect else r / std_error
    return Estimate(
        term=term,
        estimate=r,
        std_error=std_error,
        statistic=statistic,
        df=float(df),
        p_value=0.0 if statistic is None else t_p_value(statistic, df),
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_units=n,
        method=method,
        health=("linkage.perfect_correlation",) if perfect else (),
    )


def pearson(x: ArrayLike, y: ArrayLike, *, term: str, level: float) -> Result:
    """Pearson's r with Fisher's interval and the t test, as R's `cor.test`.

    Pairs with a missing value are left out; `n_units` counts the pairs. `std_error` is that of the t test,
    sqrt((1 - r^2) / (n - 2)); the interval is tanh(atanh r -+ z / sqrt(n - 3)).
    """
    first, second = complete_cases(x, y)
    if reason := unable(first, second, term):
        return reason
    n = len(first)
    r = correlation(first, second)
    return _correlated(r, n, 0, 1 / math.sqrt(n - 3), term, level, "linkage.pearson_fisher")


def mid_ranks(values: Floats) -> Floats:
    """Ranks 1..N (N,) with mid-ranks for ties; values closer than 1e-10 of the range are tied.

    Means of the same answers can differ in their last bits by the order of summation, which must not order units.
    """
    order = np.argsort(values, kind="stable")
    gaps = np.diff(values[order])
    group = np.concatenate([[0], np.cumsum(gaps > 1e-10 * np.ptp(values))])
    tied = np.empty(len(values), dtype=np.int64)
    tied[order] = group
    return np.asarray(stats.rankdata(tied), dtype=np.float64)


def spearman(x: ArrayLike, y: ArrayLike, *, term: str, level: float) -> Result:
    """Spearman's rank correlation (mid-ranks for ties) with the interval of Bonett and Wright (2000).

    The interval is tanh(atanh rho -+ z * sqrt((1 + rho^2 / 2) / (n - 3))); p is of the t approximation.
    """
    first, second = complete_cases(x, y)
    if reason := unable(first, second, term):
        return reason
    n = len(first)
    rho = correlation(mid_ranks(first), mid_ranks(second))
    std_error_z = math.sqrt((1 + rho * rho / 2) / (n - 3))
    return _correlated(rho, n, 0, std_error_z, term, level, "linkage.spearman_bonett_wright")


def partial_correlation(x: ArrayLike, y: ArrayLike, controls: ArrayLike, *, term: str, level: float) -> Result:
    """Correlation of x and y (N,) given K `controls` (N, K): Fisher's interval with n - K - 3, t with n - K - 2."""
    first, second, given = complete_cases(x, y, controls)
    n = len(first)
    design = np.column_stack([np.ones(n), as_columns(given)])
    n_controlled = design.shape[1] - 1
    if reason := unable(first, second, term, FEWEST_UNITS + n_controlled):
        return reason
    basis, _ = np.linalg.qr(design)
    rest_x, rest_y = (series - basis @ (basis.T @ series) for series in (first, second))
    for rest, series in ((rest_x, first), (rest_y, second)):
        if float(rest @ rest) <= 1e-20 * float((series - series.mean()) @ (series - series.mean())):
            return NotEstimable(term=term, reason="linkage.collinear")
    r = correlation(rest_x, rest_y)
    return _correlated(r, n, n_controlled, 1 / math.sqrt(n - 3 - n_controlled), term, level, "linkage.partial_fisher")


def weighted_correlations(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Weighted Pearson correlations of x and y (N,), one for each row of `weights` (B, N); NaN without spread."""
    shift_x, shift_y = x - x.mean(), y - y.mean()
    total = weights.sum(axis=1)
    mean_x, mean_y = weights @ shift_x / total, weights @ shift_y / total
    var_x = weights @ shift_x**2 / total - mean_x**2
    var_y = weights @ shift_y**2 / total - mean_y**2
    cov = weights @ (shift_x * shift_y) / total - mean_x * mean_y
    flat = (var_x <= 1e-14 * shift_x.var()) | (var_y <= 1e-14 * shift_y.var())
    product = np.where(flat, 1.0, var_x * var_y)
    return np.where(flat, np.nan, np.clip(cov / np.sqrt(product), -1, 1))


def weighted_correlation(
    x: ArrayLike,
    y: ArrayLike,
    weights: ArrayLike,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_draws: int = 2000,
) -> Result:
    """Pearson's r with a weight for each unit, as R's `cov.wt(cor = TRUE)`; BCa interval from a bootstrap of units."""
    first, second, weight = complete_cases(x, y, weights)
    counted = weight > 0
    first, second, weight = first[counted], second[counted], weight[counted]
    if reason := unable(first, second, term):
        return reason

    def statistic(counts: Floats) -> Floats:
        return weighted_correlations(first, second, counts * weight)

    return bootstrap(
        statistic, len(first), term=term, level=level, rng=rng, n_draws=n_draws, method="linkage.weighted_bootstrap"
    )
