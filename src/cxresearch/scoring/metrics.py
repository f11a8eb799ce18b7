"""Customer metrics: what each makes of one answer, and its intervals for the average over respondents.

A metric turns a respondent's value into a score; the metric of a group is the mean of its scores. Scores of the Net
Promoter Score are -100, 0, 100 and of the top-box share 0, 100, so that every metric is a mean in its own points and
every method that works on means works on all of them. A new metric is one entry of `METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cxresearch.inference.clusters.cluster_mean import cluster_mean, design_effect
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.scoring import proportions
from cxresearch.statistic import Estimate, NotEstimable, Result

SampleInterval = Callable[[ScoreMoments, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Metric:
    """One way of turning answers into a customer score.

    Attributes
    ----------
    name : key in `METRICS`.
    transform : values (N,) and the declared top-box values -> scores (N,); NaN stays NaN.
    intervals : name -> interval of the mean score for a simple random sample; code of the method
        is `measurement.<name>`.
    simple : the interval used where respondents are not known to come in units.
    bounds : lowest and highest mean score possible; infinite where the codebook decides.
    direction : `higher` is better, or the codebook has `declared` it (effort may be asked either way).
    """

    name: str
    transform: Callable[[Floats, Sequence[float]], Floats]
    intervals: Mapping[str, SampleInterval]
    simple: str
    bounds: tuple[float, float]
    direction: Literal["higher", "declared"] = "higher"

    def scores(self, values: ArrayLike, top: Sequence[float] = ()) -> Floats:
        """Scores of respondents' values, or of the values of response options.

        Raises
        ------
        ValueError
            If a Net Promoter answer is not a whole number 0..10, or a top-box share has no `top` values.
        """
        return self.transform(np.asarray(values, dtype=np.float64), top)


def _as_is(values: Floats, top: Sequence[float]) -> Floats:
    return values


def _promoter(values: Floats, top: Sequence[float]) -> Floats:
    known = values[~np.isnan(values)]
    if ((known < 0) | (known > 10) | (known != np.round(known))).any():
        raise ValueError("likelihood to recommend is a whole number from 0 to 10")
    score = np.where(values >= 9, 100.0, np.where(values >= 7, 0.0, -100.0))
    return np.where(np.isnan(values), np.nan, score)


def _top_box(values: Floats, top: Sequence[float]) -> Floats:
    if len(top) == 0:
        raise ValueError("a top-box share needs the values that count as the top")
    return np.where(np.isnan(values), np.nan, np.where(np.isin(values, list(top)), 100.0, 0.0))


def _trinomial(function: Callable[[float, float, float, float], tuple[float, float]]) -> SampleInterval:
    return lambda moments, level: function(*proportions.trinomial_counts(moments), level)


def _binomial(function: Callable[[float, float, float], tuple[float, float]]) -> SampleInterval:
    return lambda moments, level: function(*proportions.share_counts(moments), level)


def _mean_t(moments: ScoreMoments, level: float) -> tuple[float, float]:
    n, mean, ss = moments.total()
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * np.sqrt(ss / (n - 1) / n)
    return mean - reach, mean + reach


_MEAN: Mapping[str, SampleInterval] = {"mean_t": _mean_t}
_INFINITE = (-np.inf, np.inf)
METRICS: dict[str, Metric] = {
    "mean": Metric("mean", _as_is, _MEAN, "mean_t", _INFINITE),
    "nps": Metric(
        "nps",
        _promoter,
        {
            "nps_wald": _trinomial(proportions.nps_wald),
            "nps_adjusted_wald": _trinomial(proportions.nps_adjusted_wald),
            "nps_trinomial_t": _trinomial(proportions.nps_trinomial_t),
            "nps_profile": _trinomial(proportions.nps_profile),
        },
        "nps_adjusted_wald",
        (-100.0, 100.0),
    ),
    "csat": Metric(
        "csat",
        _top_box,
        {
            "share_wilson": _binomial(proportions.share_wilson),
            "share_clopper_pearson": _binomial(proportions.share_clopper_pearson),
        },
        "share_wilson",
        (0.0, 100.0),
    ),
    "ces": Metric("ces", _as_is, _MEAN, "mean_t", _INFINITE, "declared"),
}
"""The customer metrics by name: mean, Net Promoter Score, top-box share, customer effort."""

_NEEDS_TWO = ("mean_t", "nps_trinomial_t")


def simple_error(moments: ScoreMoments, interval: str) -> float:
    """Standard error s / sqrt(n) of the mean score in a simple random sample: s with divisor n - 1 for intervals by
    Student's t and n for scores of a few values (a binomial or trinomial variance).
    """
    n, _, ss = moments.total()
    divisor = n - 1 if interval in _NEEDS_TWO else n
    return float(np.sqrt(ss / divisor / n))


def sample_interval(
    metric: Metric, moments: ScoreMoments, *, term: str, interval: str = "", level: float = 0.95
) -> Result:
    """The metric with one of its simple-random-sample intervals (`metric.simple` unless named).

    Returns
    -------
    Estimate, or `scoring.no_answers`, or `scoring.too_few_answers` where a variance needs two answers.
    """
    name = interval or metric.simple
    n, mean, ss = moments.total()
    if n == 0:
        return NotEstimable(term=term, reason="scoring.no_answers")
    if n < 2 and name in _NEEDS_TWO:
        return NotEstimable(term=term, reason="scoring.too_few_answers", details={"n": n, "needed": 2})
    low, high = metric.intervals[name](moments, level)
    return Estimate(
        term=term,
        estimate=mean,
        std_error=simple_error(moments, name),
        df=float(n - 1) if name in _NEEDS_TWO else None,
        conf_low=float(low),
        conf_high=float(high),
        conf_level=level,
        n_respondents=n,
        method=f"measurement.{name}",
        health=_health(metric, float(low), float(high), ss),
    )


def _health(metric: Metric, low: float, high: float, ss: float) -> tuple[str, ...]:
    beyond = low < metric.bounds[0] - 1e-9 or high > metric.bounds[1] + 1e-9
    return (("measurement.beyond_scale",) if beyond else ()) + (("measurement.no_variation",) if ss == 0 else ())


def metric_estimate(metric: Metric, moments: ScoreMoments, *, term: str, level: float = 0.95) -> Result:
    """The metric with the interval it is reported with.

    The interval respects units wherever at least two are known (a group of `moments` is a unit) and they differ;
    else it is the adjusted Wald interval (NPS), Wilson's (share) or Student's (mean).

    Parameters
    ----------
    moments : of the metric's scores, by unit. One group = units unknown, or one unit.
    """
    clustered = cluster_mean(moments, term=term, level=level)
    if isinstance(clustered, NotEstimable) or not clustered.std_error:
        return sample_interval(metric, moments, term=term, level=level)
    low, high = clustered.conf_low or 0.0, clustered.conf_high or 0.0
    return replace(clustered, health=clustered.health + _health(metric, low, high, 1.0))


def metric_results(metric: Metric, moments: ScoreMoments, *, term: str, level: float = 0.95) -> tuple[Result, ...]:
    """The reported estimate (`term`), every interval (`term.<interval>`), the clustered one and the design effect."""
    samples = [
        sample_interval(metric, moments, term=f"{term}.{name}", interval=name, level=level) for name in metric.intervals
    ]
    return (
        metric_estimate(metric, moments, term=term, level=level),
        *samples,
        cluster_mean(moments, term=f"{term}.cluster_mean", level=level),
        design_effect(moments, term=f"{term}.design_effect"),
    )
