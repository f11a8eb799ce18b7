"""The interaction of two variables, fitted, and the slope of one at any value of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns, complete_cases, is_constant
from cxresearch.inference.mechanism.joint_regressions import Errors, joint_covariance
from cxresearch.inference.regression import least_squares
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable


@dataclass(frozen=True, slots=True)
class Interaction:
    """A fitted interaction, w measured from `centre`.

    Attributes
    ----------
    slope, interaction : b1 at w = centre, and b3. covariance : (2, 2) of both. df : degrees of freedom.
    centre : mean of w. observed : (N,) values of w. n_units : rows, or clusters.
    """

    slope: float
    interaction: float
    covariance: Floats
    df: float
    centre: float
    observed: Floats
    n_units: int

    def at(self, value: float, *, term: str, level: float, method: str = "mechanism.simple_slope") -> Estimate:
        """The slope of x where w has the `value`."""
        direction = np.array([1.0, value - self.centre])
        return wald_estimate(
            self.slope + self.interaction * (value - self.centre),
            math.sqrt(float(direction @ self.covariance @ direction)),
            self.df,
            term=term,
            level=level,
            method=method,
            n_units=self.n_units,
            health=self._outside(value),
        )

    def _outside(self, value: float) -> tuple[str, ...]:
        beyond = value < self.observed.min() or value > self.observed.max()
        return ("mechanism.beyond_data",) if beyond else ()


def fit_interaction(
    x: ArrayLike,
    w: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    errors: Errors = "hc3",
    clusters: ArrayLike | None = None,
) -> Interaction | NotEstimable:
    """Fit the interaction of x and w (N,) on y given covariates (N, K); a `NotEstimable` without term if impossible."""
    given = np.empty((len(np.asarray(x)), 0)) if covariates is None else as_columns(covariates)
    units = np.arange(len(given)) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    first, moderator, last, held, code = complete_cases(x, w, y, given, units.astype(np.float64))
    n_units, needed = len(np.unique(code)), 6 + held.shape[1]
    if n_units < needed:
        return NotEstimable(term="", reason="linkage.too_few_units", details={"count": n_units, "needed": needed})
    if is_constant(moderator) or is_constant(first) or is_constant(last):
        return NotEstimable(term="", reason="linkage.constant")
    from_x, from_w = first - first.mean(), moderator - moderator.mean()
    design = np.column_stack([np.ones(len(first)), from_x, from_w, from_x * from_w, held])
    fit = least_squares(last, design)
    if fit is None:
        return NotEstimable(term="", reason="linkage.collinear")
    covariance = joint_covariance([fit], errors, code)
    if covariance is None:
        return NotEstimable(term="", reason="linkage.full_leverage")
    df = float(n_units - 1) if errors == "cluster" else float(fit.df)
    slope, interaction = float(fit.coefficients[1]), float(fit.coefficients[3])
    chosen = covariance[np.ix_([1, 3], [1, 3])]
    return Interaction(slope, interaction, chosen, df, float(moderator.mean()), moderator, n_units)
