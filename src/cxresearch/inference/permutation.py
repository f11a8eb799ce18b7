"""Permutation of whole units: how often would chance alone give so strong a connection?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns, is_constant
from cxresearch.moments import Floats, Ints
from cxresearch.statistic import Estimate, NotEstimable, Result

MOST_EXACT = math.factorial(8)
"""Up to so many arrangements are enumerated, so that the p value of eight units has no Monte-Carlo error."""

_CELLS = 4_000_000
_TIE = 1e-12
_FEWEST_ROWS = 4


def monte_carlo_error(p_value: float, n_permutations: int) -> float:
    """Standard error of a Monte-Carlo p value, sqrt(p (1 - p) / m)."""
    return math.sqrt(p_value * (1 - p_value) / n_permutations)


def _groups(blocks: Ints, strata: Ints, positions: Ints) -> list[Ints]:
    """Row numbers (units, rows of a unit) of the blocks that may change places: same stratum, same positions."""
    order = np.lexsort((positions, blocks))
    starts = np.flatnonzero(np.diff(blocks[order], prepend=-1))
    alike: dict[tuple[int, ...], list[Ints]] = {}
    for rows in np.split(order, starts[1:]):
        alike.setdefault((int(strata[rows[0]]), *positions[rows].tolist()), []).append(rows)
    return [np.stack(found) for found in alike.values()]


def _exact(groups: list[Ints], n_rows: int) -> Iterator[Ints]:
    """Every arrangement of the rows (B, N) in blocks of bounded size."""
    every = itertools.product(*(itertools.permutations(range(len(group))) for group in groups))
    while chunk := list(itertools.islice(every, 5040)):
        order = np.empty((len(chunk), n_rows), dtype=np.int64)
        for position, group in enumerate(groups):
            places = np.array([arrangement[position] for arrangement in chunk])
            order[:, group.ravel()] = group[places].reshape(len(chunk), -1)
        yield order


def _random(groups: list[Ints], series: Floats, rng: np.random.Generator, n_permutations: int) -> Iterator[Floats]:
    """The series in random arrangements (B, N), columns in the order of the groups' rows, blocks of bounded size."""
    block = max(1, _CELLS // len(series))
    for start in range(0, n_permutations, block):
        size = min(block, n_permutations - start)
        yield np.concatenate([_rearranged(series[group], rng, size) for group in groups], axis=1)


def _rearranged(values: Floats, rng: np.random.Generator, size: int) -> Floats:
    """`size` random orders of the units in `values` (units, rows of a unit), flattened."""
    if values.shape[1] == 1:
        return rng.permuted(np.tile(values[:, 0], (size, 1)), axis=1)
    places = rng.permuted(np.tile(np.arange(len(values)), (size, 1)), axis=1)
    return np.asarray(values[places].reshape(size, -1))


def _p_value(
    groups: list[Ints], n_rows: int, extreme: _Extreme, rng: np.random.Generator, m: int
) -> tuple[float, bool]:
    """(p, exact): the share of all arrangements, or (b + 1) / (m + 1) of `m` random ones."""
    if math.prod(math.factorial(len(group)) for group in groups) <= MOST_EXACT:
        rows = np.concatenate([group.ravel() for group in groups])
        counts = [(extreme.count(extreme.residual[order[:, rows]]), len(order)) for order in _exact(groups, n_rows)]
        return sum(found for found, _ in counts) / sum(total for _, total in counts), True
    found = sum(extreme.count(shuffled) for shuffled in _random(groups, extreme.residual, rng, m))
    return (found + 1) / (m + 1), False


class _Extreme:
    """Counts the arrangements of residuals whose partial correlation with x is at least the observed one in size."""

    def __init__(self, x: Floats, residual: Floats, basis: Floats, rows: Ints) -> None:
        self.residual, self.columns = residual, np.column_stack([basis, x])[rows]
        self.total = float(residual @ residual)
        self.observed = float(x @ residual) / math.sqrt(self.total)

    def count(self, shuffled: Floats) -> int:
        """How many of some arrangements (B, N) of the residuals, columns in the order of `rows`, are as extreme."""
        products = shuffled @ self.columns
        rest = self.total - (products[:, :-1] ** 2).sum(axis=1)
        size = np.abs(products[:, -1]) / np.sqrt(np.maximum(rest, 1e-300))
        return int(np.count_nonzero(size >= abs(self.observed) * (1 - _TIE)))


def permutation_test(
    x: ArrayLike,
    y: ArrayLike,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_permutations: int = 9999,
    strata: ArrayLike | None = None,
    blocks: ArrayLike | None = None,
    positions: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
) -> Result:
    """Two-sided permutation p of the (partial) correlation of x and y, which is also that of the slope of y on x.

    Units change places, never the respondents in them. With `covariates` the residuals of y given them are permuted
    (Freedman and Lane 1983); with `strata` units change places within their stratum only, and both series are
    taken about their stratum's mean. p is (b + 1) / (m + 1) of m random arrangements; when there are at most 8! of
    them, all are enumerated and p is exact.

    All series are complete: x, y, `strata`, `blocks` and `positions` (N,), `covariates` (N, K). A row is a unit, unless
    `blocks` names each row's unit and `positions` its period; a unit's rows then move together, among units with
    the same periods.

    Returns
    -------
    The (partial) correlation as the estimate with its `p_value`. `linkage.monte_carlo_borderline` is flagged when
    the Monte-Carlo error leaves open whether p is below 1 - level.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n_rows = len(first)
    if n_rows < _FEWEST_ROWS:
        return NotEstimable(
            term=term, reason="linkage.too_few_units", details={"count": n_rows, "needed": _FEWEST_ROWS}
        )
    unit = np.arange(n_rows) if blocks is None else _codes(blocks)
    stratum, position = (np.zeros(n_rows, np.int64) if item is None else _codes(item) for item in (strata, positions))
    basis = _basis(stratum, covariates, n_rows)
    rest_x, rest_y = (series - basis @ (basis.T @ series) for series in (first, second))
    if is_constant(first) or is_constant(second):
        return NotEstimable(term=term, reason="linkage.constant")
    if _vanished(rest_x, first) or _vanished(rest_y, second):
        return NotEstimable(term=term, reason="linkage.collinear")
    groups = _groups(unit, stratum, position)
    rows = np.concatenate([group.ravel() for group in groups])
    extreme = _Extreme(rest_x, rest_y, basis, rows)
    p_value, exact = _p_value(groups, n_rows, extreme, rng, n_permutations)
    open_question = not exact and abs(p_value - (1 - level)) < 2 * monte_carlo_error(p_value, n_permutations)
    return Estimate(
        term=term,
        estimate=max(-1.0, min(1.0, extreme.observed / math.sqrt(float(rest_x @ rest_x)))),
        p_value=p_value,
        n_units=len(np.unique(unit)),
        method="linkage.permutation_exact" if exact else "linkage.permutation",
        health=("linkage.monte_carlo_borderline",) if open_question else (),
    )


def _codes(labels: ArrayLike) -> Ints:
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)


def _basis(stratum: Ints, covariates: ArrayLike | None, n_rows: int) -> Floats:
    """Orthonormal columns that span the strata and the covariates."""
    design = (stratum[:, None] == np.unique(stratum)).astype(np.float64)
    if covariates is not None:
        columns = as_columns(covariates)
        centred = columns - columns.mean(axis=0)
        design = np.column_stack([design, centred / np.maximum(np.abs(centred).max(axis=0), 1e-300)])
    left, size, _ = np.linalg.svd(design, full_matrices=False)
    return np.asarray(left[:, size > size[0] * 1e-10])


def _vanished(rest: Floats, series: Floats) -> bool:
    centred = series - series.mean()
    return float(rest @ rest) <= 1e-20 * float(centred @ centred)
