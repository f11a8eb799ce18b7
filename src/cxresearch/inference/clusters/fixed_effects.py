"""Panel regression with an effect for every unit and every period: what moves together within units over time.

Units' effects are swept out by deviations from the unit's own mean; periods' effects stay as dummies, whose deviations
are taken as well, so that the fit is that of all dummies also where the panel has gaps (Frisch, Waugh and Lovell).
Clusters are the units, and CR2 on the deviations equals CR2 on all dummies (Pustejovsky and Tipton 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.clusters.cluster_grams import ClusterGrams, fit_clusters, row_grams
from cxresearch.inference.clusters.cr2 import ClusterErrors, Correction, coefficient_results, cr1s, cr2, cr3
from cxresearch.inference.complete_cases import as_columns
from cxresearch.moments import Floats, Ints
from cxresearch.statistic import NotEstimable, Result

_STILL = 1e-10


def _codes(labels: ArrayLike) -> tuple[Ints, int]:
    found, code = np.unique(np.asarray(labels), return_inverse=True)
    return code.astype(np.int64), len(found)


def within_units(columns: Floats, unit: Ints, n_units: int) -> Floats:
    """Columns (N, K) as deviations from their unit's mean."""
    n = np.bincount(unit, minlength=n_units)
    means = (
        np.stack([np.bincount(unit, weights=column, minlength=n_units) for column in columns.T], axis=1) / n[:, None]
    )
    return np.asarray(columns - means[unit])


def within_grams(
    unit: ArrayLike, period: ArrayLike, outcome: ArrayLike, predictors: ArrayLike
) -> tuple[ClusterGrams, int, tuple[int, ...]]:
    """Cross-products of the deviations, how many coefficients were swept out, and which predictors are left.

    Units with a single row carry nothing and are left out, as are predictors that do not move within units. Columns
    are the predictors left, then periods' dummies; there is no intercept.
    """
    code, n_units = _codes(unit)
    several = np.bincount(code, minlength=n_units)[code] > 1
    code, n_units = _codes(code[several])
    when, n_periods = _codes(np.asarray(period)[several])
    x = as_columns(predictors)[several]
    dummies = (when[:, None] == np.arange(1, n_periods)).astype(np.float64)
    y = np.asarray(outcome, dtype=np.float64)[several]
    rest = within_units(np.column_stack([x, dummies, y]), code, n_units)
    size = np.abs(x - x.mean(axis=0)).max(axis=0, initial=0.0) if len(x) else np.zeros(x.shape[1])
    moving = np.abs(rest[:, : x.shape[1]]).max(axis=0, initial=0.0) > _STILL * np.maximum(size, 1e-300)
    left = np.append(moving, np.ones(dummies.shape[1], dtype=bool))
    grams = row_grams(code, rest[:, -1], rest[:, :-1][:, left], intercept=False)
    return grams, n_units, tuple(np.flatnonzero(moving).tolist())


def fixed_effects(
    unit: ArrayLike,
    period: ArrayLike,
    outcome: ArrayLike,
    predictors: ArrayLike,
    terms: Sequence[str],
    *,
    level: float,
    correction: Correction = "cr2",
) -> tuple[Result, ...]:
    """Slope of each predictor (N, P), named by `terms`, given every unit's and period's effect.

    Errors are clustered by unit: CR2 with Satterthwaite's degrees of freedom, or CR1S with units - 1, in which the
    units' effects count as parameters. All values must be known.
    """
    grams, swept, moving = within_grams(unit, period, outcome, predictors)
    if grams.n_clusters < 2:
        details = {"count": grams.n_clusters, "needed": 2}
        return tuple(NotEstimable(term=term, reason="linkage.too_few_units", details=details) for term in terms)
    named = [terms[place] for place in moving]
    found = {item.term: item for item in _slopes(grams, swept, named, level, correction)}
    return tuple(found.get(term, NotEstimable(term=term, reason="models.no_change")) for term in terms)


def _slopes(
    grams: ClusterGrams, swept: int, terms: Sequence[str], level: float, correction: Correction
) -> tuple[Result, ...]:
    fit = fit_clusters(grams)
    if fit is None or grams.n_rows <= len(fit.coefficients) + swept:
        return tuple(NotEstimable(term=term, reason="linkage.collinear") for term in terms)
    if correction == "cr1s":
        errors: ClusterErrors | None = cr1s(fit, swept + len(fit.coefficients))
    else:
        errors = cr2(fit) if correction == "cr2" else cr3(fit)
    return coefficient_results(fit, errors, terms, level=level, method=f"models.fixed_effects_{correction}")
