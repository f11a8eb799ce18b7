"""Does the latent correlation hang on one unit?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cxresearch.inference.latent.two_source import fit_two_source
from cxresearch.inference.latent.two_source_sides import Side
from cxresearch.linkage.influence import range_results
from cxresearch.linkage.latent import FEWEST_BOTH
from cxresearch.linkage.latent_sides import LatentSides
from cxresearch.statistic import NotEstimable, Result

MOST_LEFT_OUT = 80
"""With more units only those that move the correlation of means most are left out in turn."""
_EXTREMES = 12


def latent_leave_one_out(sides: LatentSides, *, term: str) -> tuple[Result, Result]:
    """Least and greatest latent correlation, `term.low` and `term.high`, when each unit is left out in turn.

    With more than 80 linked units, those are left out whose absence moves the correlation of means most; the spread
    within units is taken from all.
    """
    ex, cx = sides.ex, sides.cx
    if ex is None or cx is None or sides.n_both <= FEWEST_BOTH:
        details = {"count": sides.n_both, "needed": FEWEST_BOTH + 1}
        return (
            NotEstimable(term=f"{term}.low", reason="latent.too_few_units", details=details),
            NotEstimable(term=f"{term}.high", reason="latent.too_few_units", details=details),
        )
    values: list[float] = []
    for place in _influential(ex, cx):
        rest = np.arange(len(sides.units)) != place
        fit = fit_two_source(ex.limited_to(rest), cx.limited_to(rest))
        values.append(np.nan if fit is None or fit.rho is None or not fit.converged else fit.rho)
    low, high = range_results(np.array(values), term=term)
    return _counted(low, sides.n_both), _counted(high, sides.n_both)


def _counted(found: Result, n_units: int) -> Result:
    if isinstance(found, NotEstimable):
        return found
    return replace(found, n_units=n_units, method="latent.leave_one_out")


def _influential(ex: Side, cx: Side) -> list[int]:
    """The units to leave out: all with both sides, or those at the ends of the leave-one-out correlations of means."""
    both = np.flatnonzero(ex.present & cx.present)
    if len(both) <= MOST_LEFT_OUT:
        return [int(place) for place in both]
    x, y = ex.mean[both] - ex.mean[both].mean(), cx.mean[both] - cx.mean[both].mean()
    r = float(x @ y / math.sqrt((x @ x) * (y @ y)))
    first, second = x / math.sqrt(float(x @ x)), y / math.sqrt(float(y @ y))
    pull = first * second - r * (first**2 + second**2) / 2
    order = np.argsort(pull)
    return [int(place) for place in both[np.concatenate([order[:_EXTREMES], order[-_EXTREMES:]])]]
