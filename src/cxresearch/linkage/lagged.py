"""Which comes first? Regressions over two or more waves, both ways, and with the future as a placebo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cxresearch.inference import ols, permutation_test, tost_estimate
from cxresearch.linkage.influence import leave_one_out_slopes, range_results
from cxresearch.linkage.ols import rescaled
from cxresearch.linkage.waves import (
    WaveRegression,
    Waves,
    lagged_regression,
    placebo_regression,
    reverse_regression,
    within_regression,
)
from cxresearch.statistic import NotEstimable, Result

REGRESSIONS = {
    "lagged": lagged_regression,
    "lagged.reverse": reverse_regression,
    "placebo_lag": placebo_regression,
    "within": within_regression,
}
"""What can be asked of waves, by the end of the result's term."""

DECISIVE = ("lagged", "within")
"""The regressions that may be a hypothesis's primary analysis and so have robustness checks of their own."""


def wave_slopes(waves: Waves, name: str, *, term: str, level: float) -> tuple[Result, Result]:
    """`term` and `term.std` of one of the `REGRESSIONS`.

    With one pair of periods the errors are HC3; with more, and within units, they are clustered by unit (CR1S, t with
    units - 1). The standardised slope takes the standard deviations about the periods' means as known.
    """
    if waves.n_periods < 2:
        return _none((term, f"{term}.std"), "linkage.one_period")
    model = REGRESSIONS[name](waves)
    if len(model.y) == 0:
        return _none((term, f"{term}.std"), "linkage.no_transitions")
    clustered = name == "within" or len(np.unique(model.period)) > 1
    (slope,) = ols(model.y, model.predictors, (term,), level=level, clusters=model.unit if clustered else None)
    if isinstance(slope, NotEstimable):
        return slope, slope.named(f"{term}.std")
    slope = replace(slope, n_periods=waves.n_periods)
    if model.scale > 0:
        return slope, rescaled(slope, model.scale, f"{term}.std")
    return slope, NotEstimable(term=f"{term}.std", reason="linkage.constant")


def wave_robustness(
    waves: Waves,
    name: str,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_permutations: int,
    smallest_effect: float,
) -> tuple[Result, ...]:
    """`term.permutation`, `term.leave_one_out.low` and `.high`, and `term.equivalence` of one of the `REGRESSIONS`.

    Whole units change places, with all their periods, among units with the same periods (Freedman and Lane).
    """
    terms = [f"{term}.{part}" for part in ("permutation", "leave_one_out.low", "leave_one_out.high", "equivalence")]
    slope, standard = wave_slopes(waves, name, term=term, level=level)
    if isinstance(slope, NotEstimable):
        return tuple(NotEstimable(term=item, reason=slope.reason, details=slope.details) for item in terms)
    model = REGRESSIONS[name](waves)
    permuted = permutation_test(
        model.x,
        model.y,
        term=terms[0],
        level=level,
        rng=rng,
        n_permutations=n_permutations,
        blocks=model.unit,
        positions=model.period,
        covariates=model.others,
    )
    spared = range_results(_slopes_without_units(model), term=f"{term}.leave_one_out")
    if isinstance(standard, NotEstimable):
        return permuted, *spared, standard.named(terms[3])
    return permuted, *spared, tost_estimate(standard, smallest_effect, term=terms[3], level=level)


def _slopes_without_units(model: WaveRegression) -> Any:
    return leave_one_out_slopes(model.y, model.predictors, model.unit)


def _none(terms: tuple[str, str], reason: str) -> tuple[Result, Result]:
    first, second = (NotEstimable(term=term, reason=reason) for term in terms)
    return first, second
