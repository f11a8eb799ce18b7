"""The mean of respondents who come in units: its error respects the units.

The mean is a ratio of two totals over units, so its variance is linearised and estimated between units (Taylor
linearisation; Binder 1983). With equal weights it equals `survey::svymean(ids = ~unit)` of R.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

FEW_UNITS = 20
"""Below this many units the between-unit error itself is uncertain and tends to be too small."""


def influence(moments: ScoreMoments) -> Floats:
    """(G,) each unit's pull on the overall mean, n_j (mean_j - mean) / N; they sum to zero."""
    n_total, mean, _ = moments.total()
    return moments.n * (moments.mean - mean) / max(n_total, 1)


def between_variance(pulls: Floats) -> float:
    """Variance of a linearised statistic from its units' pulls (J,): J / (J - 1) times their sum of squares."""
    n_units = len(pulls)
    return float(n_units / (n_units - 1) * (pulls @ pulls))


def few_units(n_units: int) -> tuple[str, ...]:
    """The health code of a between-unit error that rests on few units."""
    return ("measurement.few_units",) if n_units < FEW_UNITS else ()


def cluster_mean(moments: ScoreMoments, *, term: str, level: float = 0.95) -> Result:
    """Mean of all respondents, with a t interval on J - 1 degrees of freedom whose error is taken between units.

    Parameters
    ----------
    moments : a group is a unit. Units without values are left out.
    level : confidence level.

    Returns
    -------
    Estimate in the scores' own unit, or `measurement.too_few_units` with fewer than two units.
    """
    units = moments.answered()
    n_units = len(units.n)
    if n_units < 2:
        return NotEstimable(term=term, reason="measurement.too_few_units", details={"units": n_units, "needed": 2})
    n_total, mean, _ = units.total()
    error = float(np.sqrt(between_variance(influence(units))))
    reach = float(stats.t.ppf((1 + level) / 2, n_units - 1)) * error
    health = few_units(n_units) + (("measurement.no_variation",) if error == 0 else ())
    return Estimate(
        term=term,
        estimate=mean,
        std_error=error,
        df=float(n_units - 1),
        conf_low=mean - reach,
        conf_high=mean + reach,
        conf_level=level,
        n_units=n_units,
        n_respondents=n_total,
        method="measurement.cluster_mean",
        health=health,
    )


def design_effect(moments: ScoreMoments, *, term: str) -> Result:
    """How many times the variance of the mean is inflated because respondents come in units.

    Squared error between units over the squared error s / sqrt(N) of a simple random sample.
    """
    n_total, _, ss = moments.total()
    clustered = cluster_mean(moments, term=term)
    if isinstance(clustered, NotEstimable):
        return clustered
    if n_total < 2 or ss <= 0 or clustered.std_error is None:
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n_total})
    simple = ss / (n_total - 1) / n_total
    return Estimate(
        term=term,
        estimate=clustered.std_error**2 / simple,
        n_units=clustered.n_units,
        n_respondents=n_total,
        method="measurement.design_effect",
        health=few_units(clustered.n_units or 0),
    )
