"""Agreement within units, summed up over units for every null distribution that can be had."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxresearch.aggregation.agreement import UnitAgreement
from cxresearch.aggregation.nulls import NULLS, null_distribution
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

AGREES = 0.70
"""The customary line for acceptable agreement (LeBreton and Senter 2008)."""


TIE = 1e-12
"""Values this near a limit reach it: rounding must not decide, nor the order of the rows."""


def agreement_results(agreement: UnitAgreement, *, term: str) -> tuple[Result, ...]:
    """Agreement summed up over units with at least two respondents.

    For every null of `NULLS`: `<term>.rwg.<null>.mean`, `.median` and `.share_agreeing` (units at .70 or more),
    and `<term>.rwg_star.<null>.mean`. Then `<term>.ad.mean`, `<term>.ad.share_agreeing` (share of units at or below
    A / 6) and `<term>.awg.mean`. The customary uniform null is the kindest one, so it never stands alone.
    """
    results: list[Result] = []
    for name in NULLS:
        null = null_distribution(name, agreement.n_options)
        terms = [f"{term}.rwg.{name}.{statistic}" for statistic in ("mean", "median", "share_agreeing")]
        if null is None:
            details = {"options": agreement.n_options}
            results += [
                NotEstimable(term=one, reason="aggregation.null_not_published", details=details)
                for one in (*terms, f"{term}.rwg_star.{name}.mean")
            ]
            continue
        rwg, health = agreement.rwg(null), ("measurement.derived_null",) if null.derived else ()
        results += [
            _summary(agreement, rwg, terms[0], f"rwg_{name}", "mean", health),
            _summary(agreement, rwg, terms[1], f"rwg_{name}", "median", health),
            _summary(agreement, _indicator(rwg >= AGREES - TIE, rwg), terms[2], f"rwg_{name}", "mean", health),
            _summary(
                agreement, agreement.rwg_star(null), f"{term}.rwg_star.{name}.mean", f"rwg_star_{name}", "mean", health
            ),
        ]
    deviation = agreement.deviation
    close = _indicator(deviation <= agreement.n_options / 6 + TIE, deviation)
    results += [
        _summary(agreement, deviation, f"{term}.ad.mean", "average_deviation", "mean"),
        _summary(agreement, close, f"{term}.ad.share_agreeing", "average_deviation", "mean"),
        _summary(agreement, agreement.awg, f"{term}.awg.mean", "awg", "mean"),
    ]
    return tuple(results)


def _indicator(holds: NDArray[np.bool_], values: Floats) -> Floats:
    return np.where(np.isnan(values), np.nan, holds.astype(np.float64))


def _summary(
    agreement: UnitAgreement, values: Floats, term: str, method: str, statistic: str, health: tuple[str, ...] = ()
) -> Result:
    known = ~np.isnan(values)
    if not known.any():
        return NotEstimable(term=term, reason="aggregation.no_replication", details={"units": len(values)})
    value = np.median(values[known]) if statistic == "median" else np.mean(values[known])
    return Estimate(
        term=term,
        estimate=float(value),
        n_units=int(known.sum()),
        n_respondents=int(agreement.n[known].sum()),
        n_items=agreement.n_items,
        method=f"measurement.{method}",
        health=health,
    )
