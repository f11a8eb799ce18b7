"""Does employee experience predict the customer scores of units that the model has not seen?"""

from __future__ import annotations

import numpy as np

from cxresearch.inference.complete_cases import is_constant
from cxresearch.inference.specifications.cross_validation import out_of_sample_r2, random_folds, unit_products
from cxresearch.inference.specifications.cross_validation_mixed import leave_units_out
from cxresearch.linkage.ols import complete_units
from cxresearch.linkage.units import LinkedUnits
from cxresearch.statistic import Estimate, NotEstimable, Result

PARTS = ("folds", "mixed", "customer")
N_FOLDS = 10
N_REPEATS = 100
MOST_UNITS = 1000
"""With more units than this the mixed model leaves out folds of units, not single ones."""
_FEWEST_UNITS = 10


def predicted_units(units: LinkedUnits, *, term: str, rng: np.random.Generator) -> tuple[Result, ...]:
    """R2 out of sample: 1 less squared prediction errors over those of the training units' mean; negative is worse.

    Returns
    -------
    `term` least squares between units, each unit left out in turn; `term.folds` the mean of 100 repetitions of
    ten-fold cross-validation, its interval the middle 95 % of the repetitions; `term.mixed` and `term.customer` the
    mixed model's prediction of the means of units left out and of their single customers.
    """
    names = (term, *(f"{term}.{part}" for part in PARTS))
    ex, cx, covariates, known = complete_units(units)
    if len(ex) < _FEWEST_UNITS:
        details = {"count": len(ex), "needed": _FEWEST_UNITS}
        return tuple(NotEstimable(term=name, reason="linkage.too_few_units", details=details) for name in names)
    if is_constant(cx):
        return tuple(NotEstimable(term=name, reason="linkage.constant") for name in names)
    predictors = np.column_stack([ex, covariates])
    products = unit_products(cx, predictors)
    whole = out_of_sample_r2(products, np.arange(len(ex))[None, :])[0]
    folds = out_of_sample_r2(products, random_folds(rng, len(ex), N_FOLDS, N_REPEATS))
    return (*_between(whole, folds, names, len(ex)), *_mixed(units, predictors, known, names[2:], rng))


def _between(whole: float, folds: np.ndarray, names: tuple[str, ...], n_units: int) -> tuple[Result, Result]:
    if not np.isfinite(whole) or not np.isfinite(folds).all():
        first, second = (NotEstimable(term=name, reason="linkage.unit_not_spared") for name in names[:2])
        return first, second
    low, high = np.quantile(folds, [0.025, 0.975])
    return (
        Estimate(term=names[0], estimate=float(whole), n_units=n_units, method="honesty.leave_one_unit_out"),
        Estimate(
            term=names[1],
            estimate=float(folds.mean()),
            conf_low=float(low),
            conf_high=float(high),
            conf_level=0.95,
            n_units=n_units,
            method="honesty.repeated_folds",
        ),
    )


def _mixed(
    units: LinkedUnits, predictors: np.ndarray, known: np.ndarray, names: tuple[str, ...], rng: np.random.Generator
) -> tuple[Result, ...]:
    moments = None if units.cx_moments is None else units.cx_moments.select(known)
    if moments is None or moments.ss.sum() <= 0:
        return tuple(NotEstimable(term=name, reason="linkage.moments_unknown") for name in names)
    many = len(moments.n) > MOST_UNITS
    found = leave_units_out(moments, predictors, random_folds(rng, len(moments.n), N_FOLDS, 1)[0] if many else None)
    if found is None:
        return tuple(NotEstimable(term=name, reason="linkage.unit_not_spared") for name in names)
    method = "honesty.mixed_folds" if many else "honesty.mixed_without_unit"
    return tuple(
        Estimate(term=name, estimate=value, n_units=len(moments.n), n_respondents=int(moments.n.sum()), method=method)
        for name, value in zip(names, (found.r2_units, found.r2_customers), strict=True)
    )
