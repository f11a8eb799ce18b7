"""One row per linked unit, for questions about differences between units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cxresearch.linkage.link import COVARIATE, LinkedPanel
from cxresearch.linkage.pooling import pool_rows
from cxresearch.losses import Loss
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import Estimate, Result


@dataclass(frozen=True)
class LinkedUnits:
    """The linked measures as one value per unit.

    Attributes
    ----------
    ex, cx, ex_side, cx_side, covariates, losses : as in `LinkedPanel`.
    frame : unit, n_periods, ex, cx, their `_se`, `_n` and `_reliability`, and `covariate_<id>`; sorted by unit.
    n_periods : how many periods the means are taken over.
    ex_moments, cx_moments : of the frame's rows, pooled over periods; None for published unit scores.
    """

    ex: str
    cx: str
    ex_side: str
    cx_side: str
    frame: pd.DataFrame
    n_periods: int
    covariates: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    ex_moments: ScoreMoments | None = None
    cx_moments: ScoreMoments | None = None

    def column(self, name: str) -> Floats:
        """A column of the frame (J,)."""
        return self.frame[name].to_numpy(dtype=np.float64)

    def covariate_matrix(self) -> Floats:
        """The covariates (J, K), in the order of `covariates`; NaN where unknown."""
        return self.frame[[COVARIATE + name for name in self.covariates]].to_numpy(dtype=np.float64)

    def counted(self, result: Result) -> Result:
        """A result of all these units with the respondents and periods that it rests on."""
        if not isinstance(result, Estimate) or result.n_units != len(self.frame):
            return result
        counts: dict[str, Any] = {"n_periods": self.n_periods}
        for name, side in (("ex", self.ex_side), ("cx", self.cx_side)):
            total = self.column(f"{name}_n").sum()
            if side in ("employee", "customer") and np.isfinite(total):
                counts[f"n_{side}s"] = int(total)
        return replace(result, **counts)


def units_of(linked: LinkedPanel) -> LinkedUnits:
    """Means over the linked periods: weighted by n where every row's n is known, plain otherwise."""
    frame = linked.frame
    codes, units = pd.factorize(frame["unit"], sort=True)
    columns: dict[str, Any] = {"unit": np.asarray(units, dtype=object), "n_periods": np.bincount(codes)}
    for name in ("ex", "cx"):
        values = [frame[name + part].to_numpy(dtype=np.float64) for part in ("", "_se", "_n", "_reliability")]
        pooled = pool_rows(codes.astype(np.int64), len(units), *values)
        columns |= {name + ("" if part == "mean" else f"_{part}"): value for part, value in pooled.items()}
    for name in linked.covariates:
        columns[COVARIATE + name] = frame.groupby(codes)[COVARIATE + name].mean().to_numpy(dtype=np.float64)
    moments = [
        None if item is None else item.pooled(codes, len(units)) for item in (linked.ex_moments, linked.cx_moments)
    ]
    return LinkedUnits(
        linked.ex,
        linked.cx,
        linked.ex_side,
        linked.cx_side,
        pd.DataFrame(columns),
        len(linked.periods),
        linked.covariates,
        linked.losses,
        *moments,
    )
