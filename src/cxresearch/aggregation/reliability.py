"""How reliable each unit's mean is: its share of true variance, given how many answered and of how many."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxresearch.aggregation.variance import Components, variance_components
from cxresearch.moments import Floats, ScoreMoments


def unit_reliability(
    moments: ScoreMoments, n_eligible: ArrayLike | None = None, components: Components = "anova"
) -> Floats:
    """Reliability (G,) of the units' means, tau2 / (tau2 + sigma2 / n_j).

    Parameters
    ----------
    moments : of the score by unit; NaN is returned for units without answers.
    n_eligible : (G,) how many could have answered, NaN where unknown. Where known, the unit is a finite population and
        its error is (sigma2 / n_j)(1 - n_j / N_j): a unit in which everybody answered is known without error
        (the formative case of Luedtke et al. 2008).
    components : where tau2 and sigma2 come from. All NaN if they are not identified, 0 where tau2 is 0.
    """
    parts = variance_components(moments, components)
    if parts is None:
        return np.full(len(moments.n), np.nan)
    tau2, sigma2 = parts
    n = moments.n.astype(np.float64)
    error = sigma2 / np.maximum(n, 1) * _unanswered(n, n_eligible)
    return np.where(n > 0, tau2 / np.maximum(tau2 + error, np.finfo(float).tiny), np.nan)


def _unanswered(n: Floats, n_eligible: ArrayLike | None) -> Floats:
    """Share of the unit that did not answer; 1 where the unit's size is not known."""
    if n_eligible is None:
        return np.ones(len(n))
    eligible = np.asarray(n_eligible, dtype=np.float64)
    known = ~np.isnan(eligible) & (eligible > 0)
    return np.where(known, 1 - n / np.where(known, eligible, 1.0), 1.0)


def reliability_of_published(means: ArrayLike, errors: ArrayLike) -> Floats:
    """Reliability (G,) of published unit scores from their standard errors, tau2 / (tau2 + se_j^2).

    tau2 is the variance of the means less the mean squared error (Hedges' estimator), at least 0. NaN where the error
    is not known, or fewer than two units have one.
    """
    mean, error = np.asarray(means, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    known = ~np.isnan(mean) & ~np.isnan(error)
    if known.sum() < 2:
        return np.full(len(mean), np.nan)
    tau2 = max(0.0, float(mean[known].var(ddof=1) - (error[known] ** 2).mean()))
    return np.where(known, tau2 / np.maximum(tau2 + error**2, np.finfo(float).tiny), np.nan)


def within_periods(periods: NDArray[np.object_], moments: ScoreMoments, n_eligible: Floats | None) -> Floats:
    """`unit_reliability` (G,) of rows that are units by period: each period is a comparison of its own units."""
    reliability = np.full(len(periods), np.nan)
    for period in np.unique(periods.astype(str)):
        rows = periods.astype(str) == period
        eligible = None if n_eligible is None else n_eligible[rows]
        reliability[rows] = unit_reliability(moments.select(rows), eligible)
    return reliability
