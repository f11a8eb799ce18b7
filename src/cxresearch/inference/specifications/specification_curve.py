"""Many regressions of one question at once: every defensible way to analyse it, from products of columns within units.

A specification chooses an outcome, a predictor, covariates and a sample. Its normal equations are entries of the
sample's matrix of products, and its cluster-robust error needs the same entries unit by unit, so that thousands of
specifications are solved as batches of small matrices and no row is visited again (Simonsohn et al. 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cxresearch.inference.specifications.cross_validation import solve_or_nan
from cxresearch.inference.specifications.sample_products import SampleProducts
from cxresearch.moments import Floats, Ints

Errors = Literal["clustered", "classical"]
"""Clustered by unit (CR1S, t with units - 1 df; HC1 where a unit is one row), or with one variance (t, N - P df)."""

_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class Specification:
    """One way to analyse the question, by column and sample numbers.

    Attributes
    ----------
    predictor, outcome : columns. covariates : columns held constant. sample : which sample. Column 0 is the intercept.
    """

    predictor: int
    outcome: int
    covariates: tuple[int, ...] = ()
    sample: int = 0

    @property
    def columns(self) -> tuple[int, ...]:
        """The regression's columns: intercept, predictor, covariates."""
        return (0, self.predictor, *self.covariates)


@dataclass(frozen=True, slots=True)
class SpecificationEstimates:
    """Results of S specifications, in their order; NaN where one has no fit.

    Attributes
    ----------
    slope, std_error : (S,) standardised: standard deviations of the outcome per standard deviation of the predictor,
        the spreads taken as known. df, p_value : (S,). low, high : (S,) interval. n_units : (S,).
    """

    slope: Floats
    std_error: Floats
    df: Floats
    p_value: Floats
    low: Floats
    high: Floats
    n_units: Ints


def specification_estimates(
    data: SampleProducts, specifications: Sequence[Specification], *, level: float, errors: Errors = "clustered"
) -> SpecificationEstimates:
    """Standardised slope of every specification with its error, test and interval.

    Weighted least squares where a sample has weights. Columns enter centred at the sample's mean, so that products of
    large values lose no digits.
    """
    count = len(specifications)
    slope, error, df = (np.full(count, np.nan) for _ in range(3))
    units = np.zeros(count, dtype=np.int64)
    for members in _batches(specifications):
        chosen = [specifications[place] for place in members]
        fitted = _fit(data, chosen, errors)
        for target, values in zip((slope, error, df), fitted, strict=True):
            target[members] = values
        units[members] = [np.count_nonzero(data.rows[item.sample]) for item in chosen]
    with np.errstate(invalid="ignore"):
        p_value = 2 * stats.t.sf(np.abs(slope / np.where(error > 0, error, np.nan)), df)
        half = stats.t.isf((1 - level) / 2, df) * error
    return SpecificationEstimates(slope, error, df, np.asarray(p_value), slope - half, slope + half, units)


def _batches(specifications: Sequence[Specification]) -> list[Ints]:
    """Positions of the specifications that share their sample and their number of columns."""
    alike: dict[tuple[int, int], list[int]] = {}
    for place, item in enumerate(specifications):
        alike.setdefault((item.sample, len(item.columns)), []).append(place)
    return [np.array(places, dtype=np.int64) for places in alike.values()]


def _fit(data: SampleProducts, chosen: Sequence[Specification], errors: Errors) -> tuple[Floats, Floats, Floats]:
    sample = chosen[0].sample
    inside = data.rows[sample] > 0
    rows = int(data.rows[sample].sum())
    named = np.array([(*item.columns, item.outcome) for item in chosen])
    used, numbers = np.unique(named, return_inverse=True)
    numbers = numbers.reshape(named.shape)
    products = _centred(data.products(sample, used)[inside])
    total = products.sum(axis=0)
    columns, outcome = numbers[:, :-1], numbers[:, -1]
    matrices = total[columns[:, :, None], columns[:, None, :]]
    right = total[columns, outcome[:, None]]
    beta = solve_or_nan(matrices, right)
    unit = np.zeros_like(right)
    unit[:, 1] = 1.0
    focal = solve_or_nan(matrices, unit)
    n_columns, n_units = columns.shape[1], len(products)
    free = rows - n_columns
    if n_units < 2 or free < 1:
        nothing = np.full(len(chosen), np.nan)
        return nothing, nothing, nothing
    if errors == "classical":
        rss = total[outcome, outcome] - (beta * right).sum(axis=1)
        variance, df = np.maximum(rss, 0) / free * focal[:, 1], float(free)
    else:
        factor = n_units / (n_units - 1) * (rows - 1) / free
        variance, df = factor * _meat(products, columns, outcome, beta, focal), float(n_units - 1)
    outcome_spread = data.spread[sample][named[:, -1]]
    scale = data.spread[sample][named[:, 1]] / np.where(outcome_spread > 0, outcome_spread, np.nan)
    return beta[:, 1] * scale, np.sqrt(variance) * scale, np.full(len(chosen), df)


def _centred(products: Floats) -> Floats:
    """Products of the columns about the sample's weighted means; the intercept stays as it is."""
    total = products.sum(axis=0)
    shift = np.eye(len(total))
    shift[1:, 0] = -total[0, 1:] / total[0, 0]
    return np.asarray(shift @ products @ shift.T)


def _meat(products: Floats, columns: Ints, outcome: Ints, beta: Floats, focal: Floats) -> Floats:
    """Sum over units of the squared influence on the predictor's slope (S,), in blocks of bounded memory."""
    size = products.shape[1]
    block = max(1, _CELLS // (len(products) * size))
    found = []
    for start in range(0, len(columns), block):
        part = slice(start, start + block)
        weights = np.zeros((len(columns[part]), size))
        np.put_along_axis(weights, columns[part], focal[part], axis=1)
        residual = np.zeros_like(weights)
        np.put_along_axis(residual, columns[part], -beta[part], axis=1)
        np.put_along_axis(residual, outcome[part][:, None], 1.0, axis=1)
        pulls = np.einsum("sp,jpq,sq->sj", weights, products, residual, optimize=True)
        found.append((pulls**2).sum(axis=1))
    return np.concatenate(found)


def explained_by_choice(estimates: ArrayLike, choices: Sequence[Sequence[str]]) -> Floats:
    """Share of the estimates' variance that each decision explains (D,): eta squared of `choices` (D, S).

    Specifications without an estimate are left out. In an unbalanced set of specifications the shares overlap.
    """
    values = np.asarray(estimates, dtype=np.float64)
    known = np.isfinite(values)
    rest = values[known] - values[known].mean() if known.any() else values[known]
    total = float(rest @ rest)
    shares = []
    for labels in choices:
        code = np.unique(np.asarray(labels)[known], return_inverse=True)[1]
        sums, n = np.bincount(code, weights=rest), np.bincount(code)
        shares.append(float((sums**2 / n).sum()) / total if total > 0 else 0.0)
    return np.array(shares)
