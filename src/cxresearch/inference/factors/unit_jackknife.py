"""Standard errors from leaving units out: for statistics too dear to compute in thousands of draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cxresearch.moments import Floats

MOST_GROUPS = 60
"""With more units, units are left out in this many groups of neighbours."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What leaving units out tells: standard error and Student's interval, None where it cannot tell."""

    std_error: float
    low: float
    high: float
    df: int


def left_out(n_units: int) -> Floats:
    """(G, J) counts of units, each row without one of G groups of equal size, units dealt out in turn."""
    n_groups = min(n_units, MOST_GROUPS)
    group = np.arange(n_units) % n_groups
    kept: Floats = (group[None, :] != np.arange(n_groups)[:, None]).astype(np.float64)
    return kept


def jackknife(estimate: float, without: Floats, level: float, *, bounded_above: bool = False) -> Spread | None:
    """Jackknife over G groups (Tukey 1958): `without` (G,) is the statistic without each group.

    `bounded_above` takes the interval on the scale of log(1 - statistic), where a coefficient such as alpha is nearly
    normal and never passes 1. None where a value is undefined or fewer than ten groups are there.
    """
    n_groups = len(without)
    if n_groups < 10 or not np.isfinite(without).all() or (bounded_above and max(estimate, *without) >= 1):
        return None
    reach = float(stats.t.ppf((1 + level) / 2, n_groups - 1))
    error = _error(without)
    if not bounded_above:
        return Spread(error, estimate - reach * error, estimate + reach * error, n_groups - 1)
    width = reach * _error(np.log1p(-without))
    return Spread(error, 1 - (1 - estimate) * np.exp(width), 1 - (1 - estimate) * np.exp(-width), n_groups - 1)


def _error(without: Floats) -> float:
    n_groups = len(without)
    return float(np.sqrt((n_groups - 1) / n_groups * ((without - without.mean()) ** 2).sum()))
