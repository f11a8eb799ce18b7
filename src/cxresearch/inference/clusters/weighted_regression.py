"""Weighted least squares between units, with errors that do not take the weights as the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns
from cxresearch.inference.regression import hc3_covariance, least_squares
from cxresearch.inference.wald import wald_estimate
from cxresearch.statistic import NotEstimable, Result


def weighted_ols(
    y: ArrayLike,
    predictors: ArrayLike,
    weights: ArrayLike,
    terms: Sequence[str],
    *,
    level: float,
    method: str = "models.wls",
) -> tuple[Result, ...]:
    """Slope of each of the predictors (N, P), named by `terms`, with HC3 errors and N - P - 1 degrees of freedom.

    Rows count by their positive `weights` (N,), of which only the proportions matter; an intercept is added.
    """
    outcome, columns = np.asarray(y, dtype=np.float64), as_columns(predictors)
    root = np.sqrt(np.asarray(weights, dtype=np.float64))
    n_rows, needed = len(outcome), columns.shape[1] + 2
    if n_rows < needed:
        details = {"count": n_rows, "needed": needed}
        return tuple(NotEstimable(term=term, reason="linkage.too_few_units", details=details) for term in terms)
    fit = least_squares(root * outcome, root[:, None] * np.column_stack([np.ones(n_rows), columns]))
    if fit is None:
        return tuple(NotEstimable(term=term, reason="linkage.collinear") for term in terms)
    covariance = hc3_covariance(fit)
    if covariance is None:
        return tuple(NotEstimable(term=term, reason="linkage.full_leverage") for term in terms)
    errors, df = np.sqrt(np.diag(covariance)), float(fit.df)
    return tuple(
        wald_estimate(
            float(fit.coefficients[place]),
            float(errors[place]),
            df,
            term=term,
            level=level,
            method=method,
            n_units=n_rows,
        )
        for place, term in enumerate(terms, start=1)
    )
