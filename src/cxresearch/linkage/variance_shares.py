"""Where the variance of a score lies: between units, between periods or employees of a unit, or between respondents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference import fit_random_intercept, unit_level_moments
from cxresearch.inference.mixed.nested_intercepts import fit_nested_intercepts
from cxresearch.inference.mixed.nested_moments import group_moments
from cxresearch.inference.mixed.nested_profile import share_intervals
from cxresearch.inference.mixed.variance_profile import variance_intervals
from cxresearch.moments import ScoreMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

RESPONDENT = "respondent"
"""What is left: differences between respondents of the same unit, or of the same unit and period or employee."""


def two_level_shares(units: ScoreMoments, *, term: str, level: float, counts: dict[str, Any]) -> tuple[Result, ...]:
    """`term.unit` and `term.respondent`: shares of the variance, by REML with likelihood-profile intervals."""
    terms = (f"{term}.unit", f"{term}.{RESPONDENT}")
    moments = unit_level_moments(units, np.empty((len(units.n), 0)))
    fit = fit_random_intercept(moments) if len(moments.n) else None
    if fit is None:
        return _none(terms)
    share = fit.tau2 / (fit.tau2 + fit.sigma2)
    low, high = variance_intervals(moments, fit.tau2, fit.sigma2, level)[2]
    health = ("linkage.singular",) if fit.singular else ()
    return _estimates(terms, (share, 1 - share), ((low, high), (1 - high, 1 - low)), level, health, counts)


def nested_shares(
    units: ArrayLike,
    groups: ScoreMoments,
    group: str,
    predictors: ArrayLike,
    *,
    term: str,
    level: float,
    counts: dict[str, Any],
) -> tuple[Result, ...]:
    """`term.unit`, `term.<group>` and `term.respondent` for groups (periods, employees) within units.

    `units` (G,) are codes, `predictors` (G, K) what is held constant, such as dummies of periods.
    """
    terms = (f"{term}.unit", f"{term}.{group}", f"{term}.{RESPONDENT}")
    if not groups.n.any():
        return _none(terms)
    moments = group_moments(units, groups, predictors)
    fit, intervals = fit_nested_intercepts(moments), share_intervals(moments, level)
    if fit is None or intervals is None:
        return _none(terms)
    order = (1, 0, 2)
    health = ("mixed.singular",) if fit.singular else ()
    shares = [float(fit.shares[place]) for place in order]
    return _estimates(terms, shares, [intervals[place] for place in order], level, health, counts)


def _estimates(
    terms: Sequence[str],
    shares: Sequence[float],
    intervals: Sequence[tuple[float, float]],
    level: float,
    health: tuple[str, ...],
    counts: dict[str, Any],
) -> tuple[Result, ...]:
    return tuple(
        Estimate(
            term=term,
            estimate=share,
            conf_low=min(low, share),
            conf_high=max(high, share),
            conf_level=level,
            method="mixed.share_profile",
            health=health,
            **counts,
        )
        for term, share, (low, high) in zip(terms, shares, intervals, strict=True)
    )


def _none(terms: Sequence[str]) -> tuple[Result, ...]:
    return tuple(NotEstimable(term=term, reason="mixed.unidentified") for term in terms)
