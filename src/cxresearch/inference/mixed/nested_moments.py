"""Per-group moments of a regression with rows in groups and groups in units (customers of employees of units)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.complete_cases import as_columns
from cxresearch.moments import Floats, Ints, ScoreMoments


@dataclass(frozen=True, slots=True)
class NestedMoments:
    """What a regression with two nested random intercepts needs of rows; columns are intercept, predictors, outcome.

    Attributes
    ----------
    unit : (G,) unit 0..J-1 of each group, sorted. n : (G,) rows, all above 0. mean : (G, P + 1) group means of the
    columns, each less its `centre` and divided by its `scale`. within : (P + 1, P + 1) cross-products about the groups'
    means, all groups together. centre, scale : (P + 1,), 0 and 1 for the intercept.
    """

    unit: Ints
    n: Floats
    mean: Floats
    within: Floats
    centre: Floats
    scale: Floats

    @property
    def n_rows(self) -> int:
        """Rows in all groups."""
        return int(self.n.sum())

    @property
    def n_groups(self) -> int:
        """Groups, G."""
        return len(self.n)

    @property
    def n_units(self) -> int:
        """Units, J."""
        return int(self.unit[-1]) + 1 if len(self.unit) else 0

    def by_unit(self, values: Floats) -> Floats:
        """Sums over a unit's groups, (G, ...) to (J, ...)."""
        starts = np.flatnonzero(np.diff(self.unit, prepend=-1))
        return np.asarray(np.add.reduceat(values, starts, axis=0))


def group_moments(units: ArrayLike, outcome: ScoreMoments, predictors: ArrayLike) -> NestedMoments:
    """Moments for `predictors` (G, K) known per group: `units` (G,) codes, `outcome` of groups; an intercept is added.

    Groups without rows are left out.

    Raises
    ------
    ValueError
        If a value is missing or infinite, or there are no rows.
    """
    present = outcome.n > 0
    unit = np.asarray(units)[present]
    order = np.argsort(unit, kind="stable")
    n = outcome.n[present][order].astype(np.float64)
    columns = np.column_stack([as_columns(predictors)[present], outcome.mean[present]])[order]
    if not len(columns) or not np.isfinite(columns).all():
        raise ValueError("nested moments take groups with known values only")
    centre = n @ columns / n.sum()
    rest = columns - centre
    spread = n @ rest**2
    spread[-1] += outcome.ss.sum()
    scale = _scale(np.sqrt(spread / n.sum()), centre)
    within = np.zeros((len(scale) + 1, len(scale) + 1))
    within[-1, -1] = outcome.ss.sum() / max(scale[-1] ** 2, np.finfo(np.float64).tiny)
    return NestedMoments(
        unit=np.unique(unit[order], return_inverse=True)[1].astype(np.int64),
        n=n,
        mean=np.column_stack([np.ones(len(n)), rest / np.where(scale > 0, scale, 1.0)]),
        within=within,
        centre=np.concatenate([[0.0], centre]),
        scale=np.concatenate([[1.0], scale]),
    )


def _scale(size: Floats, centre: Floats) -> Floats:
    """Root mean squares, 0 where they are rounding of the column's own size."""
    return np.where(size <= 1e-12 * np.abs(centre), 0.0, size)


def nested_moments(units: ArrayLike, groups: ArrayLike, outcome: ArrayLike, predictors: ArrayLike) -> NestedMoments:
    """Moments of rows: `units` and `groups` (N,) codes, `outcome` (N,), `predictors` (N, K); an intercept is added.

    A group code that occurs in two units stands for two groups.

    Raises
    ------
    ValueError
        If a value is missing or infinite, or there are no rows.
    """
    columns = np.column_stack([as_columns(predictors), np.asarray(outcome, dtype=np.float64)])
    if not len(columns) or not np.isfinite(columns).all():
        raise ValueError("nested moments take rows with known values only")
    unit = np.unique(np.asarray(units), return_inverse=True)[1]
    group = np.unique(np.asarray(groups), return_inverse=True)[1]
    pair, code = np.unique(unit * (int(group.max()) + 1) + group, return_inverse=True)
    centre = columns.mean(axis=0)
    rest = columns - centre
    scale = _scale(np.sqrt(np.mean(rest**2, axis=0)), centre)
    rest = rest / np.where(scale > 0, scale, 1.0)
    n = np.bincount(code).astype(np.float64)
    mean = np.stack([np.bincount(code, weights=column) for column in rest.T], axis=1) / n[:, None]
    inner = rest - mean[code]
    size = columns.shape[1] + 1
    within = np.zeros((size, size))
    within[1:, 1:] = inner.T @ inner
    return NestedMoments(
        unit=(pair // (int(group.max()) + 1)).astype(np.int64),
        n=n,
        mean=np.column_stack([np.ones(len(n)), mean]),
        within=within,
        centre=np.concatenate([[0.0], centre]),
        scale=np.concatenate([[1.0], scale]),
    )
