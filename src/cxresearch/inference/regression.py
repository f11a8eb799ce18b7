"""Least squares with standard errors that hold under unequal variances (HC3) and within units (CR1S)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import NotEstimable, Result

_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """A least-squares fit.

    Attributes
    ----------
    coefficients : (P,). bread : (P, P) inverse of X'X. design : (N, P). residuals, leverage : (N,).
    """

    coefficients: Floats
    bread: Floats
    design: Floats
    residuals: Floats
    leverage: Floats

    @property
    def df(self) -> int:
        """Residual degrees of freedom, N - P."""
        return int(self.design.shape[0] - self.design.shape[1])


def least_squares(y: Floats, design: Floats) -> LeastSquares | None:
    """Fit y (N,) on `design` (N, P); None when the columns are linearly dependent or N <= P."""
    n_rows, n_columns = design.shape
    scale = np.linalg.norm(design, axis=0)
    if n_rows <= n_columns or not (scale > 0).all():
        return None
    basis, triangle = np.linalg.qr(design / scale)
    if np.abs(np.diag(triangle)).min() < _RANK:
        return None
    inverse = np.linalg.inv(triangle) / scale[:, None]
    coefficients = inverse @ (basis.T @ y)
    return LeastSquares(
        coefficients, inverse @ inverse.T, design, y - design @ coefficients, np.asarray((basis**2).sum(axis=1))
    )


def hc3_covariance(fit: LeastSquares) -> Floats | None:
    """HC3 (MacKinnon and White 1985): residuals divided by 1 - leverage; None when some leverage is 1."""
    rest = 1 - fit.leverage
    if rest.min() < _RANK:
        return None
    scores = fit.design * (fit.residuals / rest)[:, None]
    return np.asarray(fit.bread @ (scores.T @ scores) @ fit.bread)


def cr1s_covariance(fit: LeastSquares, clusters: ArrayLike) -> tuple[Floats, int]:
    """Cluster-robust covariance by `clusters` (N,), Stata's factor G / (G - 1) * (N - 1) / (N - P), and G."""
    labels, code = np.unique(np.asarray(clusters), return_inverse=True)
    scores = np.zeros((len(labels), fit.design.shape[1]))
    np.add.at(scores, code, fit.design * fit.residuals[:, None])
    n_rows, n_columns = fit.design.shape
    factor = len(labels) / (len(labels) - 1) * (n_rows - 1) / (n_rows - n_columns)
    return np.asarray(factor * fit.bread @ (scores.T @ scores) @ fit.bread), len(labels)


def ols(
    y: ArrayLike, predictors: ArrayLike, terms: Sequence[str], *, level: float, clusters: ArrayLike | None = None
) -> tuple[Result, ...]:
    """Coefficients of `predictors` (N, P), one result for each of the P `terms`, with an intercept added.

    Without `clusters`: HC3 standard errors and t with N - P - 1 degrees of freedom. With `clusters` (N,): CR1S and
    t with G - 1. All values must be known.
    """
    outcome = np.asarray(y, dtype=np.float64)
    columns = as_columns(predictors)
    design = np.column_stack([np.ones(len(outcome)), columns])
    fit = least_squares(outcome, design)
    if fit is None:
        return tuple(_dependent(term, design) for term in terms)
    n_units = len(outcome) if clusters is None else len(np.unique(np.asarray(clusters)))
    if clusters is None:
        covariance, df, method = hc3_covariance(fit), float(fit.df), "linkage.ols_hc3"
    elif n_units < 2:
        return tuple(_few(term, n_units, 2) for term in terms)
    else:
        covariance, df, method = cr1s_covariance(fit, clusters)[0], float(n_units - 1), "linkage.ols_cr1s"
    if covariance is None:
        return tuple(NotEstimable(term=term, reason="linkage.full_leverage") for term in terms)
    errors = np.sqrt(np.diag(covariance))
    return tuple(
        wald_estimate(
            float(fit.coefficients[column]),
            float(errors[column]),
            df,
            term=term,
            level=level,
            method=method,
            n_units=n_units,
        )
        for column, term in enumerate(terms, start=1)
    )


def _few(term: str, count: int, needed: int) -> NotEstimable:
    return NotEstimable(term=term, reason="linkage.too_few_units", details={"count": count, "needed": needed})


def _dependent(term: str, design: Floats) -> NotEstimable:
    n_rows, n_columns = design.shape
    if n_rows <= n_columns:
        return _few(term, n_rows, n_columns + 1)
    return NotEstimable(term=term, reason="linkage.collinear")
