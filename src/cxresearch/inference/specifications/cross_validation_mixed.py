"""Cross-validation of the random-intercept model: all training sets refitted by REML at once, from moments of units.

The restricted deviance of every training set is profiled to the one ratio tau2 / sigma2, as in `random_intercept`,
with the units left out weighted 0. A common grid finds each set's neighbourhood; golden sections refine it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns
from cxresearch.inference.specifications.cross_validation import solve_or_nan
from cxresearch.moments import Floats, Ints, ScoreMoments

_GRID = np.concatenate([[0.0], np.geomspace(1e-7, 1e4, 67)])
_GOLDEN = (np.sqrt(5) - 1) / 2
_STEPS = 36
_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """How well units left out are predicted.

    Attributes
    ----------
    r2_units : of the units' means, each unit once. r2_customers : of single customers' scores.
    coefficients : (M, P) of each training set, intercept first. rmse : of single customers' scores.
    """

    r2_units: float
    r2_customers: float
    coefficients: Floats
    rmse: float


@dataclass(frozen=True, slots=True)
class _Units:
    n: Floats
    design: Floats
    mean: Floats
    ss: Floats

    def products(self) -> Floats:
        """Per unit xx, xy and yy of its mean, flattened (J, P * P + P + 1)."""
        size = len(self.n)
        xx = (self.design[:, :, None] * self.design[:, None, :]).reshape(size, -1)
        return np.column_stack([xx, self.design * self.mean[:, None], self.mean**2])


def leave_units_out(outcome: ScoreMoments, predictors: ArrayLike, folds: ArrayLike | None = None) -> OutOfSample | None:
    """Predict each unit's customers by the random-intercept model of the units in the other folds.

    `outcome` holds the customers' moments by unit and `predictors` (J, P) are known per unit; `folds` (J,) names each
    unit's fold, every unit its own by default. The baseline is the mean that the same model without predictors
    estimates from the training units. None where a training set has no fit.
    """
    columns = as_columns(predictors)
    n = outcome.n.astype(np.float64)
    centre = float(n @ outcome.mean / n.sum())
    design = np.column_stack([np.ones(len(n)), columns - columns.mean(axis=0)])
    units = _Units(n, design, outcome.mean - centre, outcome.ss)
    code = np.arange(len(n)) if folds is None else np.unique(np.asarray(folds), return_inverse=True)[1]
    kept = (code[None, :] != np.arange(code.max() + 1)[:, None]).astype(np.float64)
    full = mixed_coefficients(units, kept)
    empty = mixed_coefficients(_Units(n, design[:, :1], units.mean, units.ss), kept)
    if not (np.isfinite(full).all() and np.isfinite(empty).all()):
        return None
    error = units.mean - (design * full[code]).sum(axis=1)
    baseline = units.mean - empty[code, 0]
    within = float(units.ss.sum())
    squared, squared_base = float(n @ error**2) + within, float(n @ baseline**2) + within
    shifted = full.copy()
    shifted[:, 0] += centre - full[:, 1:] @ columns.mean(axis=0)
    return OutOfSample(
        r2_units=1 - float(error @ error) / float(baseline @ baseline),
        r2_customers=1 - squared / squared_base,
        coefficients=shifted,
        rmse=float(np.sqrt(squared / n.sum())),
    )


def mixed_coefficients(units: _Units, kept: Floats) -> Floats:
    """REML coefficients (M, P) of each set of units, `kept` (M, J) being 1 for its units; NaN where there is no fit."""
    block = max(1, _CELLS // len(units.n))
    return np.concatenate([_block(units, kept[start : start + block]) for start in range(0, len(kept), block)])


def _block(units: _Units, kept: Floats) -> Floats:
    products = units.products()
    grid, best = _coarse(units, products, kept)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, len(grid) - 1)]
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = (_deviance(units, products, kept, point)[0] for point in (left, right))
    for _ in range(_STEPS):
        lower = at_left <= at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        left, right, old_left, old_right = (
            high - _GOLDEN * (high - low),
            low + _GOLDEN * (high - low),
            at_left,
            at_right,
        )
        fresh = _deviance(units, products, kept, np.where(lower, left, right))[0]
        at_left, at_right = np.where(lower, fresh, old_right), np.where(lower, old_left, fresh)
    middle = (low + high) / 2
    zero = np.zeros(len(kept))
    at_zero, at_middle = (_deviance(units, products, kept, point) for point in (zero, middle))
    boundary = at_zero[0] <= at_middle[0]
    return np.where(boundary[:, None], at_zero[1], at_middle[1])


def _coarse(units: _Units, products: Floats, kept: Floats) -> tuple[Floats, Ints]:
    """Ratios and the place (M,) of each set's best; the grid grows while the best of a set is its end."""
    grid = _GRID / np.median(units.n)
    values = [_deviance(units, products, kept, np.full(len(kept), ratio))[0] for ratio in grid]
    while True:
        best = np.argmin(np.nan_to_num(np.stack(values), nan=np.inf), axis=0)
        if not ((best == len(grid) - 1) & (values[-1] < values[-2])).any():
            return grid, best
        grid = np.append(grid, 2 * grid[-1])
        values.append(_deviance(units, products, kept, np.full(len(kept), grid[-1]))[0])


def _deviance(units: _Units, products: Floats, kept: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """Restricted deviance (M,), without its constant, and coefficients (M, P) at each set's ratio (M,)."""
    size = units.design.shape[1]
    spread = 1 + ratio[:, None] * units.n
    weight = kept * units.n / spread
    sums = weight @ products
    xx, xy, yy = sums[:, : size * size].reshape(-1, size, size), sums[:, size * size : -1], sums[:, -1]
    beta = solve_or_nan(xx, xy)
    rss = kept @ units.ss + yy - (beta * xy).sum(axis=1)
    free = kept @ units.n - size
    determinant = np.linalg.slogdet(xx)[1]
    return free * np.log(rss / free) + (kept * np.log(spread)).sum(axis=1) + determinant, beta
