"""Products of columns within units, for each sample and weighting: all that a specification curve needs of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxresearch.moments import Floats, Ints


@dataclass(frozen=True, slots=True)
class SampleProducts:
    """Products of all columns within units, for each sample and weighting of the data.

    Attributes
    ----------
    products : from a sample's number and column numbers (Q,) to (J, Q, Q), weighted sums over the unit's rows of
        products of two of these columns; 0 for units outside the sample.
    rows : (M, J) rows of each unit in the sample. spread : (M, Q) standard deviation of each column in the sample,
        unweighted, by which slopes are standardised. Column 0 is the intercept.
    """

    products: Callable[[int, Ints], Floats]
    rows: Ints
    spread: Floats


def unit_sample_products(columns: ArrayLike, weights: ArrayLike) -> SampleProducts:
    """Products where every unit is one row: `columns` (J, Q) without the intercept, `weights` (M, J), 0 for left out.

    Missing values may stand where no specification's sample uses them; they count as 0 in the products.
    """
    values = np.column_stack([np.ones(len(np.asarray(columns))), np.asarray(columns, dtype=np.float64)])
    weight = np.asarray(weights, dtype=np.float64)
    inside = weight > 0
    with_zero = np.nan_to_num(values)

    def products(sample: int, chosen: Ints) -> Floats:
        part = with_zero[:, chosen]
        return np.asarray((weight[sample][:, None] * part)[:, :, None] * part[:, None, :])

    return SampleProducts(products, inside.astype(np.int64), _spreads(values, inside))


def row_sample_products(codes: ArrayLike, columns: ArrayLike, samples: ArrayLike, n_units: int) -> SampleProducts:
    """Products of rows: `codes` (N,) units 0..J-1, `columns` (N, Q) without the intercept, `samples` (M, N) weights."""
    unit = np.asarray(codes, dtype=np.int64)
    values = np.column_stack([np.ones(len(unit)), np.asarray(columns, dtype=np.float64)])
    weight = np.asarray(samples, dtype=np.float64)
    size = values.shape[1]
    products = np.zeros((len(weight), n_units, size, size))
    rows = np.zeros((len(weight), n_units), dtype=np.int64)
    filled = np.nan_to_num(values)
    for sample, given in enumerate(weight):
        rows[sample] = np.bincount(unit[given > 0], minlength=n_units)
        for first in range(size):
            for second in range(first, size):
                found = np.bincount(unit, weights=given * filled[:, first] * filled[:, second], minlength=n_units)
                products[sample, :, first, second] = products[sample, :, second, first] = found

    def chosen_products(sample: int, chosen: Ints) -> Floats:
        return np.asarray(products[sample][:, chosen[:, None], chosen[None, :]])

    return SampleProducts(chosen_products, rows, _spreads(values, weight > 0))


def _spreads(values: Floats, inside: NDArray[np.bool_]) -> Floats:
    spreads = np.full((len(inside), values.shape[1]), np.nan)
    for sample, rows in enumerate(inside):
        if rows.sum() > 1:
            spreads[sample] = values[rows].std(axis=0, ddof=1)
    return spreads
