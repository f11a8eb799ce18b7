"""Per-unit moments of a regression with rows in units: all that a random-intercept fit needs of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns
from cxresearch.moments import Floats, ScoreMoments


@dataclass(frozen=True, slots=True)
class RegressionMoments:
    """What a random-intercept regression needs of the rows.

    Attributes
    ----------
    n : (J,) rows of each unit, all above 0. x : (J, P) unit means of the predictors, with the intercept's 1.
    y : (J,) unit means of the outcome. within_xx : (P, P), within_xy : (P,), within_yy : sums over all units of
    products of deviations from the unit's means; 0 for predictors that do not vary within units.
    """

    n: Floats
    x: Floats
    y: Floats
    within_xx: Floats
    within_xy: Floats
    within_yy: float

    @property
    def n_rows(self) -> int:
        """Rows in all units."""
        return int(self.n.sum())


def unit_level_moments(outcome: ScoreMoments, predictors: ArrayLike) -> RegressionMoments:
    """Moments for predictors (J, P) that are known per unit; an intercept is added, and units without rows left out."""
    present = outcome.n > 0
    columns = as_columns(predictors)[present]
    design = np.column_stack([np.ones(len(columns)), columns])
    size = design.shape[1]
    kept = outcome.select(present)
    return RegressionMoments(
        kept.n.astype(np.float64), design, kept.mean, np.zeros((size, size)), np.zeros(size), float(kept.ss.sum())
    )


def row_level_moments(codes: ArrayLike, outcome: ArrayLike, predictors: ArrayLike) -> RegressionMoments:
    """Moments of rows: `codes` (N,) units 0..J-1, `outcome` (N,), `predictors` (N, P); an intercept is added."""
    unit = np.asarray(codes, dtype=np.int64)
    y = np.asarray(outcome, dtype=np.float64)
    design = np.column_stack([np.ones(len(y)), as_columns(predictors)])
    n = np.bincount(unit).astype(np.float64)
    sums = np.stack([np.bincount(unit, weights=column) for column in (*design.T, y)], axis=1)
    means = sums / n[:, None]
    rest = np.column_stack([design, y]) - means[unit]
    rest[:, 0] = 0.0
    products = rest.T @ rest
    return RegressionMoments(
        n, means[:, :-1], means[:, -1], products[:-1, :-1], products[:-1, -1], float(products[-1, -1])
    )
