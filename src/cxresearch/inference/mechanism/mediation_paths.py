"""The paths of a mediation, fitted as three regressions with the joint covariance of their coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.mechanism.joint_regressions import Errors, joint_covariance
from cxresearch.inference.regression import LeastSquares, least_squares
from cxresearch.moments import Floats


@dataclass(frozen=True, slots=True)
class Paths:
    """Fitted paths of a mediation.

    Attributes
    ----------
    a, b, direct, total : coefficients. covariance : (4, 4) of (a, b, direct, total).
    df_mediator, df_outcome, df_total : degrees of freedom of the regressions that give a; b and direct; total.
    """

    a: float
    b: float
    direct: float
    total: float
    covariance: Floats
    df_mediator: float
    df_outcome: float
    df_total: float

    @property
    def indirect(self) -> float:
        """The product a b."""
        return self.a * self.b

    @property
    def sobel_error(self) -> float:
        """Standard error of a b by the delta method, sqrt(a^2 v_b + b^2 v_a + 2 a b cov_ab) (Sobel 1982)."""
        gradient = np.array([self.b, self.a])
        return math.sqrt(max(0.0, float(gradient @ self.covariance[:2, :2] @ gradient)))


def fit_paths(
    x: Floats, m: Floats, y: Floats, covariates: Floats, *, errors: Errors = "hc3", clusters: ArrayLike | None = None
) -> Paths | str:
    """Fit the three regressions of complete rows (N,), covariates (N, K); or the reason why they cannot be fitted."""
    constant = np.ones(len(x))
    designs = (
        np.column_stack([constant, x, covariates]),
        np.column_stack([constant, x, m, covariates]),
        np.column_stack([constant, x, covariates]),
    )
    fits: list[LeastSquares] = []
    for outcome, design in zip((m, y, y), designs, strict=True):
        fit = least_squares(outcome, design)
        if fit is None:
            return "linkage.collinear"
        fits.append(fit)
    covariance = joint_covariance(fits, errors, clusters)
    if covariance is None:
        return "linkage.full_leverage"
    first, second = designs[0].shape[1], designs[1].shape[1]
    chosen = [1, first + 2, first + 1, first + second + 1]
    groups = None if errors != "cluster" else float(len(np.unique(np.asarray(clusters))) - 1)
    dfs = [float(fit.df) if groups is None else groups for fit in fits]
    return Paths(
        float(fits[0].coefficients[1]),
        float(fits[1].coefficients[2]),
        float(fits[1].coefficients[1]),
        float(fits[2].coefficients[1]),
        covariance[np.ix_(chosen, chosen)],
        *dfs,
    )
