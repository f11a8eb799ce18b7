"""Customers in units: a random-intercept regression of customers' scores on their unit's employee experience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference import RandomIntercept, RegressionMoments, fit_random_intercept, unit_level_moments
from cxresearch.inference.mixed.variance_profile import variance_intervals
from cxresearch.inference.wald import wald_estimate
from cxresearch.linkage.ols import complete_units
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

METHOD = "linkage.reml"
PARTS = ("tau2", "sigma2", "icc", "explained")
"""What is reported of the variances: between units, within units, their intraclass correlation, and the share of the
variance between units that the predictors explain."""


def unit_mixed(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """REML fit of customers' scores on ex and the covariates with a random intercept for each unit.

    Returns `term` (the slope), `term.<covariate>` for each covariate, and `term.tau2`, `term.sigma2`, `term.icc` and
    `term.explained`. t and the interval of coefficients have Satterthwaite's df; intervals of variances are likelihood
    profiles. A fit with tau2 = 0 is a result with the health `linkage.singular`.
    """
    terms = (term, *(f"{term}.{name}" for name in units.covariates), *(f"{term}.{part}" for part in PARTS))
    if units.cx_moments is None:
        return _none(terms, "linkage.moments_unknown")
    ex, _, covariates, known = complete_units(units)
    outcome = units.cx_moments.select(known)
    found = mixed(outcome, np.column_stack([ex, covariates]), terms[: -len(PARTS)], level=level)
    return tuple(units.counted(result) for result in found)


def mixed(outcome: ScoreMoments, predictors: ArrayLike, terms: Sequence[str], *, level: float) -> tuple[Result, ...]:
    """`unit_mixed` on moments (J,) and unit-level `predictors` (J, P), one coefficient for each of the P `terms`."""
    columns = np.asarray(predictors, dtype=np.float64)
    every = (*terms, *(f"{terms[0]}.{part}" for part in PARTS))
    moments = unit_level_moments(outcome, columns)
    needed = moments.x.shape[1] + 1
    if len(moments.n) < needed:
        return _none(every, "linkage.too_few_units", count=len(moments.n), needed=needed)
    fit = fit_random_intercept(moments)
    if fit is None:
        return _none(every, "linkage.mixed_unidentified")
    health = ("linkage.singular",) if fit.singular else ()
    coefficients = [
        wald_estimate(
            float(fit.coefficients[place]),
            float(fit.std_errors[place]),
            float(fit.df[place]),
            term=term,
            level=level,
            method=METHOD,
            health=health,
        )
        for place, term in enumerate(terms, start=1)
    ]
    results = (*coefficients, *_variances(moments, fit, terms[0], level, health), _explained(outcome, fit, terms[0]))
    counts: dict[str, Any] = {"n_units": len(moments.n), "n_respondents": moments.n_rows}
    return tuple(replace(item, **counts) if isinstance(item, Estimate) else item for item in results)


def _variances(
    moments: RegressionMoments, fit: RandomIntercept, term: str, level: float, health: tuple[str, ...]
) -> list[Result]:
    total = fit.tau2 + fit.sigma2
    values = (fit.tau2, fit.sigma2, fit.tau2 / total)
    intervals = variance_intervals(moments, fit.tau2, fit.sigma2, level)
    return [
        Estimate(
            term=f"{term}.{part}",
            estimate=value,
            std_error=error,
            conf_low=low,
            conf_high=high,
            conf_level=level,
            method="linkage.reml_profile",
            health=health,
        )
        for part, value, error, (low, high) in zip(
            PARTS, values, (fit.tau2_se, fit.sigma2_se, None), intervals, strict=False
        )
    ]


def _explained(outcome: ScoreMoments, fit: RandomIntercept, term: str) -> Result:
    """1 - tau2 / tau2 of the model without predictors; it can be negative."""
    name = f"{term}.explained"
    empty = fit_random_intercept(unit_level_moments(outcome, np.empty((len(outcome.n), 0))))
    if empty is None or empty.singular:
        return NotEstimable(term=name, reason="linkage.no_between_variance")
    return Estimate(term=name, estimate=1 - fit.tau2 / empty.tau2, method="linkage.reml_explained")


def _none(terms: Sequence[str], reason: str, **details: int) -> tuple[Result, ...]:
    return tuple(NotEstimable(term=term, reason=reason, details=details) for term in terms)
