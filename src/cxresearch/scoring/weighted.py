"""The mean of a weighted sample, with the error of its design: strata, units, finite population."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cxresearch.moments import Floats, Ints
from cxresearch.statistic import Estimate, NotEstimable, Result


def effective_n(weights: ArrayLike, frequency: ArrayLike | None = None) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2: how many equally weighted answers are worth as much.

    `frequency` (N,) tells how many answers each of the weights (N,) belongs to.
    """
    weight = np.asarray(weights, dtype=np.float64)
    counted = weight if frequency is None else weight * np.asarray(frequency, dtype=np.float64)
    return float(counted.sum() ** 2 / (counted @ weight))


def weighted_mean(
    values: ArrayLike,
    weights: ArrayLike,
    *,
    term: str,
    units: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    population: ArrayLike | None = None,
    level: float = 0.95,
    frequency: ArrayLike | None = None,
) -> Result:
    """Weighted mean of a stratified, clustered sample, as `survey::svymean` of R computes it.

    Parameters
    ----------
    values, weights : (N,); rows whose value is NaN are left out.
    units : (N,) primary sampling unit; None = every respondent is one.
    strata : (N,) stratum; None = one stratum. A unit belongs to one stratum.
    population : (N,) how many primary units the row's stratum has, for the finite-population correction.
    frequency : (N,) how many equal rows each row stands for, all of one primary unit; 1 unless given.

    Returns
    -------
    Estimate with df = units - strata, or `measurement.too_few_units` if a stratum holds a single unit.
    """
    value = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(value)
    value, weight, n = value[known], np.asarray(weights, dtype=np.float64)[known], int(known.sum())
    if frequency is not None:
        times = np.asarray(frequency, dtype=np.float64)[known]
        weight, n = weight * times, int(times.sum())
    unit = _codes(np.arange(len(known)) if units is None else units, known)
    stratum = _codes(np.zeros(len(known)) if strata is None else strata, known)
    whole = None if population is None else np.asarray(population, dtype=np.float64)[known]
    sizes = np.bincount(_stratum_of_unit(unit, stratum)) if len(unit) else np.zeros(1, dtype=np.int64)
    if sizes.min() < 2:
        details = {"units": int(sizes.min()), "needed": 2}
        return NotEstimable(term=term, reason="measurement.too_few_units", details=details)
    mean = float(weight @ value / weight.sum())
    pulls = np.bincount(unit, weights=weight * (value - mean) / weight.sum()).astype(np.float64)
    error = float(np.sqrt(_stratified_variance(pulls, unit, stratum, whole)))
    df = float(len(pulls) - len(sizes))
    reach = float(stats.t.ppf((1 + level) / 2, df)) * error
    return Estimate(
        term=term,
        estimate=mean,
        std_error=error,
        df=df,
        conf_low=mean - reach,
        conf_high=mean + reach,
        conf_level=level,
        n_units=len(pulls) if units is not None else None,
        n_respondents=n,
        method="measurement.weighted_mean",
    )


def _codes(labels: ArrayLike, known: np.ndarray) -> Ints:
    return np.unique(np.asarray(labels)[known], return_inverse=True)[1].astype(np.int64)


def _stratum_of_unit(unit: Ints, stratum: Ints) -> Ints:
    owner = np.zeros(int(unit.max()) + 1, dtype=np.int64)
    owner[unit] = stratum
    return owner


def _stratified_variance(pulls: Floats, unit: Ints, stratum: Ints, population: Floats | None) -> float:
    owner = _stratum_of_unit(unit, stratum)
    size = np.bincount(owner)
    centred = pulls - (np.bincount(owner, weights=pulls) / size)[owner]
    left_out = np.ones(len(size))
    if population is not None:
        whole = np.zeros(len(size))
        whole[stratum] = population
        left_out = 1 - size / whole
    return float((left_out * size / (size - 1) * np.bincount(owner, weights=centred**2)).sum())
