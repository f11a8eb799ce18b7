"""Group means pulled towards the mean of all groups by what each is worth (empirical Bayes, best linear predictors).

m + lambda_j (y_j - m) with lambda_j = tau2 / (tau2 + v_j), v_j the squared error of the group's mean, m the precision
weighted mean of all groups. Its error is that of predicting the group's true mean, tau2 (1 - lambda_j) +
(1 - lambda_j)^2 Var(m), the variances taken as known: `lme4`'s conditional modes and their variances, with the mean's
own uncertainty added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.meta_analysis import random_effects
from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.inference.wald import t_quantile
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

MOST_EXACT = 100
"""Groups with errors of their own for which tau2 is taken by REML; with more, by moments, which are then as good."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How groups differ: `centre` and its `variance`, `tau2` between true means, `errors2` (J,) of their means."""

    centre: float
    variance: float
    tau2: float
    errors2: Floats

    def reliability(self) -> Floats:
        """(J,) share of true variance in each group's mean."""
        return self.tau2 / np.maximum(self.tau2 + self.errors2, np.finfo(float).tiny)


def spread_of_units(units: ScoreMoments) -> Spread | None:
    """From people's answers by unit: random intercepts by REML; None where they are not identified."""
    fit = fit_random_intercept(unit_level_moments(units, np.empty((len(units.n), 0))))
    if fit is None:
        return None
    return Spread(
        float(fit.coefficients[0]), float(fit.covariance[0, 0]), fit.tau2, fit.sigma2 / np.maximum(units.n, 1)
    )


def spread_of_means(means: ArrayLike, errors: ArrayLike) -> Spread | None:
    """From group means with standard errors (J,): random effects; None with fewer than three groups or no errors."""
    mean, error = np.asarray(means, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    known = np.isfinite(mean) & np.isfinite(error) & (error > 0)
    if known.sum() < 3:
        return None
    squared = error[known] ** 2
    if len(squared) <= MOST_EXACT:
        tau2 = random_effects(mean[known], squared).tau2
    else:
        tau2 = max(0.0, float(mean[known].var(ddof=1) - squared.mean()))
    weights = 1 / (tau2 + squared)
    centre = float(weights @ mean[known] / weights.sum())
    return Spread(centre, float(1 / weights.sum()), tau2, np.where(known, error, np.nan) ** 2)


def shrunken(spread: Spread | None, place: int, mean: float, *, term: str, level: float) -> Result:
    """The group at `place` with the observed `mean`, pulled towards the centre; normal interval."""
    if spread is None:
        return NotEstimable(term=term, reason="groups.spread_unknown")
    error2 = float(spread.errors2[place])
    if not math.isfinite(error2):
        return NotEstimable(term=term, reason="groups.error_unknown")
    trust = float(spread.reliability()[place])
    value = spread.centre + trust * (mean - spread.centre)
    error = math.sqrt(spread.tau2 * (1 - trust) + (1 - trust) ** 2 * spread.variance)
    reach = t_quantile(level, math.inf) * error
    return Estimate(
        term=term,
        estimate=value,
        std_error=error,
        conf_low=value - reach,
        conf_high=value + reach,
        conf_level=level,
        method="groups.shrunken",
        health=("groups.no_true_differences",) if spread.tau2 == 0 else (),
    )
