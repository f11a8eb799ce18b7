"""Differences between waves and units, and metrics beside each other."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cxresearch.aggregation import UnitPanel
from cxresearch.codebook import in_natural_order
from cxresearch.moments import ScoreMoments
from cxresearch.scoring import METRICS, detectable_difference
from cxresearch.scoring.comparisons import adjusted, detectable_by_size, units_against_rest, wave_differences
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.anonymity import nameless, shown_periods
from cxresearch.workflow.topics.alternatives import alternatives
from cxresearch.workflow.topics.context import Context, Found

UNIT_COLUMNS = ["measure", "unit", "n", "difference", "low", "high", "p", "p_holm", "p_bh"]


def comparisons(context: Context) -> Found:
    """Each period against the one before, each unit against the others, what could be noticed, and NPS's alternatives.

    Terms `compare.<measure>.<period>`, `compare.<measure>.units.holm` and `.units.bh` (how many units differ),
    `mdd.<measure>.*` and `alternatives.*`. Frame `unit_differences`: the units that may be shown.
    """
    results: list[Result] = []
    frames: list[pd.DataFrame] = []
    for measure in context.study.spec.measures:
        waves = list(_waves(context, measure))
        results += waves
        differences, rows = _units(context, measure)
        results += differences
        frames.append(rows)
        results += _detectable(context, measure, waves)
    results += alternatives(context)
    return Found(tuple(results), {"unit_differences": pd.concat(frames, ignore_index=True)})


def _waves(context: Context, measure: str) -> Iterator[Result]:
    """Differences between successive periods that may be shown; none where periods are on different scales."""
    found = context.measures[measure]
    panel, declared = found.by_period, context.study.spec.measures[measure]
    if panel.moments is None or declared.standardise == "within_period":
        return
    codes, units = pd.factorize(panel.frame["unit"], sort=True)
    of_rows = panel.frame["period"].to_numpy(dtype=object)
    waves = {
        period: panel.moments.select(of_rows == period).pooled(codes[of_rows == period], len(units))
        for period in in_natural_order(set(of_rows) & shown_periods(found, context.threshold))
    }
    yield from wave_differences(waves, METRICS[declared.metric], term=f"compare.{measure}", level=context.level)


def _of_units(panel: UnitPanel) -> tuple[ScoreMoments | None, list[str]]:
    codes, units = pd.factorize(panel.frame["unit"], sort=True)
    moments = None if panel.moments is None else panel.moments.pooled(codes, len(units))
    return moments, list(units)


def _units(context: Context, measure: str) -> tuple[list[Result], pd.DataFrame]:
    """The units that may be shown one by one, and how many of these differ from the others."""
    found = context.measures[measure]
    moments, units = _of_units(found.overall)
    terms = {name: f"compare.{measure}.units.{name}" for name in ("holm", "bh")}
    if moments is None:
        reason = "measurement.grain_unit_scores"
        return [NotEstimable(term=term, reason=reason) for term in terms.values()], pd.DataFrame(columns=UNIT_COLUMNS)
    one_by_one = units_against_rest(
        moments, [str(place) for place in range(len(units))], term="unit", level=context.level
    )
    concealed = nameless(context.measures, [measure], context.threshold)
    known = [
        (place, one)
        for place, one in enumerate(one_by_one)
        if isinstance(one, Estimate) and units[place] not in concealed
    ]
    if not known:
        few = NotEstimable(term="", reason="workflow.few_people", details={"threshold": context.threshold})
        missing = next((one for one in one_by_one if isinstance(one, NotEstimable)), few)
        return [missing.named(term) for term in terms.values()], pd.DataFrame(columns=UNIT_COLUMNS)
    corrected = adjusted([one for _, one in known])
    rows = pd.DataFrame(
        [
            (measure, units[place], float(moments.n[place]), one.estimate, one.conf_low, one.conf_high, one.p_value)
            + corrected[one.term]
            for place, one in known
        ],
        columns=UNIT_COLUMNS,
    )
    counts: list[Result] = [
        Estimate(
            term=term,
            estimate=float((rows[f"p_{name}"] < 1 - context.level).sum()),
            n_units=len(rows),
            n_respondents=int(rows["n"].sum()),
            method="comparison.count",
        )
        for name, term in terms.items()
    ]
    return counts, rows


def _detectable(context: Context, measure: str, waves: list[Result]) -> Iterator[Result]:
    """`mdd.<measure>.waves` for the whole study's last two periods, and for single units by their size."""
    power = context.study.spec.criteria.power
    if waves:
        yield detectable_difference(waves[-1], term=f"mdd.{measure}.waves", power=power)
    moments, _ = _of_units(context.measures[measure].by_period)
    if moments is not None:
        by_cell = context.measures[measure].by_period.moments
        yield from detectable_by_size(
            moments if by_cell is None else by_cell, term=f"mdd.{measure}", level=context.level, power=power
        )
