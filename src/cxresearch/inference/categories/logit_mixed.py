"""Logistic regression of a yes-or-no outcome from units' counts, and the binomial mixed model beside it.

Both are cumulative logits with two categories; the intercept is minus the only threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.categories.cumulative_logit import category_data, fit_cumulative_logit
from cxresearch.inference.categories.ordinal_mixed import OrdinalMixed, fit_ordinal_mixed, logit_mixed, refused
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import NotEstimable, Result

__all__ = ["OrdinalMixed", "fit_ordinal_mixed", "logit", "logit_mixed", "two_categories"]


def two_categories(successes: ArrayLike, n: ArrayLike) -> Floats:
    """Counts (J, 2) of noes and yeses from yeses (J,) and answers (J,)."""
    yes, every = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return np.column_stack([every - yes, yes])


def logit(counts: ArrayLike, predictors: ArrayLike, terms: Sequence[str], *, level: float) -> tuple[Result, ...]:
    """Log odds of a yes per unit of each predictor, from counts (J, 2) of noes and yeses.

    Errors are clustered by unit (CR1S), and t has J - 1 degrees of freedom.
    """
    table = np.asarray(counts, dtype=np.float64)
    refusal = refused(table, len(terms), terms)
    if refusal is not None:
        return refusal
    fit = fit_cumulative_logit(category_data(table, predictors))
    if fit is None:
        return tuple(NotEstimable(term=term, reason="models.separated") for term in terms)
    shared: dict[str, Any] = {"n_units": int((table.sum(axis=1) > 0).sum()), "n_respondents": int(table.sum())}
    df, errors = shared["n_units"] - 1.0, np.sqrt(np.maximum(np.diag(fit.robust), 0.0))[len(fit.thresholds) :]
    return tuple(
        replace(
            wald_estimate(float(slope), float(error), df, term=term, level=level, method="models.logit_clustered"),
            **shared,
        )
        for term, slope, error in zip(terms, fit.slopes, errors, strict=True)
    )
