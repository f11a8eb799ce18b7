"""A measure by unit and period, with what is known of its precision."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cxresearch.moments import ScoreMoments

PANEL_COLUMNS = ("unit", "period", "mean", "se", "sd", "n", "n_eligible", "response_rate", "reliability")


@dataclass(frozen=True)
class UnitPanel:
    """One measure of every unit in every period.

    Attributes
    ----------
    measure : id of the measure. side : `employee`, `customer`, `process` or `unit` (covariates known per unit).
    frame : columns `PANEL_COLUMNS`, one row per unit and period, sorted by both; `period` is "" where the study
        has none. `se`, `sd`, `n`, `n_eligible`, `response_rate` and `reliability` (of the row's mean, 0..1) are NaN
        where the input's grain does not tell them.
    moments : of the frame's rows, in its order; None for published unit scores.
    """

    measure: str
    side: str
    frame: pd.DataFrame
    moments: ScoreMoments | None = None
