"""Whether the units that could not be linked differ from those that were."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cxresearch.aggregation.panel import UnitPanel
from cxresearch.linkage.link import LinkedPanel
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

FEWEST = 2


def dropped_difference(
    panel: UnitPanel, linked: LinkedPanel, *, term: str, level: float, standardise: bool = False, threshold: int = 0
) -> Result:
    """Mean score of the units left out less that of the linked ones, Welch's t interval.

    A unit's score is its mean over the panel's periods. An interval that excludes 0 carries `linkage.dropped_differ`:
    the linked units do not stand for all.

    Parameters
    ----------
    panel : one side's measure before linking. standardise : put scores into standard deviations of their period first.
    threshold : of anonymity: units left out that count fewer people together are not compared.
    """
    frame = panel.frame[["unit", "period", "mean", "n"]].dropna(subset=["unit", "period", "mean"])
    outside = ~frame["unit"].isin(linked.frame["unit"])
    if 0 < frame.loc[outside, "n"].sum() < threshold:
        return NotEstimable(term=term, reason="linkage.few_people_dropped", details={"threshold": threshold})
    if standardise:
        grouped = frame.groupby("period")["mean"]
        frame = frame.assign(mean=(frame["mean"] - grouped.transform("mean")) / grouped.transform("std"))
    scores = frame.groupby("unit")["mean"].mean()
    kept = scores.index.isin(linked.frame["unit"])
    values = scores.to_numpy(dtype=np.float64)
    return _welch(values[~kept], values[kept], term, level)


def _welch(dropped: Floats, kept: Floats, term: str, level: float) -> Result:
    if len(dropped) == 0:
        return NotEstimable(term=term, reason="linkage.nothing_dropped")
    if min(len(dropped), len(kept)) < FEWEST:
        details = {"count": len(dropped), "needed": FEWEST}
        return NotEstimable(term=term, reason="linkage.too_few_dropped", details=details)
    if np.ptp(dropped) == 0 and np.ptp(kept) == 0:
        return NotEstimable(term=term, reason="linkage.constant")
    tested = stats.ttest_ind(dropped, kept, equal_var=False)
    low, high = tested.confidence_interval(level)
    difference = float(dropped.mean() - kept.mean())
    return Estimate(
        term=term,
        estimate=difference,
        std_error=float(difference / tested.statistic) if tested.statistic else None,
        statistic=float(tested.statistic),
        df=float(tested.df),
        p_value=float(tested.pvalue),
        conf_low=float(low),
        conf_high=float(high),
        conf_level=level,
        n_units=len(dropped) + len(kept),
        method="linkage.welch",
        health=("linkage.dropped_differ",) if low > 0 or high < 0 else (),
    )
