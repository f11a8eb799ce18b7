"""The linked panel as rows of units and periods, with employee experience split into what moves and what stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.linkage.link import COVARIATE, LinkedPanel
from cxresearch.moments import Floats, Ints


@dataclass(frozen=True, slots=True)
class PanelRows:
    """Rows (N,) of units and periods in which everything is known.

    Attributes
    ----------
    unit : codes 0..J-1 of `units` (J,), their keys. cx, ex : scores. between : the unit's mean of ex over its rows.
    within : ex less that mean. others : (N, K) dummies of all periods but the first, then covariates. n_periods.
    kept : which rows of the linked panel these are.
    """

    unit: Ints
    units: NDArray[Any]
    cx: Floats
    ex: Floats
    between: Floats
    within: Floats
    others: Floats
    n_periods: int
    kept: NDArray[np.bool_]

    def unit_means(self, values: Floats) -> Floats:
        """Means by unit, on every row (N,), of `values` given for every row of the linked panel."""
        rows = values[self.kept]
        return rows - about_group(rows, self.unit)


def about_group(values: Floats, group: Ints) -> Floats:
    """Values (N,) or (N, K) less their group's mean; rounding of values that do not vary in any group becomes 0."""
    columns = values if values.ndim == 2 else values[:, None]
    n = np.bincount(group)
    sums = [np.bincount(group, weights=column, minlength=len(n)) for column in columns.T]
    means = np.stack(sums, axis=1) / np.maximum(n, 1)[:, None] if sums else np.zeros((len(n), 0))
    rest = columns - means[group]
    size = np.abs(rest).max(axis=0, initial=0.0)
    still = size <= 1e-12 * np.abs(columns).max(axis=0, initial=0.0)
    rest[:, still] = 0.0
    return np.asarray(rest if values.ndim == 2 else rest[:, 0])


def panel_rows(linked: LinkedPanel, *, without: Sequence[str] = ()) -> PanelRows:
    """The rows of a linked panel whose covariates, but those `without`, are known."""
    frame = linked.frame
    names = [COVARIATE + name for name in linked.covariates if name not in without]
    covariates = frame[names].to_numpy(dtype=np.float64)
    kept = np.isfinite(covariates).all(axis=1)
    unit, units = pd.factorize(frame.loc[kept, "unit"], sort=True)
    period = pd.factorize(frame.loc[kept, "period"], sort=True)[0]
    ex, cx = (frame.loc[kept, name].to_numpy(dtype=np.float64) for name in ("ex", "cx"))
    within = about_group(ex, unit)
    dummies = np.asarray(period[:, None] == np.unique(period)[1:], dtype=np.float64)
    return PanelRows(
        unit=unit.astype(np.int64),
        units=np.asarray(units, dtype=object),
        cx=cx,
        ex=ex,
        between=ex - within,
        within=within,
        others=np.column_stack([dummies, covariates[kept]]),
        n_periods=len(np.unique(period)),
        kept=kept,
    )
