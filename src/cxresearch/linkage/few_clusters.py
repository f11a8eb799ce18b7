"""The slope of customers' scores on employee experience by estimators that are honest with few units.

Customers are rows in units, and employee experience is the same for all customers of a unit, so that every estimator
works on units' counts, means and sums of squares. Each result has a companion `<term>.std` in standard deviations of
the units' means, on the scale of `ols.std`.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cxresearch.inference.clusters.cluster_bootstrap import cluster_bootstrap
from cxresearch.inference.clusters.cluster_grams import ClusterGrams, unit_grams
from cxresearch.inference.clusters.cr2 import cluster_ols
from cxresearch.inference.clusters.marginal import marginal
from cxresearch.inference.clusters.weighted_regression import weighted_ols
from cxresearch.inference.clusters.wild_bootstrap import wild_bootstrap
from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.linkage.ols import complete_units, rescaled
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result


def _answers(units: LinkedUnits) -> tuple[ScoreMoments, Floats] | NotEstimable:
    """Moments of customers' scores (J,), and ex and the covariates (J, 1 + K), where all are known.

    Of finished unit scores with known numbers of answers only n and mean are known; their sum of squares is NaN.
    """
    ex, cx, covariates, known = complete_units(units)
    predictors = np.column_stack([ex, covariates])
    count, needed = len(ex), predictors.shape[1] + 2
    if count < needed:
        return NotEstimable(term="", reason="linkage.too_few_units", details={"count": count, "needed": needed})
    if units.cx_moments is not None:
        return units.cx_moments.select(known), predictors
    n = units.column("cx_n")[known]
    if not (np.isfinite(n) & (n >= 1)).all():
        return NotEstimable(term="", reason="linkage.counts_unknown")
    return ScoreMoments(np.rint(n).astype(np.int64), cx, np.full(count, np.nan)), predictors


def _grams(units: LinkedUnits) -> ClusterGrams | NotEstimable:
    found = _answers(units)
    return found if isinstance(found, NotEstimable) else unit_grams(*found)


def with_standardised(units: LinkedUnits, result: Result) -> tuple[Result, Result]:
    """A slope with its counts, and `.std`, the same in standard deviations of units' means taken as known."""
    term = f"{result.term}.std"
    if isinstance(result, NotEstimable):
        return result, result.named(term)
    counted = units.counted(result)
    ex, cx, _, _ = complete_units(units)
    spread = float(np.std(cx))
    if spread <= 0 or not isinstance(counted, Estimate):
        return counted, NotEstimable(term=term, reason="linkage.constant")
    return counted, rescaled(counted, float(np.std(ex)) / spread, term)


def without_open_interval(result: Result) -> Result:
    """A result whose interval is left out where one of its ends is infinite."""
    if isinstance(result, NotEstimable) or result.conf_low is None or result.conf_high is None:
        return result
    if math.isfinite(result.conf_low) and math.isfinite(result.conf_high):
        return result
    return replace(result, conf_low=None, conf_high=None, conf_level=None)


def unit_cr2(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """Least squares over customers with CR2 errors by unit and Satterthwaite's degrees of freedom: `term`, `.std`."""
    grams = _grams(units)
    if isinstance(grams, NotEstimable):
        return with_standardised(units, grams.named(term))
    return with_standardised(units, cluster_ols(grams, (term,), level=level)[0])


def unit_wild(
    units: LinkedUnits, *, term: str, level: float, rng: np.random.Generator, n_draws: int = 9999
) -> tuple[Result, ...]:
    """The same slope with the restricted wild cluster bootstrap's p value and interval: `term`, `.std`.

    An interval with an open end is left out; its health, `models.open_interval`, says so.
    """
    grams = _grams(units)
    if isinstance(grams, NotEstimable):
        return with_standardised(units, grams.named(term))
    found = wild_bootstrap(grams, term=term, level=level, rng=rng, n_draws=n_draws)
    return with_standardised(units, without_open_interval(found))


def unit_cluster_bootstrap(
    units: LinkedUnits, *, term: str, level: float, rng: np.random.Generator, n_draws: int = 10_000
) -> tuple[Result, ...]:
    """The same slope with a bootstrap of whole units: `term` (BCa), `.std`, `.percentile`."""
    grams = _grams(units)
    if isinstance(grams, NotEstimable):
        return *with_standardised(units, grams.named(term)), grams.named(f"{term}.percentile")
    bca, percentile = cluster_bootstrap(grams, term=term, level=level, rng=rng, n_draws=n_draws)
    return *with_standardised(units, bca), units.counted(percentile)


def unit_gee(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """Marginal model with exchangeable correlation within units: `term`, `.std`."""
    found = _answers(units)
    if isinstance(found, NotEstimable):
        return with_standardised(units, found.named(term))
    if units.cx_moments is None:
        return with_standardised(units, NotEstimable(term=term, reason="models.spread_unknown"))
    return with_standardised(units, marginal(*found, (term,), level=level)[0])


def unit_wls(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """Regression between units, weighted by the precision of their customer scores, with HC3 errors.

    Returns `term`, weighted by 1 / (tau2 + sigma2 / n) with the variances of the mixed model, `.std`, and `.n`,
    weighted by the number of customers alone, which is too much wherever units differ by more than chance.
    """
    by_n = f"{term}.n"
    found = _answers(units)
    if isinstance(found, NotEstimable):
        return *with_standardised(units, found.named(term)), found.named(by_n)
    outcome, predictors = found
    counted = weighted_ols(outcome.mean, predictors, outcome.n, (by_n,), level=level, method="models.wls_n")[0]
    fit = None if units.cx_moments is None else fit_random_intercept(unit_level_moments(outcome, predictors))
    if fit is None:
        reason = "models.spread_unknown" if units.cx_moments is None else "linkage.mixed_unidentified"
        return *with_standardised(units, NotEstimable(term=term, reason=reason)), units.counted(counted)
    weights = 1 / (fit.tau2 + fit.sigma2 / outcome.n)
    precise = weighted_ols(outcome.mean, predictors, weights, (term,), level=level)[0]
    return *with_standardised(units, precise), units.counted(counted)
