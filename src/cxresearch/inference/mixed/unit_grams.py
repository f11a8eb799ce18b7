"""Per-unit cross-products of a regression's columns: all that a fit with random slopes needs of the rows.

The columns are taken less their overall means before anything is multiplied, so that large values lose no digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns
from cxresearch.moments import Floats


@dataclass(frozen=True, slots=True)
class UnitGrams:
    """Cross-products of the intercept, P - 1 predictors and the outcome (last) within each of J units.

    Attributes
    ----------
    n : (J,) rows of each unit, all above 0.
    gram : (J, P + 1, P + 1) sums of products of the columns, each less its `centre`; [0, 0] is n.
    centre : (P + 1,) what was taken off, the columns' means over all rows; 0 for the intercept.
    """

    n: Floats
    gram: Floats
    centre: Floats

    @property
    def n_rows(self) -> int:
        """Rows in all units."""
        return int(self.n.sum())

    @property
    def n_columns(self) -> int:
        """Coefficients of the regression, P."""
        return int(self.gram.shape[1]) - 1

    def select(self, units: ArrayLike) -> UnitGrams:
        """The cross-products of some units, in the order asked for."""
        chosen = np.asarray(units)
        return UnitGrams(self.n[chosen], self.gram[chosen], self.centre)


def unit_grams(codes: ArrayLike, outcome: ArrayLike, predictors: ArrayLike) -> UnitGrams:
    """Cross-products of rows: `codes` (N,) units 0..J-1, `outcome` (N,), `predictors` (N, K); an intercept is added.

    Units without rows are left out.

    Raises
    ------
    ValueError
        If a value is missing or infinite: rows are to be chosen, and counted, before.
    """
    unit = np.unique(np.asarray(codes, dtype=np.int64), return_inverse=True)[1]
    columns = np.column_stack([as_columns(predictors), np.asarray(outcome, dtype=np.float64)])
    if not np.isfinite(columns).all():
        raise ValueError("cross-products take known values only")
    centre = columns.mean(axis=0) if len(columns) else np.zeros(columns.shape[1])
    rest = columns - centre
    size = columns.shape[1] + 1
    n_units = int(unit.max()) + 1 if len(unit) else 0
    gram = np.empty((n_units, size, size))
    gram[:, 0, 0] = n = np.bincount(unit, minlength=n_units)
    for first, column in enumerate(rest.T, start=1):
        gram[:, 0, first] = gram[:, first, 0] = np.bincount(unit, weights=column, minlength=n_units)
        for second in range(first, size):
            product = np.bincount(unit, weights=column * rest[:, second - 1], minlength=n_units)
            gram[:, first, second] = gram[:, second, first] = product
    return UnitGrams(n.astype(np.float64), gram, np.concatenate([[0.0], centre]))
