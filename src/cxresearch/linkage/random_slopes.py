"""Do units, or groups of units, differ in how strongly customer scores go with employee experience?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.mixed.random_slope import fit_random_slope
from cxresearch.inference.mixed.unit_grams import unit_grams
from cxresearch.linkage.link import COVARIATE, LinkedPanel
from cxresearch.linkage.panel_rows import about_group, panel_rows
from cxresearch.linkage.slope_results import PARTS, Slopes, fitted_slopes, no_slopes, slope_coefficient
from cxresearch.linkage.units import LinkedUnits
from cxresearch.statistic import Estimate, NotEstimable, Result

MIN_PERIODS = 3
"""With fewer periods a unit's own line leaves nothing to tell its scatter from."""
MIN_GROUPS = 5
"""With fewer groups a variance between them is anybody's guess."""


def unit_slopes(linked: LinkedPanel, *, term: str, level: float) -> Slopes:
    """Slopes over time: cx in a unit and period on ex about the unit's own mean, with a slope of each unit's own.

    The model has a random intercept and slope by unit, and holds the unit's mean of ex, the periods and the covariates
    constant. Returns `term` (the average slope), `term.tau2`, `term.sd` and `term.range`.
    """
    terms = (term, *(f"{term}.{part}" for part in PARTS))
    rows = panel_rows(linked)
    if rows.n_periods < MIN_PERIODS:
        return no_slopes(terms, "mixed.too_few_periods", count=rows.n_periods, needed=MIN_PERIODS)
    predictors = np.column_stack([rows.within, rows.between, rows.others])
    found = fitted_slopes(rows.unit, rows.cx, predictors, terms, level=level)
    return _named(found, rows.units, n_periods=rows.n_periods, n_units=len(rows.units))


def cross_level(linked: LinkedPanel, name: str, *, term: str, level: float) -> Result:
    """By how much the slope over time changes with one more of the unit-level covariate `name`: ``term``.

    The covariate's unit mean is entered with its product with ex about the unit's mean; the slope is random.
    """
    rows = panel_rows(linked, without=(name,))
    if rows.n_periods < MIN_PERIODS:
        return no_slopes((term,), "mixed.too_few_periods", count=rows.n_periods, needed=MIN_PERIODS).results[0]
    moderator = rows.unit_means(linked.frame[COVARIATE + name].to_numpy(dtype=np.float64))
    known = np.isfinite(moderator)
    moderator = moderator - moderator[known].mean() if known.any() else moderator
    predictors = np.column_stack([rows.within, rows.within * moderator, moderator, rows.between, rows.others])[known]
    fit = fit_random_slope(unit_grams(rows.unit[known], rows.cx[known], predictors)) if known.any() else None
    if fit is None:
        return NotEstimable(term=term, reason="mixed.unidentified")
    return replace(
        slope_coefficient(fit, 2, term, level),
        n_units=len(np.unique(rows.unit[known])),
        n_periods=rows.n_periods,
        method="mixed.cross_level",
    )


def group_slopes(units: LinkedUnits, groups: ArrayLike, *, term: str, level: float) -> Slopes:
    """Slopes of cx on ex between the units of a group (region), with an intercept and slope of each group's own.

    `groups` (J,) are codes, negative where unknown. ex is taken about its group's mean, so that differences between
    groups do not count. Returns the same parts as `unit_slopes`; the frame's `unit` holds the code.
    """
    terms = (term, *(f"{term}.{part}" for part in PARTS))
    code = np.asarray(groups, dtype=np.int64)
    covariates = units.covariate_matrix()
    known = (code >= 0) & np.isfinite(covariates).all(axis=1)
    names, group = np.unique(code[known], return_inverse=True)
    if len(names) < MIN_GROUPS:
        return no_slopes(terms, "mixed.too_few_groups", count=len(names), needed=MIN_GROUPS)
    others = covariates[known]
    moving = np.abs(about_group(others, group)).max(axis=0, initial=0.0) > 0
    predictors = np.column_stack([about_group(units.column("ex")[known], group), others[:, moving]])
    found = fitted_slopes(group, units.column("cx")[known], predictors, terms, level=level)
    return _named(found, names, n_units=int(known.sum()))


def _named(found: Slopes, units: Any, **counts: Any) -> Slopes:
    """The units' names in the frame, and in every estimate what it rests on."""
    results = tuple(replace(item, **counts) if isinstance(item, Estimate) else item for item in found.results)
    if found.frame.empty:
        return Slopes(results, found.frame)
    frame = found.frame.copy()
    frame.insert(0, "unit", np.asarray(units))
    return Slopes(results, frame)
