"""Nested models: the likelihood-ratio test, scaled where the fits are, and what freeing an equality would gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cxresearch.sem.fit import Fit
from cxresearch.sem.model import Model, layout
from cxresearch.sem.objective import Objective
from cxresearch.statistic import NotEstimable


@dataclass(frozen=True, slots=True)
class Comparison:
    """Likelihood-ratio test of a model against one that it is a case of."""

    chi2: float
    df: int
    p: float


def compare(restricted: Fit, free: Fit, *, term: str) -> Comparison | NotEstimable:
    """Test the restriction. With robust fits the difference is scaled (Satorra and Bentler 2001).

    Returns
    -------
    The test, or `sem.not_nested` without degrees of freedom, or `sem.negative_scaling` where the scaled test has no
    value in this sample.
    """
    df = restricted.df - free.df
    if df <= 0:
        return NotEstimable(term=term, reason="sem.not_nested", details={"df": df})
    scale = 1.0
    if restricted.scaling is not None and free.scaling is not None:
        scale = (restricted.df * restricted.scaling.factor - free.df * free.scaling.factor) / df
    if scale <= 0:
        return NotEstimable(term=term, reason="sem.negative_scaling", details={"df": df})
    chi2 = max(restricted.chi2 - free.chi2, 0.0) / scale
    return Comparison(chi2, df, float(stats.chi2.sf(chi2, df)))


def release_gain(fit: Fit, released: Model) -> float:
    """Score test (Lagrange multiplier): by about how much chi2 would fall if `released` were fitted instead.

    `released` has the fit's entries in the same order, with some labels no longer shared.
    """
    value = {label: float(at) for label, at in zip(fit.labels, fit.estimates, strict=True)}
    laid = layout(released)
    theta = np.zeros(len(laid.labels))
    place = {label: index for index, label in enumerate(laid.labels)}
    for before, after in zip(fit.model.groups, released.groups, strict=True):
        for old, new in zip(before, after, strict=True):
            if new.label in place:
                theta[place[new.label]] = value[old.label]
    objective = Objective(laid, fit.objective.samples)
    point = objective.at(theta)
    if point is None:
        return 0.0
    score = -objective.gradient(point) / 2
    return float(score @ np.linalg.lstsq(objective.information(point), score, rcond=None)[0])
