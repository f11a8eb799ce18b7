"""The deviance of a fit with two nested random intercepts and its derivatives, from moments of groups.

Block inverses are Woodbury's, first of groups, then of units. Everything is analytic, so that complex steps work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.inference.mixed.nested_moments import NestedMoments
from cxresearch.moments import Floats

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class NestedSolved:
    """Generalised least squares at given variances.

    Attributes
    ----------
    weight : (G,) 1 / variance of a group's mean about its unit. weights : (J,) their sums. pull : (J,) 1'V^-1 1.
    unit_mean : (J, P + 1) weighted means. a : (P, P) X'V^-1 X. beta : (P,). rss : weighted residual sum of squares.
    """

    weight: Array
    weights: Array
    pull: Array
    unit_mean: Array
    a: Array
    beta: Array
    rss: Any


def solve_nested(moments: NestedMoments, group: Any, unit: Any, residual: Any) -> NestedSolved:
    """Coefficients at the variances of groups, units and rows."""
    weight = 1 / (group + residual / moments.n)
    weights = moments.by_unit(weight)
    unit_mean = moments.by_unit(weight[:, None] * moments.mean) / weights[:, None]
    pull = weights / (1 + unit * weights)
    rest = moments.mean - unit_mean[moments.unit]
    s = moments.within / residual + rest.T @ (weight[:, None] * rest) + unit_mean.T @ (pull[:, None] * unit_mean)
    a = s[:-1, :-1]
    beta = np.linalg.solve(a, s[:-1, -1])
    contrast = np.concatenate([-beta, [1.0]])
    return NestedSolved(weight, weights, pull, unit_mean, a, beta, contrast @ s @ contrast)


def nested_criterion(moments: NestedMoments, ratios: Floats, *, reml: bool) -> tuple[float, Floats]:
    """Deviance profiled to the ratios (2,) of the groups' and units' variance to sigma2, and its derivative by them.

    In the columns' original scales: lme4's `REMLcrit`, or -2 log likelihood.
    """
    at = solve_nested(moments, ratios[0], ratios[1], 1.0)
    sigma2 = at.rss / (moments.n_rows - len(at.beta) * reml)
    return _value(moments, at, reml=reml), _by_variances(moments, at, ratios[1], sigma2, reml=reml)


def nested_deviance(moments: NestedMoments, ratios: Floats, *, reml: bool) -> float:
    """The deviance of `nested_criterion` alone."""
    return _value(moments, solve_nested(moments, ratios[0], ratios[1], 1.0), reml=reml)


def _value(moments: NestedMoments, at: NestedSolved, *, reml: bool) -> float:
    free = moments.n_rows - len(at.beta) * reml
    value = free * (1 + math.log(2 * math.pi * at.rss / free) + 2 * math.log(moments.scale[-1]))
    value += np.log(moments.n / at.weight).sum() + np.log(at.weights / at.pull).sum()
    if reml:
        value += np.linalg.slogdet(at.a)[1] + 2 * np.log(moments.scale[:-1]).sum()
    return float(value)


def _by_variances(moments: NestedMoments, at: NestedSolved, unit: Any, noise: Any, *, reml: bool) -> Array:
    """Derivatives by the groups' and the units' variance; `noise` is the part of sigma2 not yet in the weights."""
    contrast = np.concatenate([-at.beta, [1.0]])
    inverse = np.linalg.inv(at.a)
    apart = moments.mean - (unit * at.pull[:, None] * at.unit_mean)[moments.unit]
    shared = unit / (1 + unit * at.weights)
    by_group = at.weight - at.weight**2 * (
        shared[moments.unit] + (apart @ contrast) ** 2 / noise + reml * _leverage(apart, inverse)
    )
    by_unit = at.pull - at.pull**2 * ((at.unit_mean @ contrast) ** 2 / noise + reml * _leverage(at.unit_mean, inverse))
    return np.array([by_group.sum(), by_unit.sum()])


def _leverage(rows: Array, inverse: Array) -> Array:
    return np.asarray(np.einsum("gp,gp->g", rows[:, :-1] @ inverse, rows[:, :-1]))


def nested_gradient(moments: NestedMoments, variances: Array, *, reml: bool) -> Array:
    """Derivatives (3,) of the deviance, not profiled, by the variances of groups, units and rows.

    The last follows from the others, because variances times derivatives add up to N - P - rss.
    """
    at = solve_nested(moments, *variances)
    group, unit = _by_variances(moments, at, variances[1], 1.0, reml=reml)
    free = moments.n_rows - len(at.beta) * reml
    row = (free - at.rss - variances[0] * group - variances[1] * unit) / variances[2]
    return np.array([group, unit, row])
