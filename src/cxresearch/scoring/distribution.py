"""The shape of a score's distribution: shares at the floor and the ceiling, skewness."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cxresearch.moments import Floats
from cxresearch.scoring.proportions import share_wilson
from cxresearch.statistic import Estimate, NotEstimable, Result


def tally(values: ArrayLike, frequency: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Distinct values (A,) in order and how often each occurs (A,); NaN is left out.

    `frequency` (N,) says how many respondents each value stands for; 1 unless given.
    """
    value = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(value)
    options, place = np.unique(value[known], return_inverse=True)
    weight = None if frequency is None else np.asarray(frequency, dtype=np.float64)[known]
    return options, np.bincount(place, weights=weight, minlength=len(options)).astype(np.float64)


def share_at(options: ArrayLike, counts: ArrayLike, value: float, *, term: str, level: float = 0.95) -> Result:
    """Share (0..1) of respondents who gave exactly `value` - the lowest (floor) or highest (ceiling) option.

    With Wilson's interval. `options` (A,) are values, `counts` (A,) how many chose each.
    """
    option, count = np.asarray(options, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    n, hits = int(count.sum()), int(count[option == value].sum())
    if n == 0:
        return NotEstimable(term=term, reason="scoring.no_answers")
    low, high = share_wilson(hits, n, level)
    return Estimate(
        term=term,
        estimate=hits / n,
        std_error=math.sqrt(hits / n * (1 - hits / n) / n),
        conf_low=low / 100,
        conf_high=high / 100,
        conf_level=level,
        n_respondents=n,
        method="measurement.share_at",
    )


def skewness(options: ArrayLike, counts: ArrayLike, *, term: str, level: float = 0.95) -> Result:
    """Skewness G1, the bias-corrected third standardised moment (SPSS, SAS, Excel), with its normal-theory error.

    Negative = the long tail is on the low side, answers pile up at the top.
    """
    option, count = np.asarray(options, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    n = int(count.sum())
    if n < 3:
        return NotEstimable(term=term, reason="scoring.too_few_answers", details={"n": n, "needed": 3})
    deviation = option - count @ option / n
    variance = float(count @ deviation**2 / n)
    if variance <= 0:
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n})
    skew = float(count @ deviation**3 / n) / variance**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    error = math.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return Estimate(
        term=term,
        estimate=skew,
        std_error=error,
        conf_low=skew - reach,
        conf_high=skew + reach,
        conf_level=level,
        n_respondents=n,
        method="measurement.skewness",
    )
