"""Is the relation straight? A quadratic term, and a change of slope at a knot."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.mechanism.bent_regression import (
    FEWEST_SIDE,
    combination,
    complete_rows,
    fitted,
    one_sided,
    unfit,
)
from cxresearch.inference.mechanism.joint_regressions import Errors
from cxresearch.statistic import Estimate, NotEstimable, Result


def quadratic(
    x: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    term: str,
    level: float,
    errors: Errors = "hc3",
) -> Result:
    """Coefficient of x^2 in the regression of y on x and x^2 (N,) given covariates (N, K): positive bends upwards."""
    first, last, held = complete_rows(x, y, covariates)
    if reason := unfit(first, last, 5 + held.shape[1]):
        return reason.named(term)
    centred = first - first.mean()
    found = fitted(last, np.column_stack([np.ones(len(first)), centred, centred**2, held]), errors)
    if isinstance(found, NotEstimable):
        return found.named(term)
    return combination(found, [0, 0, 1], term, level, f"mechanism.quadratic_{errors}")


def linear_spline(
    x: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    term: str,
    level: float,
    knot: float | None = None,
    errors: Errors = "hc3",
) -> tuple[Result, Result, Result, Result]:
    """Two slopes that join at a knot (the median of x unless given): `term`, the change of slope at it, then
    `term.low`, `term.high`, the slopes on both sides, and `term.knot`.
    """
    terms = [term, *(f"{term}.{part}" for part in ("low", "high", "knot"))]
    first, last, held = complete_rows(x, y, covariates)
    place = float(np.median(first)) if knot is None and len(first) else knot
    reason = unfit(first, last, 2 * FEWEST_SIDE + held.shape[1]) or one_sided(first, place)
    if reason or place is None:
        missing = reason or NotEstimable(term="", reason="mechanism.no_break")
        return (missing.named(terms[0]), missing.named(terms[1]), missing.named(terms[2]), missing.named(terms[3]))
    beyond = np.maximum(first - place, 0.0)
    found = fitted(last, np.column_stack([np.ones(len(first)), first - place, beyond, held]), errors)
    where = Estimate(term=terms[3], estimate=place, n_units=len(first), method="mechanism.value")
    if isinstance(found, NotEstimable):
        return found.named(terms[0]), found.named(terms[1]), found.named(terms[2]), where
    change, low, high = (
        combination(found, weights, name, level, "mechanism.linear_spline")
        for weights, name in zip(([0.0, 0.0, 1.0], [0.0, 1.0], [0.0, 1.0, 1.0]), terms, strict=False)
    )
    return change, low, high, where
