"""Does the unit's climate matter beyond one's own view? A person-level predictor's slopes within and between units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.latent.two_level_likelihood import two_level_moments
from cxresearch.inference.latent.two_level_path import KnownPredictor, TwoLevelPath, fit_two_level_path
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import item_moments
from cxresearch.statistic import Estimate, NotEstimable, Result

PARTS = ("within", "between", "effect", "manifest", "manifest_effect")
FEWEST_UNITS = 10


def contextual(
    codes: ArrayLike,
    predictor: ArrayLike,
    outcome: ArrayLike,
    n_units: int,
    *,
    term: str,
    level: float,
    known: KnownPredictor | None = None,
    frequency: ArrayLike | None = None,
) -> tuple[Result, ...]:
    """Latent decomposition of two scores (N,) of the same people in units 0..n_units-1; NaN is missing.

    Returns
    -------
    `term.within` : slope of the outcome on the predictor between people of a unit. `term.between` : between the units'
    latent means. `term.effect` : the contextual effect, between - within: what a point more in a person's unit goes
    with when the person's own score is the same. `term.manifest`, `term.manifest_effect` : the same two from the
    observed means of units, which ignore that they are samples. z tests and Wald intervals.

    Parameters
    ----------
    known : the predictor's mean and variances, if they are taken as known (lavaan's `fixed.x`).
    frequency : (N,) how many people each row stands for; 1 unless given.
    """
    scores = np.column_stack([np.asarray(predictor, dtype=np.float64), np.asarray(outcome, dtype=np.float64)])
    moments = two_level_moments(item_moments(codes, scores, n_units, frequency=frequency))
    if len(moments.n) < FEWEST_UNITS:
        details = {"count": len(moments.n), "needed": FEWEST_UNITS}
        return tuple(NotEstimable(term=f"{term}.{p}", reason="latent.too_few_units", details=details) for p in PARTS)
    found = fit_two_level_path(moments, known)
    if found is None:
        return tuple(NotEstimable(term=f"{term}.{part}", reason="latent.unidentified") for part in PARTS)
    latent = (
        _slope(f"{term}.within", found.within, found.within_se, level, "latent.slope_within"),
        _slope(f"{term}.between", found.between, found.between_se, level, "latent.slope_between"),
        _slope(f"{term}.effect", found.contextual, found.contextual_se, level, "latent.contextual"),
    )
    results = (*latent, *_manifest(found, term, level))
    return tuple(
        replace(item, n_units=found.n_units, n_respondents=found.n_rows) if isinstance(item, Estimate) else item
        for item in results
    )


def _slope(term: str, value: float, error: float | None, level: float, method: str) -> Result:
    if error is None:
        return NotEstimable(term=term, reason="latent.no_optimum")
    return wald_estimate(value, error, np.inf, term=term, level=level, method=method)


def _manifest(found: TwoLevelPath, term: str, level: float) -> tuple[Result, Result]:
    names = (f"{term}.manifest", f"{term}.manifest_effect")
    if found.manifest is None or found.manifest_se is None or found.manifest_within is None:
        first, second = (NotEstimable(term=name, reason="latent.unidentified") for name in names)
        return first, second
    slope, slope_se = found.manifest_within
    error = float(np.hypot(found.manifest_se, slope_se))
    return (
        _slope(names[0], found.manifest, found.manifest_se, level, "latent.manifest"),
        _slope(names[1], found.manifest - slope, error, level, "latent.manifest"),
    )
