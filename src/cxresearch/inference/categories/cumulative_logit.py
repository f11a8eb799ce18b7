"""Cumulative logit of ordered categories from units' category counts (McCullagh 1980).

P(Y <= k) = F(theta_k - x'b) with F the logistic function, so that a positive b means higher categories. Because
F(t) - F(s) = F(t) (1 - F(s)) (1 - exp(s - t)), the log likelihood is a sum of binary ones, one for each threshold, and
a term of the thresholds' distances; its derivatives by the linear predictor are those of logistic regression. Two
categories are logistic regression itself, with the intercept -theta.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from cxresearch.inference.complete_cases import as_columns
from cxresearch.moments import Floats

_STEPS = 100
_HALVINGS = 40
_SETTLED = 1e-11
_WORST = 1e12
FARTHEST = 25.0
"""A slope per standard deviation beyond this has run away: the predictors separate the categories."""


@dataclass(frozen=True, slots=True)
class CategoryData:
    """Category counts of units, ready to be fitted.

    Attributes
    ----------
    lower, upper : (J, M) how many are in the category just below and just above each of the M thresholds.
    middle : (M - 1,) all units' counts of the categories between two thresholds.
    design : (J, P) predictors about their mean, in standard deviations. centre, size : (P,) what undoes that.
    """

    lower: Floats
    upper: Floats
    middle: Floats
    design: Floats
    centre: Floats
    size: Floats

    @property
    def n_thresholds(self) -> int:
        """Categories less one, M."""
        return int(self.lower.shape[1])

    def unscaled(self, extra: int = 0) -> Floats:
        """Matrix that takes thresholds, slopes and `extra` other parameters to the predictors' own scale."""
        thresholds, width = self.n_thresholds, len(self.size)
        back = np.eye(thresholds + width + extra)
        slopes = np.arange(thresholds, thresholds + width)
        back[slopes, slopes] = 1 / self.size
        back[:thresholds, slopes] = self.centre / self.size
        return back


def category_data(counts: ArrayLike, predictors: ArrayLike) -> CategoryData:
    """From counts (J, K), lowest category first, and predictors (J, P); empty categories and units are left out."""
    table = np.asarray(counts, dtype=np.float64)
    present = table.sum(axis=1) > 0
    table = table[present][:, table.sum(axis=0) > 0]
    columns = as_columns(predictors)[present]
    centre = columns.mean(axis=0)
    spread = columns.std(axis=0)
    size = np.where(spread > 0, spread, 1.0)
    return CategoryData(
        table[:, :-1], table[:, 1:], table[:, 1:-1].sum(axis=0), (columns - centre) / size, centre, size
    )


def spacing(thresholds: Floats, middle: Floats) -> tuple[float, Floats]:
    """The thresholds' own part of the log likelihood, sum of middle * log(1 - exp(-distance)), and its gradient."""
    distance = np.diff(thresholds)
    rise = middle * np.exp(-distance) / -np.expm1(-distance)
    gradient = np.zeros(len(thresholds))
    gradient[1:] += rise
    gradient[:-1] -= rise
    return float(middle @ np.log(-np.expm1(-distance))), gradient


@dataclass(frozen=True, slots=True)
class CumulativeLogit:
    """A fit without random effects, on the predictors' own scale.

    Attributes
    ----------
    thresholds : (M,). slopes : (P,). covariance, robust : (M + P, M + P) from the information matrix, and CR1S by unit.
    log_likelihood : at the maximum, of the single answers. scaled : (M + P,) the parameters of the scaled design.
    """

    thresholds: Floats
    slopes: Floats
    covariance: Floats
    robust: Floats
    log_likelihood: float
    scaled: Floats


def fit_cumulative_logit(data: CategoryData) -> CumulativeLogit | None:
    """Maximum likelihood by Newton steps; None when categories or predictors leave it without a maximum."""
    thresholds = data.n_thresholds
    if thresholds < 1 or len(data.design) <= data.design.shape[1] + 1 or not _full_rank(data.design):
        return None
    below = data.lower.sum(axis=0).cumsum()
    share = below / (below[-1] + data.upper[:, -1].sum())
    parameters = np.concatenate([np.log(share / (1 - share)), np.zeros(data.design.shape[1])])
    value, scores, information = _evaluate(data, parameters)
    for _ in range(_STEPS):
        if np.linalg.cond(information) > _WORST:
            return None
        step = np.linalg.solve(information, scores.sum(axis=0))
        found = _climb(data, parameters, value, step)
        if found is None or np.abs(found[0][thresholds:]).max(initial=0.0) > FARTHEST:
            return None
        parameters, value, scores, information = found
        if np.abs(step).max() < _SETTLED * (1 + np.abs(parameters).max()):
            return _finished(data, parameters, value, scores, information)
    return None


def _full_rank(design: Floats) -> bool:
    whole = np.column_stack([np.ones(len(design)), design])
    return bool(np.linalg.svd(whole, compute_uv=False)[-1] > 1e-8 * len(design) ** 0.5)


def _climb(
    data: CategoryData, start: Floats, value: float, step: Floats
) -> tuple[Floats, float, Floats, Floats] | None:
    """The step, halved until thresholds are in order and the likelihood does not fall."""
    for halving in range(_HALVINGS):
        moved = start + step / 2**halving
        if (np.diff(moved[: data.n_thresholds]) > 0).all():
            found = _evaluate(data, moved)
            if found[0] >= value - 1e-12 * abs(value):
                return moved, *found
    return None


def _evaluate(data: CategoryData, parameters: Floats) -> tuple[float, Floats, Floats]:
    """Log likelihood, units' scores (J, M + P) and information (M + P, M + P)."""
    count = data.n_thresholds
    thresholds = parameters[:count]
    at = thresholds - (data.design @ parameters[count:])[:, None]
    share, total = expit(at), data.lower + data.upper
    own, distance_slope = spacing(thresholds, data.middle)
    value = float(-(total * np.logaddexp(0, -at) + data.upper * at).sum()) + own
    by_threshold = data.lower * (1 - share) - data.upper * share
    scores = np.column_stack([by_threshold, -by_threshold.sum(axis=1)[:, None] * data.design])
    scores[:, :count] += _distance_scores(data, thresholds, distance_slope)
    curve = total * share * (1 - share)
    information = np.empty((len(parameters), len(parameters)))
    information[:count, :count] = np.diag(curve.sum(axis=0)) + _distance_information(thresholds, data.middle)
    information[count:, :count] = -data.design.T @ curve
    information[:count, count:] = information[count:, :count].T
    information[count:, count:] = data.design.T @ (curve.sum(axis=1)[:, None] * data.design)
    return value, scores, information


def _distance_scores(data: CategoryData, thresholds: Floats, whole: Floats) -> Floats:
    """(J, M) each unit's part of the gradient of `spacing`; the parts add up to `whole`."""
    if len(thresholds) == 1:
        return np.zeros((len(data.design), 1)) + whole
    distance = np.diff(thresholds)
    rise = data.lower[:, 1:] * (np.exp(-distance) / -np.expm1(-distance))
    scores = np.zeros((len(data.design), len(thresholds)))
    scores[:, 1:] += rise
    scores[:, :-1] -= rise
    return scores


def _distance_information(thresholds: Floats, middle: Floats) -> Floats:
    distance = np.diff(thresholds)
    bend = middle * np.exp(-distance) / np.expm1(-distance) ** 2
    out = np.zeros((len(thresholds), len(thresholds)))
    places = np.arange(len(bend))
    out[places, places] += bend
    out[places + 1, places + 1] += bend
    out[places, places + 1] -= bend
    out[places + 1, places] -= bend
    return out


def _finished(
    data: CategoryData, parameters: Floats, value: float, scores: Floats, information: Floats
) -> CumulativeLogit:
    back = data.unscaled()
    inverse = np.linalg.inv(information)
    n_units, n_rows = len(scores), float(data.lower[:, 0].sum() + data.upper.sum())
    factor = n_units / (n_units - 1) * (n_rows - 1) / (n_rows - len(parameters))
    robust = factor * inverse @ (scores.T @ scores) @ inverse
    own = back @ parameters
    count = data.n_thresholds
    return CumulativeLogit(own[:count], own[count:], back @ inverse @ back.T, back @ robust @ back.T, value, parameters)
