"""Employee and customer scores of the same units and periods side by side, with everything lost on the way counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage.pooling import pool_periods
from cxresearch.losses import Loss
from cxresearch.moments import Floats, ScoreMoments

LINKED_COLUMNS = (
    "unit", "period", "ex", "cx", "ex_se", "cx_se", "ex_n", "cx_n", "ex_reliability", "cx_reliability",
)  # fmt: skip
"""Columns of a linked panel, before its covariates."""

COVARIATE = "covariate_"
"""Prefix of a covariate's column, so that no measure's id can collide with a column of the panel."""


@dataclass(frozen=True)
class LinkedPanel:
    """One employee measure and one customer measure of the same units in the same periods.

    Attributes
    ----------
    ex, cx : ids of the measures. ex_side, cx_side : who answered them, as in `UnitPanel`.
    frame : `LINKED_COLUMNS` and a column `covariate_<id>` for each covariate, one row per unit and period, sorted;
        `ex` and `cx` are known in every row, covariates may be NaN.
    covariates : ids of the covariates. periods : the linked periods in order.
    losses : what was left out; their `n_rows` and the linked rows add up to the rows of each side.
    ex_moments, cx_moments : of the frame's rows, in their order; None for published unit scores.
    """

    ex: str
    cx: str
    ex_side: str
    cx_side: str
    frame: pd.DataFrame
    covariates: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    ex_moments: ScoreMoments | None = None
    cx_moments: ScoreMoments | None = None

    @property
    def n_units(self) -> int:
        """Linked units."""
        return int(self.frame["unit"].nunique())


def link(
    ex: UnitPanel,
    cx: UnitPanel,
    covariates: Sequence[UnitPanel] = (),
    *,
    min_n: int = 0,
    min_n_cx: int | None = None,
    periods: Sequence[str] = (),
    standardise_ex: bool = False,
    standardise_cx: bool = False,
    where: str = "",
) -> LinkedPanel:
    """Join the two measures on unit and period.

    Rows with fewer than `min_n` respondents (`min_n_cx` on the customers' side, if given) are left out; a row whose n
    is unknown stays. `periods` restricts the study to some periods. A side that has no periods is joined with the other
    side's mean over its periods. `standardise_ex` and `standardise_cx` put a measure into standard deviations of the
    linked units within each period, for scales that changed between waves. `where` names the hypothesis in the losses.
    """
    first, second = _same_grain(ex, cx, periods)
    sides = {
        "ex": _Side(first, "ex", min_n, periods),
        "cx": _Side(second, "cx", min_n if min_n_cx is None else min_n_cx, periods),
    }
    usable = sides["ex"].keys()[sides["ex"].usable].intersection(sides["cx"].keys()[sides["cx"].usable])
    keys = usable.sort_values()
    losses = (*sides["ex"].losses(sides["cx"], keys, where), *sides["cx"].losses(sides["ex"], keys, where))
    frame = keys.to_frame(index=False, name=["unit", "period"])
    moments: dict[str, ScoreMoments | None] = {}
    for name, standardise in (("ex", standardise_ex), ("cx", standardise_cx)):
        columns, moments[name] = sides[name].linked(keys, standardise)
        frame = frame.assign(**columns)
    frame = frame[list(LINKED_COLUMNS)].assign(**{COVARIATE + c.measure: _covariate(c, frame) for c in covariates})
    return LinkedPanel(
        ex.measure,
        cx.measure,
        ex.side,
        cx.side,
        frame,
        tuple(covariate.measure for covariate in covariates),
        tuple(sorted(frame["period"].unique())),
        losses,
        moments["ex"],
        moments["cx"],
    )


def _has_periods(panel: UnitPanel) -> bool:
    return bool((panel.frame["period"] != "").any())


def _same_grain(ex: UnitPanel, cx: UnitPanel, periods: Sequence[str]) -> tuple[UnitPanel, UnitPanel]:
    """Both panels by period, or both without: the one with periods is then pooled over them."""
    if _has_periods(ex) == _has_periods(cx):
        return ex, cx
    return (pool_periods(ex, periods), cx) if _has_periods(ex) else (ex, pool_periods(cx, periods))


def _covariate(panel: UnitPanel, frame: pd.DataFrame) -> Floats:
    """A covariate's value for each linked row, NaN where unknown; one without periods holds in all periods."""
    by = ["unit", "period"] if _has_periods(panel) and (frame["period"] != "").any() else ["unit"]
    known = panel.frame.groupby(by, sort=False)["mean"].mean().rename("value")
    return frame[by].join(known, on=by)["value"].to_numpy(dtype=np.float64)


class _Side:
    """One side before the join: which rows are usable, and why the others are not."""

    def __init__(self, panel: UnitPanel, name: str, min_n: int, periods: Sequence[str]) -> None:
        self.panel, self.name = panel, name
        frame = panel.frame
        n = frame["n"].to_numpy(dtype=np.float64)
        chosen = frame["period"].isin(["", *periods]) if periods else pd.Series(True, index=frame.index)
        self.chosen = chosen.to_numpy(dtype=bool)
        self.missing = ~np.isfinite(frame["mean"].to_numpy(dtype=np.float64))
        self.small = n < min_n
        self.usable = self.chosen & ~self.missing & ~self.small

    def keys(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_frame(self.panel.frame[["unit", "period"]])

    def losses(self, other: _Side, linked: pd.MultiIndex, where: str) -> list[Loss]:
        """Every row that is not linked under exactly one reason."""
        frame = self.panel.frame
        known = other.panel.frame[other.chosen]
        rules: dict[str, Any] = {
            "not_chosen": ~self.chosen,
            "missing_mean": self.missing,
            "below_minimum": self.small,
            "linked": self.keys().isin(linked),
            "period_only": ~frame["period"].isin(known["period"]).to_numpy(),
            "unit_only": ~frame["unit"].isin(known["unit"]).to_numpy(),
            "other_dropped": self.keys().isin(pd.MultiIndex.from_frame(known[["unit", "period"]])),
        }
        reason = np.select([np.asarray(rule, dtype=bool) for rule in rules.values()], list(rules), "wave_missing")
        found = [name for name in (*rules, "wave_missing") if name != "linked" and (reason == name).any()]
        return [self._loss(name, frame[reason == name], where) for name in found]

    def _loss(self, reason: str, rows: pd.DataFrame, where: str) -> Loss:
        details: Mapping[str, Any] = {"rows": len(rows), "count": int(rows["unit"].nunique())}
        periods = int(rows["period"].nunique()) if reason in ("not_chosen", "period_only") else None
        return Loss(
            where=where,
            reason=f"linkage.{reason}.{self.name}",
            n_rows=len(rows),
            n_units=int(rows["unit"].nunique()),
            n_periods=periods,
            details=details if periods is None else {**details, "periods": ", ".join(sorted(rows["period"].unique()))},
        )

    def linked(self, keys: pd.MultiIndex, standardise: bool) -> tuple[dict[str, Any], ScoreMoments | None]:
        """The linked rows' columns and moments, standardised within period if asked."""
        rows = self.keys().get_indexer(keys)
        frame = self.panel.frame.iloc[rows]
        mean, error = (frame[column].to_numpy(dtype=np.float64) for column in ("mean", "se"))
        moments = None if self.panel.moments is None else self.panel.moments.select(np.asarray(rows, dtype=np.int64))
        if standardise:
            centre, scale = _within(mean, frame["period"])
            mean, error = (mean - centre) / scale, error / scale
            if moments is not None:
                moments = ScoreMoments(moments.n, (moments.mean - centre) / scale, moments.ss / scale**2)
        columns = {self.name: mean, f"{self.name}_se": error}
        for column in ("n", "reliability"):
            columns[f"{self.name}_{column}"] = frame[column].to_numpy(dtype=np.float64)
        return columns, moments


def _within(mean: Floats, period: pd.Series[str]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each row's period; a period without spread keeps its scale."""
    grouped = pd.Series(mean).groupby(period.to_numpy(dtype=object))
    scale = grouped.transform("std").to_numpy(dtype=np.float64)
    return grouped.transform("mean").to_numpy(dtype=np.float64), np.where(scale > 0, scale, 1.0)
