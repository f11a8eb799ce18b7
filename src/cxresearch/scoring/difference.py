"""The difference of one metric between two groups or waves, with the error of the difference."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy import stats

from cxresearch.inference.clusters.cluster_mean import between_variance, cluster_mean, few_units, influence
from cxresearch.moments import ScoreMoments
from cxresearch.scoring.metrics import Metric, simple_error
from cxresearch.scoring.proportions import share_counts, trinomial_counts
from cxresearch.statistic import Estimate, NotEstimable, Result

SPARSE = 5
"""A cell with fewer respondents makes the normal approximation of a difference of shares unsafe."""

Units = Literal["separate", "shared"]


def difference(
    first: ScoreMoments,
    second: ScoreMoments,
    metric: Metric,
    *,
    term: str,
    units: Units = "separate",
    level: float = 0.95,
) -> Result:
    """First minus second, in the metric's points.

    Parameters
    ----------
    first, second : moments of the metric's scores by unit. One group each = units unknown.
    units : `shared` when both have the same units in the same order (two waves, two segments within units): the
        error then accounts for what the units have in common. `separate` when no unit is in both.

    Returns
    -------
    With units known, a t interval whose error is taken between units (shared: J - 1 df; separate: the root of the
    summed squares, Welch-Satterthwaite df). Without: Welch's t for means; for NPS and shares the Wald z, and where a
    cell has fewer than 5 respondents the interval recovered from both groups' own intervals (Newcombe 1998; Zou and
    Donner 2008), without a p value.

    Raises
    ------
    ValueError
        If shared units do not match in number.
    """
    if units == "shared" and len(first.n) != len(second.n):
        raise ValueError(f"shared units come in the same order in both, got {len(first.n)} and {len(second.n)}")
    empty = [moments for moments in (first, second) if moments.total()[0] == 0]
    if empty:
        return NotEstimable(term=term, reason="scoring.no_answers")
    if units == "shared" and len(first.n) > 1:
        return _shared(first, second, term, level)
    parts = [cluster_mean(moments, term=term) for moments in (first, second)]
    clustered = [part for part in parts if isinstance(part, Estimate) and part.std_error]
    if len(clustered) == 2:
        return _separate(clustered[0], clustered[1], term, level)
    if metric.simple == "mean_t":
        return _welch(first, second, term, level)
    return _shares(first, second, metric, term, level)


def detectable_difference(result: Result, *, term: str, power: float = 0.80) -> Result:
    """The smallest true difference that a study with this error would detect with the given probability.

    (t_{1 - alpha/2} + t_{power}) times the standard error of the difference, alpha = 1 - its confidence level.
    """
    if isinstance(result, NotEstimable):
        return result.named(term)
    if not result.std_error:
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": result.n_respondents or 0})
    df = result.df if result.df is not None else math.inf
    level = result.conf_level or 0.95
    reach = float(stats.t.ppf((1 + level) / 2, df) + stats.t.ppf(power, df))
    return Estimate(
        term=term,
        estimate=reach * result.std_error,
        n_units=result.n_units,
        n_respondents=result.n_respondents,
        method="measurement.detectable_difference",
    )


def _result(
    term: str,
    estimate: float,
    error: float,
    df: float,
    level: float,
    n_respondents: int,
    n_units: int | None,
    method: str,
) -> Result:
    if error == 0:
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n_respondents})
    statistic = estimate / error
    reach = float(stats.t.ppf((1 + level) / 2, df)) * error
    return Estimate(
        term=term,
        estimate=estimate,
        std_error=error,
        statistic=statistic,
        df=df,
        p_value=float(2 * stats.t.sf(abs(statistic), df)),
        conf_low=estimate - reach,
        conf_high=estimate + reach,
        conf_level=level,
        n_units=n_units,
        n_respondents=n_respondents,
        method=f"measurement.{method}",
        health=() if n_units is None else few_units(n_units),
    )


def _shared(first: ScoreMoments, second: ScoreMoments, term: str, level: float) -> Result:
    present = (first.n + second.n) > 0
    pulls = (influence(first) - influence(second))[present]
    if len(pulls) < 2:
        return NotEstimable(term=term, reason="measurement.too_few_units", details={"units": len(pulls), "needed": 2})
    (n_first, mean_first, _), (n_second, mean_second, _) = first.total(), second.total()
    error = math.sqrt(between_variance(pulls))
    n_total, df = n_first + n_second, float(len(pulls) - 1)
    return _result(term, mean_first - mean_second, error, df, level, n_total, len(pulls), "difference_shared_units")


def _satterthwaite(parts: tuple[tuple[float, float], tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of two variances, from (standard error, df) of each."""
    total = sum(error**2 for error, _ in parts)
    return float(total**2 / sum(error**4 / df for error, df in parts))


def _separate(first: Estimate, second: Estimate, term: str, level: float) -> Result:
    one, two = first.std_error or 0.0, second.std_error or 0.0
    df = _satterthwaite(((one, first.df or 1.0), (two, second.df or 1.0)))
    n_total = (first.n_respondents or 0) + (second.n_respondents or 0)
    n_units = (first.n_units or 0) + (second.n_units or 0)
    estimate = first.estimate - second.estimate
    return _result(term, estimate, math.hypot(one, two), df, level, n_total, n_units, "difference_separate_units")


def _welch(first: ScoreMoments, second: ScoreMoments, term: str, level: float) -> Result:
    (n_first, mean_first, ss_first), (n_second, mean_second, ss_second) = first.total(), second.total()
    if min(n_first, n_second) < 2:
        details = {"n": min(n_first, n_second), "needed": 2}
        return NotEstimable(term=term, reason="scoring.too_few_answers", details=details)
    if ss_first + ss_second == 0:
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n_first + n_second})
    one, two = simple_error(first, "mean_t"), simple_error(second, "mean_t")
    df = _satterthwaite(((one, n_first - 1.0), (two, n_second - 1.0)))
    error = math.hypot(one, two)
    return _result(term, mean_first - mean_second, error, df, level, n_first + n_second, None, "difference_welch")


def _sparse(metric: Metric, moments: ScoreMoments) -> bool:
    if metric.name == "nps":
        return min(trinomial_counts(moments)) < SPARSE
    reached, n = share_counts(moments)
    return min(reached, n - reached) < SPARSE


def _shares(first: ScoreMoments, second: ScoreMoments, metric: Metric, term: str, level: float) -> Result:
    n_total = first.total()[0] + second.total()[0]
    estimate = first.total()[1] - second.total()[1]
    error = math.hypot(simple_error(first, metric.simple), simple_error(second, metric.simple))
    if not (_sparse(metric, first) or _sparse(metric, second)):
        return _result(term, estimate, error, math.inf, level, n_total, None, "difference_wald")
    one, two = (metric.intervals[metric.simple](moments, level) for moments in (first, second))
    centre_one, centre_two = _centre(metric, first, one), _centre(metric, second, two)
    centre = centre_one - centre_two
    return Estimate(
        term=term,
        estimate=estimate,
        std_error=error,
        conf_low=centre - float(np.hypot(centre_one - one[0], two[1] - centre_two)),
        conf_high=centre + float(np.hypot(one[1] - centre_one, centre_two - two[0])),
        conf_level=level,
        n_respondents=n_total,
        method="measurement.difference_recovered",
        health=("measurement.sparse_cells",),
    )


def _centre(metric: Metric, moments: ScoreMoments, interval: tuple[float, float]) -> float:
    """What an interval's arms start from: the estimate if inside, else the interval's middle (adjusted Wald)."""
    if metric.name == "nps":
        return (interval[0] + interval[1]) / 2
    return moments.total()[1]
