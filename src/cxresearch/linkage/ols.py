"""How much better are customer scores where employee experience is one point better? Regression between units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cxresearch.inference import ols
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, Result


def complete_units(units: LinkedUnits) -> tuple[Floats, Floats, Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """ex, cx (J,) and covariates (J, K) of the units whose covariates are known, and which these are."""
    covariates = units.covariate_matrix()
    known = np.isfinite(covariates).all(axis=1)
    return units.column("ex")[known], units.column("cx")[known], covariates[known], known


def rescaled(result: Result, factor: float, term: str) -> Result:
    """A coefficient in other units: estimate, standard error and interval times `factor` > 0; the test is the same."""
    if not isinstance(result, Estimate):
        return result.named(term)
    values = {
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
    standard = rescaled(slope, float(np.std(ex)) / spread, f"{term}.std") if spread > 0 else slope.named(f"{term}.std")
    return tuple(units.counted(result) for result in (slope, standard, *others))
