"""A measure by unit and period, with what is known of its precision."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cxresearch.losses import Loss
from cxresearch.moments import Grain, ScoreMoments

PANEL_COLUMNS = ("unit", "period", "mean", "se", "sd", "n", "n_eligible", "response_rate", "reliability")


@dataclass(frozen=True)
class UnitPanel:
    """One measure of every unit in every period.

    Attributes
    ----------
    measure : id of the measure. side : `employee`, `customer`, `process` or `unit` (covariates known per unit).
    frame : columns `PANEL_COLUMNS`, one row per unit and period, sorted by both; `period` is "" where the study
        has none. `se`, `sd`, `n`, `n_eligible`, `response_rate` and `reliability` (of the row's mean, 0..1) are NaN
        where the input's grain does not tell them. Every row has a mean.
    moments : of the frame's rows, in its order; None for published unit scores. Where `health` says
        `measurement.conservative_se` their sums of squares are upper bounds.
    grain : what the input's rows were. health : codes of what a reader must know of the precision.
    losses : respondents and units that did not get into the frame, each with its reason.
    """

    measure: str
    side: str
    frame: pd.DataFrame
    moments: ScoreMoments | None = None
    grain: Grain = "respondents"
    health: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
