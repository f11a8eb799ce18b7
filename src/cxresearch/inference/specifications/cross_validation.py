"""Does the model predict units it has not seen? Grouped cross-validation from per-unit products of columns.

A fold is a set of whole units: its sums are taken off the totals, so that no row is visited again and all folds of all
repetitions are solved at once. R2 out of sample compares the errors with those of predicting the training mean; it is
negative where the model predicts worse than that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxresearch.inference.complete_cases import as_columns
from cxresearch.moments import Floats, Ints, ScoreMoments

_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class UnitProducts:
    """Products of a regression's columns within each unit.

    Attributes
    ----------
    xx : (J, P, P), xy : (J, P), yy : (J,) sums over the unit's rows, the first column of X being the intercept's 1, so
        that xx[:, 0, 0] counts the rows and xy[:, 0] sums the outcome.
    """

    xx: Floats
    xy: Floats
    yy: Floats

    @property
    def n_units(self) -> int:
        """How many units, J."""
        return len(self.yy)


def unit_products(y: ArrayLike, predictors: ArrayLike, weights: ArrayLike | None = None) -> UnitProducts:
    """Products where each unit is one row (J,), with `weights` (J,) rows of equal value if given.

    Columns are centred at their mean, which changes no prediction and keeps the sums exact.
    """
    outcome, columns = np.asarray(y, dtype=np.float64), as_columns(predictors)
    weight = np.ones(len(outcome)) if weights is None else np.asarray(weights, dtype=np.float64)
    design = np.column_stack([np.ones(len(outcome)), columns - columns.mean(axis=0)])
    outcome = outcome - outcome.mean()
    weighted = weight[:, None] * design
    return UnitProducts(weighted[:, :, None] * design[:, None, :], weighted * outcome[:, None], weight * outcome**2)


def customer_products(outcome: ScoreMoments, predictors: ArrayLike) -> UnitProducts:
    """Products of customers' rows whose predictors (J, P) are known per unit."""
    columns = as_columns(predictors)
    centre = float(outcome.n @ outcome.mean / outcome.n.sum())
    design = np.column_stack([np.ones(len(columns)), columns - columns.mean(axis=0)])
    n, mean = outcome.n.astype(np.float64), outcome.mean - centre
    weighted = n[:, None] * design
    return UnitProducts(weighted[:, :, None] * design[:, None, :], weighted * mean[:, None], outcome.ss + n * mean**2)


def random_folds(rng: np.random.Generator, n_units: int, n_folds: int, n_repeats: int) -> Ints:
    """Fold of each unit (R, J), 0..n_folds-1, sizes as equal as they can be.

    Raises
    ------
    ValueError
        If there are fewer than two folds or more folds than units.
    """
    if not 2 <= n_folds <= n_units:
        raise ValueError(f"{n_units} units cannot be put into {n_folds} folds")
    return rng.permuted(np.tile(np.arange(n_units) % n_folds, (n_repeats, 1)), axis=1)


def out_of_sample_r2(products: UnitProducts, folds: Ints) -> Floats:
    """R2 out of sample (R,) of least squares for each repetition's `folds` (R, J); NaN where a training set
    has no fit or the outcome is constant.

    The errors of all folds of a repetition are added up before they are compared.
    """
    n_folds = int(folds.max()) + 1
    block = max(1, _CELLS // (n_folds * products.n_units))
    parts = [_r2(products, folds[start : start + block], n_folds) for start in range(0, len(folds), block)]
    return np.concatenate(parts)


def _r2(products: UnitProducts, folds: Ints, n_folds: int) -> Floats:
    size = products.xx.shape[1]
    held = (folds[:, None, :] == np.arange(n_folds)[None, :, None]).astype(np.float64)
    flat = held.reshape(-1, products.n_units)
    upper = np.triu_indices(size)
    columns = np.column_stack([products.xx[:, upper[0], upper[1]], products.xy, products.yy])
    test = flat @ columns
    train = columns.sum(axis=0) - test
    errors, baseline = _errors(_split(train, size), _split(test, size))
    shape = (len(folds), n_folds)
    spread = baseline.reshape(shape).sum(axis=1)
    return np.asarray(1 - errors.reshape(shape).sum(axis=1) / np.where(spread > 0, spread, np.nan))


def _split(sums: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    first, second = np.triu_indices(size)
    xx = np.empty((len(sums), size, size))
    xx[:, first, second] = xx[:, second, first] = sums[:, : len(first)]
    return xx, sums[:, len(first) : -1], sums[:, -1]


def _errors(train: tuple[Floats, Floats, Floats], test: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """Squared errors on the test units of the fit and of the mean of the training units."""
    beta = solve_or_nan(train[0], train[1])
    errors = test[2] - 2 * (beta * test[1]).sum(axis=1) + ((test[0] @ beta[:, :, None])[:, :, 0] * beta).sum(axis=1)
    mean = train[1][:, 0] / train[0][:, 0, 0]
    return errors, test[2] - 2 * mean * test[1][:, 0] + mean**2 * test[0][:, 0, 0]


def solve_or_nan(matrices: Floats, vectors: Floats) -> Floats:
    """Solutions (S, P) of symmetric systems (S, P, P), (S, P); NaN where the columns are linearly dependent."""
    scale = np.sqrt(np.maximum(np.einsum("spp->sp", matrices), 0))
    safe = np.where(scale > 0, scale, 1.0)
    scaled = matrices / (safe[:, :, None] * safe[:, None, :])
    regular = (scale > 0).all(axis=1) & _independent(scaled)
    scaled[~regular] = np.eye(matrices.shape[1])
    found = np.linalg.solve(scaled, (vectors / safe)[:, :, None])[:, :, 0] / safe
    return np.where(regular[:, None], found, np.nan)


def _independent(scaled: Floats) -> NDArray[np.bool_]:
    """Whether each column keeps a part of its own beside those before it, in every matrix of a stack (S, P, P)."""
    try:
        left = np.einsum("spp->sp", np.linalg.cholesky(scaled))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.eigvalsh(scaled)[:, 0] > 1e-10)
    return np.asarray((left > 1e-5).all(axis=1))
