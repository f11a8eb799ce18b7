"""The completely standardised solution (lavaan's `std.all`) with standard errors by the delta method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.fit import Fit
from cxresearch.sem.implied import implied
from cxresearch.sem.model import GroupLayout

_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class Standardised:
    """Standardised effects and covariances of every group.

    Attributes
    ----------
    effects, effect_errors : (G, V, V) of the variables in the order of `Model.variables`: row on column.
    correlations, correlation_errors : (G, V, V) of what the effects leave; of variables that nothing acts on their
        correlations. NaN where a variance is negative.
    slopes : (G, 2, V, V, Q) derivatives of both by the parameters, effects first.
    """

    effects: Floats
    effect_errors: Floats
    correlations: Floats
    correlation_errors: Floats
    slopes: Floats


def standardised(fit: Fit) -> Standardised:
    """Standardise by the standard deviations that the model implies."""
    groups = fit.objective.layout.groups
    values = np.stack([_standardise(group, fit.estimates) for group in groups])
    slopes = np.zeros((*values.shape, fit.objective.size))
    for index, value in enumerate(fit.estimates):
        step = _STEP * max(1.0, abs(float(value)))
        up, down = fit.estimates.copy(), fit.estimates.copy()
        up[index] += step
        down[index] -= step
        for at, group in enumerate(groups):
            slopes[at, ..., index] = (_standardise(group, up) - _standardise(group, down)) / (2 * step)
    spread = np.einsum("...q,qr,...r->...", slopes, fit.covariance, slopes, optimize=True)
    errors = np.sqrt(np.maximum(spread, 0))
    return Standardised(values[:, 0], errors[:, 0], values[:, 1], errors[:, 1], slopes)


def _standardise(group: GroupLayout, theta: Floats) -> Floats:
    """(2, V, V): standardised effects, and correlations of what is left."""
    a, s, _ = group.filled(theta)
    total = np.diag(implied(group, theta).total)
    own = np.diag(s)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(total)
        effects = np.where(a == 0, 0.0, a * scale / scale[:, None])
        left = np.sqrt(np.where(own > 0, own, np.nan))
        correlations = np.where(s == 0, 0.0, s / np.outer(left, left))
    return np.stack([effects, correlations])
