"""Does the result hang on one period? The deciding analysis again without each period in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from cxresearch.linkage.association import unit_pearson
from cxresearch.linkage.lagged import REGRESSIONS, wave_slopes
from cxresearch.linkage.link import LinkedPanel
from cxresearch.linkage.multilevel import unit_mixed
from cxresearch.linkage.ols import unit_ols
from cxresearch.linkage.units import units_of
from cxresearch.linkage.waves import Waves, waves_of
from cxresearch.statistic import Estimate, NotEstimable, Result

METHOD = "honesty.leave_one_period_out"
OfPeriods = Callable[[tuple[str, ...]], Result]
"""An analysis of some periods."""


def leave_one_period_out(
    linked: LinkedPanel, primary: str, *, term: str, level: float, decide: OfPeriods | None = None
) -> tuple[Result, Result]:
    """`term.low` and `term.high`: the least and the greatest value when each period is left out in turn.

    `primary` is the analysis that decides (`pearson`, `ols`, `mixed`, `lagged`, `within`; any other counts as
    `pearson`). Units' means are taken over the remaining periods; in the analyses over time the period's values are
    unknown, so that no period follows another that it did not follow. `decide` replaces an analysis between units by
    one that takes the remaining periods.
    """
    names = (f"{term}.low", f"{term}.high")
    over_time = primary in REGRESSIONS
    needed = 3 if over_time else 2
    if len(linked.periods) < needed:
        return _none(names, "honesty.too_few_periods", count=len(linked.periods), needed=needed)
    if over_time:
        waves = waves_of(linked)
        found = [
            wave_slopes(_without(waves, place), primary, term=term, level=level)[0] for place in range(waves.n_periods)
        ]
    else:
        rest = [tuple(p for p in linked.periods if p != period) for period in linked.periods]
        found = [decide(p) if decide else _between(of_periods(linked, p), primary, term, level) for p in rest]
    values = [result.estimate for result in found if isinstance(result, Estimate)]
    if len(values) < len(found):
        return _none(names, "honesty.period_not_spared")
    low, high = (
        Estimate(
            term=name,
            estimate=value,
            n_units=linked.n_units,
            n_periods=len(linked.periods),
            method=METHOD,
        )
        for name, value in zip(names, (min(values), max(values)), strict=True)
    )
    return low, high


def _none(names: tuple[str, str], reason: str, **details: int) -> tuple[Result, Result]:
    low, high = (NotEstimable(term=name, reason=reason, details=details) for name in names)
    return low, high


def of_periods(linked: LinkedPanel, periods: Sequence[str]) -> LinkedPanel:
    """The linked panel of some of its periods."""
    kept = linked.frame["period"].isin(list(periods)).to_numpy(dtype=bool)
    moments = [None if item is None else item.select(kept) for item in (linked.ex_moments, linked.cx_moments)]
    return replace(
        linked,
        frame=linked.frame[kept].reset_index(drop=True),
        periods=tuple(name for name in linked.periods if name in periods),
        ex_moments=moments[0],
        cx_moments=moments[1],
    )


def _between(linked: LinkedPanel, primary: str, term: str, level: float) -> Result:
    units = units_of(linked)
    if primary == "ols":
        return unit_ols(units, term=term, level=level)[0]
    if primary == "mixed":
        return unit_mixed(units, term=term, level=level)[0]
    return unit_pearson(units, term=term, level=level)


def _without(waves: Waves, place: int) -> Waves:
    ex, cx = waves.ex.copy(), waves.cx.copy()
    ex[:, place] = cx[:, place] = np.nan
    return Waves(ex, cx, waves.covariates)
