"""What moves together within units over periods, with errors that hold for few units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cxresearch.inference.clusters.fixed_effects import fixed_effects
from cxresearch.linkage.ols import rescaled
from cxresearch.linkage.waves import Waves, within_regression
from cxresearch.statistic import NotEstimable, Result


def panel_fixed_effects(waves: Waves, *, term: str, level: float) -> tuple[Result, Result]:
    """Slope of cx on ex given the covariates and every unit's and period's effect, with CR2 errors by unit.

    The slope is that of `within`, whose errors are CR1S. Returns `term` and `.std`, in standard deviations about the
    units' and periods' means taken as known.
    """
    standard = f"{term}.std"
    if waves.n_periods < 2:
        return _none(term, "linkage.one_period")
    known = np.isfinite(waves.ex) & np.isfinite(waves.cx) & np.isfinite(waves.covariates).all(axis=2)
    unit, period = np.nonzero(known)
    predictors = np.column_stack([waves.ex[known], waves.covariates[known]])
    terms = (term, *(f"{term}.{place}" for place in range(waves.covariates.shape[2])))
    slope = fixed_effects(unit, period, waves.cx[known], predictors, terms, level=level)[0]
    if isinstance(slope, NotEstimable):
        return slope, slope.named(standard)
    slope = replace(slope, n_respondents=None, n_periods=waves.n_periods)
    scale = within_regression(waves).scale
    if scale > 0:
        return slope, rescaled(slope, scale, standard)
    return slope, NotEstimable(term=standard, reason="linkage.constant")


def _none(term: str, reason: str) -> tuple[Result, Result]:
    return NotEstimable(term=term, reason=reason), NotEstimable(term=f"{term}.std", reason=reason)
