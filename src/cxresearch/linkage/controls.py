"""Negative controls: an outcome that employees cannot influence should not go with their experience."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.inference import complete_cases, correlation_difference, partial_correlation, pearson
from cxresearch.linkage.link import LinkedPanel
from cxresearch.linkage.pooling import pool_periods
from cxresearch.moments import Floats
from cxresearch.statistic import Result


def control_values(panel: UnitPanel, linked: LinkedPanel) -> Floats:
    """The control's mean over the linked periods for each linked unit, in sorted order of units; NaN where unknown."""
    has_periods = bool((panel.frame["period"] != "").any()) and linked.periods != ("",)
    pooled = pool_periods(panel, linked.periods if has_periods else ()).frame
    known = pd.Series(pooled["mean"].to_numpy(dtype=np.float64), index=pooled["unit"].to_numpy(dtype=object))
    return known.reindex(np.sort(linked.frame["unit"].unique())).to_numpy(dtype=np.float64)


def control_contrast(
    ex: ArrayLike, cx: ArrayLike, control: ArrayLike, *, term: str, level: float
) -> tuple[Result, ...]:
    """EX against the control, on the units (J,) where all three are known.

    Returns
    -------
    `term` r(ex, control); `term.outcome` r(ex, cx) on the same units; `term.difference` r(ex, cx) - r(ex, control) with
    Zou's interval for correlations that share a series; `term.partial` r(ex, cx) given the control.
    """
    x, y, z = complete_cases(ex, cx, control)
    return (
        pearson(x, z, term=term, level=level),
        pearson(x, y, term=f"{term}.outcome", level=level),
        correlation_difference(x, y, z, term=f"{term}.difference", level=level),
        partial_correlation(x, y, z[:, None], term=f"{term}.partial", level=level),
    )
