"""Likelihood-profile intervals of the variances of a random-intercept regression, as lme4's `confint` gives them.

The profile is that of the full likelihood, as in lme4, which refits by maximum likelihood before it profiles.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from cxresearch.inference.mixed.regression_moments import RegressionMoments

Profile = Callable[[float], float]
Interval = tuple[float, float]

_FAR = 60
"""How often the search for an interval's end may double its distance."""


def likelihood_deviance(moments: RegressionMoments, tau2: float, sigma2: float) -> float:
    """-2 log likelihood at the two variances, with the coefficients at their best, without the constant N log 2 pi."""
    spread = sigma2 + moments.n * tau2
    weight = moments.n / spread
    weighted = weight[:, None] * moments.x
    m = moments.within_xx / sigma2 + moments.x.T @ weighted
    beta = np.linalg.solve(m, moments.within_xy / sigma2 + weighted.T @ moments.y)
    within = moments.within_yy - 2 * beta @ moments.within_xy + beta @ moments.within_xx @ beta
    rest = within / sigma2 + weight @ (moments.y - moments.x @ beta) ** 2
    free = moments.n_rows - len(moments.n)
    return float(free * math.log(sigma2) + np.log(spread).sum() + rest)


def _least(deviance: Profile, low: float, high: float) -> float:
    found = optimize.minimize_scalar(deviance, bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    return float(found.fun)


def _end(rise: Profile, start: float, step: float) -> float:
    """Where `rise`, negative at `start`, crosses zero in the direction of `step`."""
    inner, outer = start, start + step
    for _ in range(_FAR):
        if rise(outer) > 0:
            return float(optimize.brentq(rise, min(inner, outer), max(inner, outer), xtol=1e-10))
        inner, outer = outer, outer + (outer - start)
    return math.inf * math.copysign(1, step)


def _interval(profile: Profile, at: float, least: float, level: float) -> Interval:
    """Ends in log variance around the log variance `at`."""
    cut = least + float(stats.chi2.ppf(level, 1))

    def rise(place: float) -> float:
        return profile(place) - cut

    return math.exp(_end(rise, at, -0.25)), math.exp(_end(rise, at, 0.25))


def variance_intervals(
    moments: RegressionMoments, tau2: float, sigma2: float, level: float
) -> tuple[Interval, Interval, Interval]:
    """Profile intervals of tau2, sigma2 and the intraclass correlation tau2 / (tau2 + sigma2).

    `tau2` and `sigma2` are the REML estimates, from which the search starts. The lower ends of tau2 and of the
    correlation are 0 where 0 is compatible with the data.
    """
    total = math.log(tau2 + sigma2)
    low, high = total - 30.0, total + 5.0
    centre = math.log(sigma2)

    def by_tau2(log_tau2: float) -> float:
        return _least(lambda s: likelihood_deviance(moments, math.exp(log_tau2), math.exp(s)), centre - 3, centre + 3)

    def by_sigma2(log_sigma2: float) -> float:
        return _least(lambda t: likelihood_deviance(moments, math.exp(t), math.exp(log_sigma2)), low, high)

    def by_ratio(log_ratio: float) -> float:
        return _least(
            lambda s: likelihood_deviance(moments, math.exp(log_ratio + s), math.exp(s)), centre - 3, centre + 3
        )

    floor = math.exp(low)
    start = math.log(max(tau2, floor))
    best = optimize.minimize_scalar(by_tau2, bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    least = min(float(best.fun), by_tau2(start), by_tau2(low))
    top = float(best.x) if best.fun <= by_tau2(low) else low
    tau = _bounded(by_tau2, top, least, level, low)
    sigma = _interval(by_sigma2, centre, least, level)
    ratio_low, ratio_high = _bounded(by_ratio, top - centre, least, level, low - centre)
    return tau, sigma, (ratio_low / (1 + ratio_low), ratio_high / (1 + ratio_high))


def _bounded(profile: Profile, at: float, least: float, level: float, lowest: float) -> Interval:
    """Interval of a variance whose lower end is 0 where the profile at `lowest`, which stands for 0, allows it."""
    cut = least + float(stats.chi2.ppf(level, 1))

    def rise(place: float) -> float:
        return profile(place) - cut

    low = 0.0
    if rise(lowest) > 0:
        low = math.exp(float(optimize.brentq(rise, lowest, at, xtol=1e-10)))
    return low, math.exp(_end(rise, at, 0.25))
