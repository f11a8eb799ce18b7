"""Bootstrap of units: every draw is a row of counts, how often each unit was drawn, so that moments do the rest."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy import stats

from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

Statistic = Callable[[Floats], Floats]
"""From counts (B, J), how often each unit is in each draw, to the statistic of each draw (B,); NaN where undefined."""

_FEWEST_DRAWS = 0.9
_CELLS = 4_000_000


def draw_counts(rng: np.random.Generator, n_units: int, n_draws: int) -> Floats:
    """Counts (n_draws, n_units) of simple random draws of `n_units` units with replacement."""
    drawn = rng.integers(n_units, size=(n_draws, n_units))
    flat = drawn + np.arange(n_draws)[:, None] * n_units
    counts = np.bincount(flat.ravel(), minlength=n_draws * n_units)
    return counts.reshape(n_draws, n_units).astype(np.float64)


def bootstrap_draws(statistic: Statistic, n_units: int, rng: np.random.Generator, n_draws: int) -> Floats:
    """The statistic in `n_draws` bootstrap draws (n_draws,), computed in blocks of bounded memory."""
    block = max(1, _CELLS // n_units)
    sizes = [min(block, n_draws - start) for start in range(0, n_draws, block)]
    return np.concatenate([statistic(draw_counts(rng, n_units, size)) for size in sizes])


def leave_one_out(statistic: Statistic, n_units: int) -> Floats:
    """The statistic without each unit in turn (n_units,)."""
    block = max(1, _CELLS // n_units)
    parts = []
    for start in range(0, n_units, block):
        rows = np.arange(start, min(start + block, n_units))
        counts = np.ones((len(rows), n_units))
        counts[np.arange(len(rows)), rows] = 0
        parts.append(statistic(counts))
    return np.concatenate(parts)


def percentile_interval(draws: Floats, level: float) -> tuple[float, float]:
    """The middle `level` of the draws."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bca_interval(draws: Floats, estimate: float, jackknife: Floats, level: float) -> tuple[float, float]:
    """Bias-corrected and accelerated interval (Efron 1987).

    `draws` (B,) are the bootstrap draws and `jackknife` (J,) the statistic without each unit in turn. Where all draws
    lie on one side of the estimate the correction is undefined, and the percentile interval is returned.
    """
    below = float(np.mean((draws < estimate) + 0.5 * (draws == estimate)))
    deviation = jackknife.mean() - jackknife
    spread = float((deviation**2).sum()) ** 1.5
    if not 0 < below < 1 or spread == 0:
        return percentile_interval(draws, level)
    bias = float(stats.norm.ppf(below))
    acceleration = float((deviation**3).sum()) / (6 * spread)
    shares = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        z = bias + float(stats.norm.ppf(tail))
        shares.append(float(stats.norm.cdf(bias + z / (1 - acceleration * z))))
    low, high = np.quantile(draws, shares)
    return float(low), float(high)


def bootstrap(
    statistic: Statistic,
    n_units: int,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_draws: int = 2000,
    interval: Literal["bca", "percentile"] = "bca",
    method: str = "linkage.unit_bootstrap",
) -> Result:
    """A statistic of units with its bootstrap standard error and interval.

    Draws in which the statistic is undefined are left out and flagged `linkage.draws_dropped`; when more than a tenth
    of the draws, or the statistic without some unit, is undefined, there is no result.
    """
    estimate = float(statistic(np.ones((1, n_units)))[0])
    draws = bootstrap_draws(statistic, n_units, rng, n_draws)
    jackknife = leave_one_out(statistic, n_units)
    known = draws[np.isfinite(draws)]
    if not math.isfinite(estimate) or len(known) < _FEWEST_DRAWS * n_draws or not np.isfinite(jackknife).all():
        return NotEstimable(term=term, reason="linkage.bootstrap_undefined")
    if interval == "bca":
        low, high = bca_interval(known, estimate, jackknife, level)
    else:
        low, high = percentile_interval(known, level)
    return Estimate(
        term=term,
        estimate=estimate,
        std_error=float(known.std(ddof=1)),
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_units=n_units,
        method=method,
        health=("linkage.draws_dropped",) if len(known) < n_draws else (),
    )
