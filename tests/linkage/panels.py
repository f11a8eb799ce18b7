"""Panels for the linkage tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxresearch.aggregation.panel import PANEL_COLUMNS, UnitPanel
from cxresearch.moments import ScoreMoments, score_moments


def panel(
    measure: str,
    side: str,
    units: Sequence[str],
    mean: Sequence[float],
    periods: Sequence[str] | None = None,
    moments: ScoreMoments | None = None,
    **columns: object,
) -> UnitPanel:
    """A panel from means; other columns as given, NaN otherwise."""
    frame = pd.DataFrame({"unit": list(units), "period": "" if periods is None else list(periods), "mean": mean})
    frame = frame.assign(**columns).reindex(columns=list(PANEL_COLUMNS))
    frame = frame.astype(dict.fromkeys(PANEL_COLUMNS[2:], float))
    assert pd.MultiIndex.from_frame(frame[["unit", "period"]]).is_monotonic_increasing
    return UnitPanel(measure, side, frame, moments)


def respondents(measure: str, side: str, unit: pd.Series, score: pd.Series) -> UnitPanel:
    """A panel of one period from respondents, with ICC(2) as every unit's reliability."""
    codes, names = pd.factorize(unit, sort=True)
    moments = score_moments(codes, score, len(names))
    total, grand, _ = moments.total()
    within = moments.ss.sum() / (total - len(names))
    between = (moments.n * (moments.mean - grand) ** 2).sum() / (len(names) - 1)
    return panel(
        measure,
        side,
        names,
        moments.mean,
        moments=moments,
        n=moments.n,
        se=np.sqrt(within / moments.n),
        reliability=(between - within) / between,
    )


def waves(measure: str, side: str, values: np.ndarray, labels: Sequence[str] | None = None) -> UnitPanel:
    """A panel of unit scores from values (units, periods); NaN rows stay as missing means."""
    n_units, n_periods = values.shape
    names = [f"U{place:04d}" for place in range(n_units)]
    periods = list(labels or [f"20{place:02d}" for place in range(n_periods)])
    return panel(measure, side, np.repeat(names, n_periods), values.ravel(), periods * n_units)
