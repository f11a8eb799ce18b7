"""Generalised estimating equations with exchangeable correlation, from units' counts and means.

All rows of a unit have the same predictors, so that the working covariance v(mu) phi ((1 - a) I + a 11') is inverted in
closed form and a unit enters by its n, mean and sum of squares only (Liang and Zeger 1986). phi is the mean of the
squared Pearson residuals and a the mean product of pairs of them within units, over phi, as in geepack, but kept above
-1 / (n - 1) of the largest unit, where the working covariance ends. The
bias-reduced covariance takes residuals as (I - H_j)^-1 e_j (Mancl and DeRouen 2001), which for equal rows divides a
unit's score by one minus its leverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from cxresearch.inference.complete_cases import as_columns
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import NotEstimable, Result

Link = Literal["identity", "logit"]
FEW_UNITS = 50
"""Below this many units the bias-reduced covariance is used."""

_STEPS = 200
_INSIDE = 0.99
_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class Marginal:
    """A fitted marginal model.

    Attributes
    ----------
    coefficients : (P,). robust, bias_reduced : (P, P) sandwich covariances, the second corrected for few units; None
        where a unit determines a coefficient alone.
    alpha : correlation within units. phi : dispersion.
    """

    coefficients: Floats
    robust: Floats
    bias_reduced: Floats | None
    alpha: float
    phi: float


def fit_marginal(outcome: ScoreMoments, predictors: ArrayLike, link: Link = "identity") -> Marginal | None:
    """Fit by Fisher scoring; None when columns are dependent or the fit does not settle.

    `outcome` holds the units' values (0 and 1 with the logit link), `predictors` (J, P) are known per unit; an
    intercept is added. Units without values are left out.
    """
    present = outcome.n > 0
    kept, columns = outcome.select(present), as_columns(predictors)[present]
    design, centre, size = _standardised(columns)
    if len(design) <= design.shape[1] or _dependent(design):
        return None
    fit = _scored(kept, design, link)
    if fit is None:
        return None
    back = np.diag(1 / np.append(1.0, size))
    back[0, 1:] = -centre / size
    reduced = None if fit.bias_reduced is None else back @ fit.bias_reduced @ back.T
    return replace(fit, coefficients=back @ fit.coefficients, robust=back @ fit.robust @ back.T, bias_reduced=reduced)


def _standardised(columns: Floats) -> tuple[Floats, Floats, Floats]:
    """The design with an intercept and standardised columns, their means and their standard deviations."""
    spread = columns.std(axis=0)
    centre, size = columns.mean(axis=0), np.where(spread > 0, spread, 1.0)
    return np.column_stack([np.ones(len(columns)), (columns - centre) / size]), centre, size


def _dependent(design: Floats) -> bool:
    """Whether standardised columns are linearly dependent."""
    return bool(np.linalg.svd(design, compute_uv=False)[-1] < 1e-8 * len(design) ** 0.5)


def _mean(eta: Floats, link: Link) -> tuple[Floats, Floats]:
    """Mean of the outcome and its variance function at the linear predictor."""
    if link == "identity":
        return eta, np.ones(len(eta))
    mu = np.asarray(expit(eta), dtype=np.float64)
    return mu, mu * (1 - mu)


def _association(outcome: ScoreMoments, mu: Floats, variance: Floats) -> tuple[float, float]:
    """The correlation alpha and the dispersion phi from Pearson residuals."""
    sums = outcome.n * (outcome.mean - mu) / np.sqrt(variance)
    squares = (outcome.ss + outcome.n * (outcome.mean - mu) ** 2) / variance
    phi = float(squares.sum()) / float(outcome.n.sum())
    pairs = float((outcome.n * (outcome.n - 1.0)).sum())
    return (float((sums**2 - squares).sum()) / pairs / phi if pairs > 0 and phi > 0 else 0.0), phi


def _scored(outcome: ScoreMoments, design: Floats, link: Link) -> Marginal | None:
    beta = np.zeros(design.shape[1])
    grand = float(outcome.n @ outcome.mean) / float(outcome.n.sum())
    if link == "logit" and not 0 < grand < 1:
        return None
    beta[0] = grand if link == "identity" else np.log(grand / (1 - grand))
    lowest = -_INSIDE / max(float(outcome.n.max()) - 1, 1.0)
    for _ in range(_STEPS):
        mu, variance = _mean(design @ beta, link)
        if variance.min() < 1e-12:
            return None
        alpha, phi = _association(outcome, mu, variance)
        alpha = max(alpha, lowest)
        weight = outcome.n / (1 + (outcome.n - 1) * alpha)
        information = design.T @ ((weight * variance)[:, None] * design)
        pulls = (weight * (outcome.mean - mu))[:, None] * design
        step = np.linalg.solve(information, pulls.sum(axis=0))
        beta = beta + step
        if np.abs(step).max() < 1e-12 * (1 + np.abs(beta).max()):
            return _finished(design, beta, weight * variance, pulls, information, alpha, phi)
    return None


def _finished(
    design: Floats, beta: Floats, weight: Floats, pulls: Floats, information: Floats, alpha: float, phi: float
) -> Marginal:
    inverse = np.linalg.inv(information)
    free = 1 - weight * np.einsum("jp,pq,jq->j", design, inverse, design)
    freed = pulls / free[:, None] if free.min() > _RANK else None
    robust, reduced = (None if item is None else inverse @ (item.T @ item) @ inverse for item in (pulls, freed))
    return Marginal(beta, np.asarray(robust), reduced, alpha, phi)


def marginal(
    outcome: ScoreMoments,
    predictors: ArrayLike,
    terms: Sequence[str],
    *,
    level: float,
    link: Link = "identity",
    few_units: int = FEW_UNITS,
) -> tuple[Result, ...]:
    """Coefficient of each predictor, named by `terms`, with robust errors and normal tests.

    With fewer than `few_units` units the errors are bias-reduced and t has J - P degrees of freedom.
    """
    columns = as_columns(predictors)
    n_units, needed = int((outcome.n > 0).sum()), columns.shape[1] + 2
    if n_units < needed:
        details = {"count": n_units, "needed": needed}
        return tuple(NotEstimable(term=term, reason="linkage.too_few_units", details=details) for term in terms)
    fit = fit_marginal(outcome, columns, link)
    if fit is None:
        dependent = _dependent(_standardised(columns[outcome.n > 0])[0])
        reason = "linkage.collinear" if dependent else "models.not_settled"
        return tuple(NotEstimable(term=term, reason=reason) for term in terms)
    reduced = n_units < few_units
    covariance = fit.bias_reduced if reduced else fit.robust
    if covariance is None:
        return tuple(NotEstimable(term=term, reason="linkage.full_leverage") for term in terms)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    df = float(n_units - len(fit.coefficients)) if reduced else np.inf
    counts: dict[str, Any] = {"n_units": n_units, "n_respondents": int(outcome.n.sum())}
    method = "models.gee_bias_reduced" if reduced else "models.gee"
    return tuple(
        replace(
            wald_estimate(
                float(fit.coefficients[place]), float(errors[place]), df, term=term, level=level, method=method
            ),
            **counts,
        )
        for place, term in enumerate(terms, start=1)
    )
