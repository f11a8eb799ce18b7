"""Agreement within units and the ICCs of a scale, against R's multilevel."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from benchmarks.comparison import Row, agree, timed
from benchmarks.peers import r
from cxresearch.aggregation import unit_agreement
from cxresearch.aggregation.icc import icc_of_components
from cxresearch.aggregation.nulls import null_distribution
from cxresearch.moments import Floats, Ints, score_moments
from cxresearch.statistic import Estimate

UNITS, ROWS, OPTIONS = 5_000, 133_000, 5
AGREES = (1e-8, 1e-5)
"""Relative gaps: multilevel's ICC comes from nlme, which stops at its tolerance."""
_MULTILEVEL = """
items <- d[, paste0("i", 1:5)]
agreement <- rwg.j(items, d$unit, ranvar = 2)
icc <- mult.icc(data.frame(score = rowMeans(items), first = items[, 1]), d$unit)
c(mean(agreement$rwg.j), icc$ICC1[1])
"""


def _simulated() -> tuple[Ints, Floats]:
    rng = np.random.default_rng(20261122)
    unit = np.concatenate([np.repeat(np.arange(UNITS), 2), rng.integers(0, UNITS, ROWS - 2 * UNITS)])
    true = rng.normal(0, 0.5, UNITS)[unit] + rng.normal(0, 0.6, ROWS)
    return unit, np.clip(np.rint(3.4 + true[:, None] + rng.normal(0, 0.7, (ROWS, 5))), 1, OPTIONS)


def _ours(unit: Ints, items: Floats) -> tuple[float, float]:
    agreement = unit_agreement(unit, items, UNITS, minimum=1, maximum=OPTIONS)
    null = null_distribution("uniform", OPTIONS)
    icc = icc_of_components(score_moments(unit, items.mean(axis=1), UNITS), term="icc")
    assert null is not None
    assert isinstance(icc, Estimate)
    return float(np.nanmean(agreement.rwg(null))), icc.estimate


def rows() -> list[Row]:
    """The fastest way to do it in R: its rwg.j loops over the units, its ICC by `aov` would take minutes."""
    unit, items = _simulated()
    own = timed(partial(_ours, unit, items))
    frame = pd.DataFrame(items, columns=[f"i{item}" for item in range(1, 6)]).assign(unit=unit)
    peer = r.run(_MULTILEVEL, {"d": frame}, "multilevel", rounds=1)
    if peer:
        for one, other, tolerance in zip(np.ravel(own.values), np.ravel(peer.values), AGREES, strict=True):
            agree(one, other, rtol=tolerance)
    size, seconds = f"{UNITS:,} units × {ROWS:,}", peer.seconds if peer else None
    return [Row("rwg(j) and ICC", size, "multilevel", seconds, own.seconds, 50)]
