"""Both sides of a hypothesis over all units that have either, as the latent model takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.inference.latent.two_source_sides import Side, side_of_errors, side_of_moments
from cxresearch.linkage.pooling import pool_periods
from cxresearch.moments import Floats, ScoreMoments


@dataclass(frozen=True)
class LatentSides:
    """One employee and one customer measure of the same units.

    Attributes
    ----------
    units : (J,) every unit that has either, sorted. ex, cx : what is known of each, None where neither the spread of
        answers nor standard errors are. ex_finite : `ex` with each unit as the finite group of people that it is; None
        where nobody's number is known. n_ex, n_cx : respondents; None where unknown. ex_side, cx_side : who answered.
    health : what a reader must know of the sampling errors.
    """

    units: tuple[str, ...]
    ex: Side | None
    cx: Side | None
    ex_finite: Side | None
    n_ex: int | None
    n_cx: int | None
    ex_side: str
    cx_side: str
    health: tuple[str, ...] = ()

    @property
    def n_both(self) -> int:
        """Units that have both sides."""
        if self.ex is None or self.cx is None:
            return 0
        return int((self.ex.present & self.cx.present).sum())


def standardised(panel: UnitPanel) -> UnitPanel:
    """The panel in standard deviations of its units within each period; a period without spread keeps its scale."""
    frame = panel.frame.copy()
    grouped = frame.groupby("period")["mean"]
    spread = grouped.transform("std").to_numpy(dtype=np.float64)
    scale = np.where(spread > 0, spread, 1.0)
    centre = grouped.transform("mean").to_numpy(dtype=np.float64)
    frame["mean"] = (frame["mean"] - centre) / scale
    frame["se"], frame["sd"] = frame["se"] / scale, frame["sd"] / scale
    moments = panel.moments
    if moments is not None:
        moments = ScoreMoments(moments.n, (moments.mean - centre) / scale, moments.ss / scale**2)
    return replace(panel, frame=frame, moments=moments)


def latent_sides(
    ex: UnitPanel,
    cx: UnitPanel,
    *,
    min_n: int = 0,
    standardise_ex: bool = False,
    standardise_cx: bool = False,
) -> LatentSides:
    """Align two panels; means over periods where they have some.

    Rows with fewer than `min_n` respondents are left out; those whose n is unknown stay. Where only upper bounds of the
    errors are known (`measurement.conservative_se`), so much is taken off for sampling that the correlation comes out
    too strong, and the sides carry `latent.upper_bound_errors`.
    """
    health: tuple[str, ...] = ()
    if any("measurement.conservative_se" in panel.health for panel in (ex, cx)):
        health = ("latent.upper_bound_errors",)
    panels = []
    for panel, standardise in ((ex, standardise_ex), (cx, standardise_cx)):
        ready = standardised(panel) if standardise else panel
        panels.append(_enough(pool_periods(ready) if (ready.frame["period"] != "").any() else ready, min_n))
    units = tuple(sorted(set(panels[0].frame["unit"]) | set(panels[1].frame["unit"])))
    places = [pd.Index(panel.frame["unit"]).get_indexer(pd.Index(units)) for panel in panels]
    first, second = (_side(panel, place) for panel, place in zip(panels, places, strict=True))
    eligible = _column(panels[0], "n_eligible", places[0])
    finite = _side(panels[0], places[0], eligible) if np.isfinite(eligible).any() else None
    n_ex, n_cx = (_total(panel) for panel in panels)
    return LatentSides(units, first, second, finite, n_ex, n_cx, ex.side, cx.side, health)


def _enough(panel: UnitPanel, min_n: int) -> UnitPanel:
    n = panel.frame["n"].to_numpy(dtype=np.float64)
    kept = ~(n < min_n) & np.isfinite(panel.frame["mean"].to_numpy(dtype=np.float64))
    moments = None if panel.moments is None else panel.moments.select(kept)
    return replace(panel, frame=panel.frame[kept].reset_index(drop=True), moments=moments)


def _column(panel: UnitPanel, name: str, place: NDArray[np.intp]) -> Floats:
    """A column (J,) by unit, NaN where the unit lacks the side."""
    values = np.append(panel.frame[name].to_numpy(dtype=np.float64), np.nan)
    return np.asarray(values[place])


def _side(panel: UnitPanel, place: NDArray[np.intp], eligible: Floats | None = None) -> Side | None:
    """From moments where there are some and answers repeat within units, else from standard errors."""
    moments = panel.moments
    if moments is not None and int(moments.n.sum()) > int((moments.n > 0).sum()):
        known = place >= 0
        n = np.where(known, np.append(moments.n, 0)[place], 0)
        mean, ss = (np.append(values, 0.0)[place] for values in (moments.mean, moments.ss))
        return side_of_moments(ScoreMoments(n.astype(np.int64), mean, ss), eligible)
    if eligible is not None:
        return None
    errors = _column(panel, "se", place)
    return side_of_errors(_column(panel, "mean", place), errors) if np.isfinite(errors).any() else None


def _total(panel: UnitPanel) -> int | None:
    n = panel.frame["n"].to_numpy(dtype=np.float64)
    return int(n.sum()) if len(n) and np.isfinite(n).all() else None
