"""Likelihood-profile interval of the standard deviation of units' slopes, as lme4's `confint` gives it.

The profile is that of the full likelihood. The random covariance is written in directions of which the first is the
slope, so that its standard deviation is one entry of the factor and everything else is free.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import optimize, stats

from cxresearch.inference.mixed.slope_criterion import covariance_gradient, criterion, solve
from cxresearch.inference.mixed.slope_optimum import LARGEST, best_factor
from cxresearch.inference.mixed.unit_grams import UnitGrams
from cxresearch.inference.mixed.unit_spans import UnitSpans, unit_spans
from cxresearch.moments import Floats

_FAR = 40
_WIDE = 12.0
"""Logarithms of sigma2 that lie farther than this from its estimate are a line search going astray."""
_CLOSE = 1e-7


class _Profile:
    """Deviance at a standard deviation of the slope, with the rest at its best.

    The search starts where the last one ended, and from there with the slope's correlations turned round: there may be
    an optimum on either side.
    """

    def __init__(self, spans: UnitSpans, row: Floats) -> None:
        self._spans = spans
        self._length = float(np.linalg.norm(row)) * spans.outcome_scale
        size = len(row)
        self._turn = np.linalg.qr(np.column_stack([row, np.eye(size)]))[0][:, :size]
        self._free = np.tril_indices(size)
        self._free = (self._free[0][1:], self._free[1][1:])
        self._mirror = np.append(np.where(self._free[1] == 0, -1.0, 1.0), 1.0)
        factor = best_factor(spans, reml=False)
        shown = factor if factor.shape[1] else np.zeros((size, 1))
        self.least, _ = criterion(spans, shown, reml=False)
        sigma = math.sqrt(float(solve(spans, shown).rss) / spans.n_rows)
        self.top = float(np.linalg.norm(row @ factor)) * spans.outcome_scale * sigma
        self.unit = self._length * sigma
        wide = np.column_stack([self._turn.T @ factor, np.zeros((size, size - factor.shape[1]))])
        lower = np.linalg.qr(wide.T)[1].T
        self._centre = 2 * math.log(sigma)
        self._best = np.append(lower[self._free], self._centre)
        self._known = {self.top: self.least}
        self.restart()

    def restart(self) -> None:
        """Start the next search from the optimum."""
        self._start = self._best

    def __call__(self, sd: float) -> float:
        if sd not in self._known:
            self._known[sd] = self._searched(sd)
        return self._known[sd]

    def _searched(self, sd: float) -> float:
        per_row = 1 / self._spans.n_rows

        def objective(free: Floats) -> tuple[float, Floats]:
            value, slope = self._deviance(sd, free)
            return value * per_row, slope * per_row

        searches = [
            optimize.minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-8})
            for start in (self._start, self._start * self._mirror)
        ]
        found = min(searches, key=lambda search: float(search.fun))
        self._start = found.x
        return float(found.fun) / per_row

    def _deviance(self, sd: float, free: Floats) -> tuple[float, Floats]:
        sigma2 = math.exp(min(max(free[-1], self._centre - _WIDE), self._centre + _WIDE))
        lower = np.zeros((len(self._turn), len(self._turn)))
        lower[self._free] = np.clip(free[:-1], -LARGEST, LARGEST)
        lower[0, 0] = sd / (self._length * math.sqrt(sigma2))
        factor = self._turn @ lower
        at = solve(self._spans, factor)
        rows = self._spans.n_rows
        value = rows * (math.log(2 * math.pi * sigma2) + 2 * math.log(self._spans.outcome_scale)) + at.rss / sigma2
        by_lower = 2 * self._turn.T @ covariance_gradient(at, sigma2, reml=False) @ factor
        by_log = rows - at.rss / sigma2 - by_lower[0, 0] * lower[0, 0] / 2
        return float(value + np.linalg.slogdet(at.k)[1].sum()), np.concatenate([by_lower[self._free], [by_log]])


def slope_sd_interval(
    moments: UnitGrams, slopes: Sequence[int], which: int, level: float
) -> tuple[float, float] | None:
    """Interval of the standard deviation of the slopes of predictor `which`; the lower end is 0 where 0 is compatible.

    The upper end may be infinite. None where the model is not identified.
    """
    spans = unit_spans(moments, slopes)
    if spans is None:
        return None
    profile = _Profile(spans, np.asarray(spans.random[1 + list(slopes).index(which)]))
    cut = profile.least + float(stats.chi2.ppf(level, 1))

    high = _end(profile, cut, [profile.top + max(profile.top / 4, 0.05 * profile.unit) * 2.0**k for k in range(_FAR)])
    if profile.top == 0 or profile(0.0) <= cut:
        return 0.0, high
    return _end(profile, cut, [*(profile.top * 0.5**k for k in range(1, _FAR)), 0.0]), high


def _end(profile: _Profile, cut: float, places: Sequence[float]) -> float:
    """Where the profile, below `cut` at its top, first passes it on the way through `places`; infinite if nowhere."""
    inner = profile.top
    profile.restart()
    for outer in places:
        if profile(outer) > cut:
            close = _CLOSE * max(outer, inner)
            return float(optimize.brentq(lambda sd: profile(sd) - cut, inner, outer, xtol=close))
        inner = outer
    return math.inf
