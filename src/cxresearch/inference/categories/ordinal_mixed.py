"""Cumulative logit with a random intercept for each unit, by maximum likelihood from units' category counts.

The boundary sd = 0, which is the cumulative logit without random effects, is compared explicitly: a singular fit is a
result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from cxresearch.inference.categories.cumulative_logit import (
    FARTHEST,
    CumulativeLogit,
    category_data,
    fit_cumulative_logit,
)
from cxresearch.inference.categories.ordinal_likelihood import quadrature
from cxresearch.inference.categories.ordinal_search import Surface, conditional_height, highest_point
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

POINTS = 9
"""Quadrature nodes unless told; more change nothing that is printed."""

FEW_UNITS = 30
"""Below this many units normal tests of the slopes are flagged as too sure."""

SINGULAR_SD = 1e-3


@dataclass(frozen=True, slots=True)
class OrdinalMixed:
    """A fit on the predictors' own scale.

    Attributes
    ----------
    thresholds : (M,). slopes : (P,). sd : of the units' intercepts. covariance : (M + P + 1, M + P + 1) of all these,
        from the observed information; without the sd's row where the fit is singular.
    log_likelihood : at the maximum, of the single answers. without : that of sd = 0. singular : sd on its boundary.
    sd_low, sd_high : likelihood-profile interval of the sd at `level`.
    """

    thresholds: Floats
    slopes: Floats
    sd: float
    covariance: Floats
    log_likelihood: float
    without: float
    singular: bool
    sd_low: float
    sd_high: float
    level: float


def fit_ordinal_mixed(
    counts: ArrayLike, predictors: ArrayLike, *, n_points: int = POINTS, level: float = 0.95
) -> OrdinalMixed | None:
    """Fit to counts (J, K), lowest category first, and predictors (J, P) known per unit.

    None when there is no maximum: a single category, dependent predictors, or categories that the predictors separate.
    """
    data = category_data(counts, predictors)
    plain = fit_cumulative_logit(data)
    if plain is None:
        return None
    surface = Surface(data, quadrature(n_points))
    best = highest_point(surface, plain.scaled)
    if best is None:
        return None
    best[-1] = abs(best[-1])
    value = surface.height(best)[0]
    if best[-1] < SINGULAR_SD or value <= plain.log_likelihood + 1e-9:
        return _fitted(surface, plain, np.append(plain.scaled, 0.0), plain.log_likelihood, level)
    return _fitted(surface, plain, best, value, level)


def _fitted(surface: Surface, plain: CumulativeLogit, at: Floats, value: float, level: float) -> OrdinalMixed | None:
    count, singular = surface.count, bool(at[-1] == 0)
    back = surface.data.unscaled(extra=1)
    covariance = plain.covariance
    if not singular:
        information = surface.information(at)
        if np.linalg.eigvalsh(information)[0] <= 0:
            return None
        covariance = back @ np.linalg.inv(information) @ back.T
    low, high = _sd_interval(surface, at, value, plain.log_likelihood, level)
    own = back @ at
    return OrdinalMixed(
        thresholds=own[:count],
        slopes=own[count:-1],
        sd=float(at[-1]),
        covariance=covariance,
        log_likelihood=value,
        without=plain.log_likelihood,
        singular=singular,
        sd_low=low,
        sd_high=high,
        level=level,
    )


def _sd_interval(surface: Surface, at: Floats, value: float, without: float, level: float) -> tuple[float, float]:
    """Ends of the sd's profile interval; 0 where no variance is compatible with the data, infinite if none is found."""
    cut = value - float(stats.chi2.ppf(level, 1)) / 2
    best, others = float(at[-1]), at[:-1]
    known = {0.0: without - cut, best: value - cut}

    def excess(sd: float) -> float:
        nonlocal others
        if sd not in known:
            others, height = conditional_height(surface, others, sd)
            known[sd] = height - cut
        return known[sd]

    low = float(optimize.brentq(excess, 0.0, best, xtol=1e-5)) if without < cut else 0.0
    others = at[:-1]
    inner, outer = best, max(1.3 * best, 0.1)
    while excess(outer) > 0:
        inner, outer = outer, 1.5 * outer
        if outer > FARTHEST:
            return low, math.inf
    return low, float(optimize.brentq(excess, inner, outer, xtol=1e-5))


def ordinal_mixed(
    counts: ArrayLike, predictors: ArrayLike, terms: Sequence[str], *, level: float, n_points: int = POINTS
) -> tuple[Result, ...]:
    """Log odds of a higher category per unit of each predictor, and the units' sd.

    Returns `terms` (P,) with normal tests, and `<terms[0]>.sd`, the standard deviation of the units' intercepts on the
    logit scale with its likelihood-profile interval. A fit with sd = 0 has the health `linkage.singular`; below 30
    units the slopes are flagged `models.normal_test`.
    """
    return _results(counts, predictors, terms, level, n_points, "models.ordinal_mixed")


def logit_mixed(
    counts: ArrayLike, predictors: ArrayLike, terms: Sequence[str], *, level: float, n_points: int = POINTS
) -> tuple[Result, ...]:
    """Binomial mixed model: as `ordinal_mixed` for counts (J, 2) of noes and yeses, log odds of a yes."""
    return _results(counts, predictors, terms, level, n_points, "models.logit_mixed")


def _results(
    counts: ArrayLike, predictors: ArrayLike, terms: Sequence[str], level: float, n_points: int, method: str
) -> tuple[Result, ...]:
    table = np.asarray(counts, dtype=np.float64)
    every = (*terms, f"{terms[0]}.sd")
    refusal = refused(table, len(terms), every)
    if refusal is not None:
        return refusal
    fit = fit_ordinal_mixed(table, predictors, n_points=n_points, level=level)
    if fit is None:
        return tuple(NotEstimable(term=term, reason="models.separated") for term in every)
    shared: dict[str, Any] = {"n_units": int((table.sum(axis=1) > 0).sum()), "n_respondents": int(table.sum())}
    health = ("linkage.singular",) if fit.singular else ()
    few = ("models.normal_test",) if shared["n_units"] < FEW_UNITS else ()
    errors = np.sqrt(np.diag(fit.covariance))
    slopes = [
        wald_estimate(
            float(slope), float(error), math.inf, term=term, level=level, method=method, health=(*health, *few)
        )
        for term, slope, error in zip(terms, fit.slopes, errors[len(fit.thresholds) :], strict=False)
    ]
    sd = Estimate(
        term=every[-1],
        estimate=fit.sd,
        std_error=None if fit.singular else float(errors[-1]),
        conf_low=fit.sd_low,
        conf_high=fit.sd_high,
        conf_level=level,
        method="models.unit_sd_profile",
        health=health,
    )
    return tuple(replace(item, **shared) for item in (*slopes, sd))


def refused(counts: Floats, n_predictors: int, terms: Sequence[str]) -> tuple[NotEstimable, ...] | None:
    """Why counts (J, K) cannot be fitted at all: too few units, or all answers in one category."""
    n_units, needed = int((counts.sum(axis=1) > 0).sum()), n_predictors + 2
    if n_units < needed:
        details = {"count": n_units, "needed": needed}
        return tuple(NotEstimable(term=term, reason="linkage.too_few_units", details=details) for term in terms)
    if int((counts.sum(axis=0) > 0).sum()) < 2:
        return tuple(NotEstimable(term=term, reason="models.one_category") for term in terms)
    return None
