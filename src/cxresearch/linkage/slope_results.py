"""Results and rows of a fit in which slopes differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxresearch.inference.mixed.random_slope import RandomSlope, fit_random_slope
from cxresearch.inference.mixed.slope_profile import slope_sd_interval
from cxresearch.inference.mixed.unit_grams import UnitGrams, unit_grams
from cxresearch.inference.wald import t_quantile, wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

METHOD = "mixed.random_slope"
PARTS = ("tau2", "sd", "range")
"""Variance and standard deviation of slopes, and the share whose sign is opposite to the average slope's."""


@dataclass(frozen=True)
class Slopes:
    """Results on slopes that differ, and the slopes themselves.

    Attributes
    ----------
    results : by term. frame : unit (or group), slope, low, high (prediction interval), own (the slope by least squares
    in that unit alone, NaN where its predictor does not vary); empty where nothing was fitted.
    """

    results: tuple[Result, ...]
    frame: pd.DataFrame


def fitted_slopes(unit: Any, outcome: Floats, predictors: Floats, terms: Sequence[str], *, level: float) -> Slopes:
    """Fit with a random slope of the first predictor: the average slope, then `PARTS`, under `terms`."""
    moments = unit_grams(unit, outcome, predictors) if len(outcome) else None
    fit = None if moments is None else fit_random_slope(moments)
    if moments is None or fit is None:
        return no_slopes(terms, "mixed.unidentified")
    slope = slope_coefficient(fit, 1, terms[0], level)
    results = (slope, *_spread(fit, moments, slope, terms[1:], level))
    return Slopes(results, _frame(fit, moments, level))


def slope_coefficient(fit: RandomSlope, place: int, term: str, level: float) -> Estimate:
    """A coefficient with Satterthwaite's degrees of freedom; a singular fit says so in its health."""
    return wald_estimate(
        float(fit.coefficients[place]),
        float(fit.std_errors[place]),
        float(fit.df[place]),
        term=term,
        level=level,
        method=METHOD,
        health=("mixed.singular",) if fit.singular else (),
    )


def _spread(
    fit: RandomSlope, moments: UnitGrams, slope: Estimate, terms: Sequence[str], level: float
) -> tuple[Estimate, ...]:
    """Variance, standard deviation and share of opposite slopes, with likelihood-profile intervals."""
    variance = max(float(fit.random_covariance[1, 1]), 0.0)
    ends = slope_sd_interval(moments, [1], 1, level) or (0.0, float("inf"))
    error = None if fit.random_se is None else float(fit.random_se[1, 1])
    size = abs(slope.estimate)
    shares = [float(stats.norm.cdf(-size / sd)) if sd > 0 else 0.0 for sd in (*ends, float(np.sqrt(variance)))]
    common: dict[str, Any] = {"health": slope.health, "conf_level": level}
    values = (
        (variance, error, ends[0] ** 2, ends[1] ** 2, "mixed.slope_profile"),
        (float(np.sqrt(variance)), None, *ends, "mixed.slope_profile"),
        (shares[2], None, shares[0], shares[1], "mixed.opposite_share"),
    )
    return tuple(
        Estimate(term=term, estimate=value, std_error=error, conf_low=low, conf_high=high, method=method, **common)
        for term, (value, error, low, high, method) in zip(terms, values, strict=True)
    )


def _frame(fit: RandomSlope, moments: UnitGrams, level: float) -> pd.DataFrame:
    """Each unit's own slope: shrunken with its prediction interval, and by least squares in the unit alone."""
    slope = fit.coefficients[1] + fit.effects[:, 1]
    half = t_quantile(level, float(fit.df[1])) * np.sqrt(np.maximum(fit.effect_covariance[:, 1, 1], 0.0))
    gram = moments.gram
    centred = gram[:, 1, 1] - gram[:, 0, 1] ** 2 / gram[:, 0, 0]
    product = gram[:, 1, -1] - gram[:, 0, 1] * gram[:, 0, -1] / gram[:, 0, 0]
    moves = centred > 1e-12 * np.maximum(gram[:, 1, 1].max(), 1e-300)
    own = np.divide(product, centred, out=np.full(len(slope), np.nan), where=moves)
    return pd.DataFrame({"slope": slope, "low": slope - half, "high": slope + half, "own": own})


def no_slopes(terms: Sequence[str], reason: str, **details: int) -> Slopes:
    """Why there are no slopes, for each of the terms."""
    results = tuple(NotEstimable(term=term, reason=reason, details=details) for term in terms)
    return Slopes(results, pd.DataFrame(columns=["unit", "slope", "low", "high", "own"]))
