"""Survey weights: what they cost, unit means under them, and weights that meet known population margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats, Ints, ScoreMoments
from cxresearch.scoring.weighted import effective_n, weighted_mean
from cxresearch.statistic import Estimate, NotEstimable, Result

_CLOSE = 1e-12
_ROUNDS = 1000


def weighting_results(weights: ArrayLike, *, term: str, frequency: ArrayLike | None = None) -> tuple[Result, Result]:
    """`<term>.n_eff`, Kish's effective sample size, and `<term>.design_effect`, n / n_eff = 1 + cv^2 of the weights.

    Parameters
    ----------
    weights : (N,) positive, of the respondents who have a score. frequency : (N,) respondents each row stands for.
    """
    weight = np.asarray(weights, dtype=np.float64)
    times = np.ones(len(weight)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    n = int(times.sum())
    terms = f"{term}.n_eff", f"{term}.design_effect"
    if not n or times @ weight <= 0:
        missing = [NotEstimable(term=one, reason="weights.none") for one in terms]
        return missing[0], missing[1]
    size = effective_n(weight, times)
    return (
        Estimate(term=terms[0], estimate=size, n_respondents=n, method="weights.kish"),
        Estimate(term=terms[1], estimate=n / size, n_respondents=n, method="weights.kish_deff"),
    )


def weighted_moments(
    codes: ArrayLike,
    values: ArrayLike,
    weights: ArrayLike,
    n_groups: int,
    *,
    frequency: ArrayLike | None = None,
) -> ScoreMoments:
    """Moments by unit whose mean is the weighted mean and whose error of the mean is that of the weighted mean.

    The linearised variance of a weighted mean of n answers is n / (n - 1) sum (w / W)^2 (x - mean)^2; the sum of
    squares returned is n (n - 1) times it, so that everything computed from the moments (errors, reliability, models)
    carries the loss of precision. Equal weights give `score_moments`.

    Parameters
    ----------
    codes : (N,) unit 0..n_groups-1. values : (N,), NaN left out. weights : (N,), positive.
    frequency : (N,) how many equal rows each row stands for; 1 unless given.
    """
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    known = ~np.isnan(value)
    times = np.ones(len(known)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    group, value, weight = np.asarray(codes, dtype=np.int64)[known], value[known], weight[known]
    times = times[known]
    n = np.bincount(group, weights=times, minlength=n_groups).astype(np.int64)
    safe = np.where(n > 0, np.bincount(group, weights=times * weight, minlength=n_groups), 1.0)
    mean = np.bincount(group, weights=times * weight * value, minlength=n_groups) / safe
    share = weight / safe[group]
    spread = np.bincount(group, weights=times * share**2 * (value - mean[group]) ** 2, minlength=n_groups)
    return ScoreMoments(n, mean.astype(np.float64), (n.astype(np.float64) ** 2 * spread).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Margin:
    """A known distribution of the population.

    Attributes
    ----------
    labels : (N,) category of each respondent. totals : size of each category in the population.
    """

    labels: Sequence[object]
    totals: Mapping[object, float]


def rake(weights: ArrayLike, margins: Sequence[Margin]) -> Floats | NotEstimable:
    """Weights (N,) that meet every margin, as near to the given ones as that allows (iterative proportional fitting).

    One margin is post-stratification. The margins' totals are taken as shares of the first margin's sum where they
    differ in sum.

    Returns
    -------
    Weights, or the reason why there are none: `weights.empty_category` where a category of the population has no
    respondent, `weights.unknown_category` where a respondent's has no total, `weights.no_convergence`.
    """
    weight = np.asarray(weights, dtype=np.float64).copy()
    coded: list[tuple[Ints, Floats]] = []
    for place, margin in enumerate(margins):
        names = list(margin.totals)
        index = {name: code for code, name in enumerate(names)}
        codes = np.array([index.get(label, -1) for label in margin.labels], dtype=np.int64)
        if (codes < 0).any():
            return NotEstimable(term="rake", reason="weights.unknown_category", details={"margin": place + 1})
        if len(np.unique(codes)) < len(names):
            return NotEstimable(term="rake", reason="weights.empty_category", details={"margin": place + 1})
        totals = np.array([margin.totals[name] for name in names], dtype=np.float64)
        first = coded[0][1].sum() if coded else totals.sum()
        coded.append((codes, totals * first / totals.sum()))
    for _ in range(_ROUNDS):
        for codes, totals in coded:
            weight *= (totals / np.bincount(codes, weights=weight, minlength=len(totals)))[codes]
        if all(_met(weight, codes, totals) for codes, totals in coded):
            return weight
    return NotEstimable(term="rake", reason="weights.no_convergence", details={"rounds": _ROUNDS})


def _met(weight: Floats, codes: Ints, totals: Floats) -> bool:
    reached = np.bincount(codes, weights=weight, minlength=len(totals))
    return bool(np.all(np.abs(reached - totals) <= _CLOSE * np.abs(totals).sum()))


def calibrated_mean(
    values: ArrayLike,
    weights: ArrayLike,
    margins: Sequence[Margin],
    *,
    term: str,
    units: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    population: ArrayLike | None = None,
    level: float = 0.95,
) -> Result:
    """Weighted mean after raking to the margins; its error counts what the margins explain as known.

    The linearised variance uses the residuals of the values on the margins' categories (Deville and Sarndal 1992), as
    `survey::postStratify` with one margin.

    Parameters
    ----------
    values : (N,), without missing values. weights : (N,) before raking. The rest as in `weighted_mean`.
    """
    value = np.asarray(values, dtype=np.float64)
    raked = rake(weights, margins)
    if isinstance(raked, NotEstimable):
        return raked.named(term)
    mean = float(raked @ value / raked.sum())
    dummies = np.concatenate([_dummies(margin) for margin in margins], axis=1)
    root = np.sqrt(raked)[:, None]
    slopes = np.linalg.lstsq(root * dummies, root[:, 0] * (value - mean), rcond=None)[0]
    residual = value - mean - dummies @ slopes
    found = weighted_mean(
        mean + residual, raked, term=term, units=units, strata=strata, population=population, level=level
    )
    return replace(found, method="weights.calibrated_mean") if isinstance(found, Estimate) else found


def _dummies(margin: Margin) -> Floats:
    names = list(margin.totals)
    return np.array([[label == name for name in names] for label in margin.labels], dtype=np.float64)
