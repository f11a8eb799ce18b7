"""From unit by period to unit: a measure's mean over its periods, with its precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxresearch.aggregation.panel import PANEL_COLUMNS, UnitPanel
from cxresearch.moments import Floats, Ints

Columns = dict[str, Floats]


def pool_rows(codes: Ints, n_units: int, mean: Floats, se: Floats, n: Floats, reliability: Floats) -> Columns:
    """Pool the rows (R,) of each unit 0..n_units-1: `mean`, `se`, `n` and `reliability` of its mean over periods.

    Rows are weighted by n where every row's n is known, and alike otherwise. The standard error takes the periods as
    separate samples, sqrt(sum w^2 se^2) / sum w; it is too small for a panel of the same people. With one row per unit
    its reliability is kept; with more it is tau2 / (tau2 + se^2), tau2 being the variance of the pooled means less
    their mean squared error, or, where errors are unknown, the mean of the rows' reliabilities.
    """
    weight = n if np.isfinite(n).all() and (n > 0).all() else np.ones(len(mean))
    total = np.bincount(codes, weights=weight, minlength=n_units)
    pooled = np.bincount(codes, weights=weight * mean, minlength=n_units) / total
    error = np.sqrt(np.bincount(codes, weights=(weight * se) ** 2, minlength=n_units)) / total
    rows = np.bincount(codes, minlength=n_units).astype(np.float64)
    average = np.bincount(codes, weights=reliability, minlength=n_units) / rows
    if (rows > 1).any() and np.isfinite(error).all() and n_units > 1:
        tau2 = max(0.0, float(np.var(pooled, ddof=1) - np.mean(error**2)))
        noise = tau2 + error**2
        average = np.divide(tau2, noise, out=np.ones(n_units), where=noise > 0)
    return {
        "mean": pooled,
        "se": error,
        "n": np.bincount(codes, weights=n, minlength=n_units).astype(np.float64),
        "reliability": average,
    }


def pool_periods(panel: UnitPanel, periods: Sequence[str] = ()) -> UnitPanel:
    """The measure's mean over its periods (or some of them), with the period ""; rows without a mean are left out."""
    frame = panel.frame
    kept = np.isfinite(frame["mean"].to_numpy(dtype=np.float64))
    if periods:
        kept &= frame["period"].isin(list(periods)).to_numpy(dtype=bool)
    rows = frame[kept]
    codes, units = pd.factorize(rows["unit"], sort=True)
    values = [rows[column].to_numpy(dtype=np.float64) for column in ("mean", "se", "n", "reliability")]
    pooled = pool_rows(codes.astype(np.int64), len(units), *values)
    table = pd.DataFrame({"unit": np.asarray(units, dtype=object), "period": "", **pooled})
    moments = None if panel.moments is None else panel.moments.select(kept).pooled(codes, len(units))
    return UnitPanel(panel.measure, panel.side, table.reindex(columns=list(PANEL_COLUMNS)), moments)
