"""How much better are customer scores where employee experience is one point better? Regression between units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.inference import ols, permutation_test, tost_estimate
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result


def complete_units(units: LinkedUnits) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """ex, cx (J,) and covariates (J, K) of the units whose covariates are known, and which these are."""
    covariates = units.covariate_matrix()
    known: NDArray[np.bool_] = np.asarray(np.isfinite(covariates).all(axis=1))
    return units.column("ex")[known], units.column("cx")[known], covariates[known], known


def rescaled(result: Estimate, factor: float, term: str) -> Estimate:
    """A coefficient in other units: estimate, standard error and interval times `factor` > 0; the test is the same."""
    values: dict[str, Any] = {
        name: None if (value := getattr(result, name)) is None else value * factor
        for name in ("estimate", "std_error", "conf_low", "conf_high")
    }
    return replace(result, term=term, **values)


def unit_ols(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """Slope of cx on ex with HC3 errors, given the covariates.

    Returns `term` (points of cx per point of ex), `term.std` (standard deviations per standard deviation, the spreads
    taken as known) and `term.<covariate>` for each covariate.
    """
    ex, cx, covariates, _ = complete_units(units)
    terms = (term, *(f"{term}.{name}" for name in units.covariates))
    slope, *others = ols(cx, np.column_stack([ex, covariates]), terms, level=level)
    spread = float(np.std(cx)) if len(cx) else 0.0
    standard = slope.named(f"{term}.std")
    if isinstance(slope, Estimate):
        standard = (
            rescaled(slope, float(np.std(ex)) / spread, f"{term}.std")
            if spread > 0
            else NotEstimable(term=f"{term}.std", reason="linkage.constant")
        )
    return tuple(units.counted(result) for result in (slope, standard, *others))


def unit_ols_robustness(
    units: LinkedUnits,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_permutations: int,
    smallest_effect: float,
    of_correlation: Result | None = None,
) -> tuple[Result, ...]:
    """`term.permutation`, given the covariates, and `term.equivalence` of the standardised slope.

    `of_correlation` is the correlation's permutation test, which is the slope's too where there are no covariates.
    """
    if of_correlation is not None and not units.covariates:
        permuted = of_correlation.named(f"{term}.permutation")
    else:
        ex, cx, covariates, _ = complete_units(units)
        permuted = permutation_test(
            ex,
            cx,
            term=f"{term}.permutation",
            level=level,
            rng=rng,
            n_permutations=n_permutations,
            covariates=covariates if units.covariates else None,
        )
    standard = unit_ols(units, term=term, level=level)[1]
    if isinstance(standard, NotEstimable):
        return units.counted(permuted), standard.named(f"{term}.equivalence")
    equivalent = tost_estimate(standard, smallest_effect, term=f"{term}.equivalence", level=level)
    return units.counted(permuted), equivalent
