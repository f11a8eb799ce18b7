"""The findings of every group that may be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.losses import Loss
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.groups.batch import Batch, Group
from cxresearch.workflow.groups.gathering import Made
from cxresearch.workflow.groups.kept import KeptGroup
from cxresearch.workflow.groups.membership import PERIOD, UNIT
from cxresearch.workflow.groups.results import (
    ITEM_COLUMNS,
    adjusted_differences,
    item_results,
    item_row,
    measure_results,
    response_result,
)
from cxresearch.workflow.groups.rows import others, pairs, trend


@dataclass(frozen=True)
class Assembled:
    """The groups that may be shown, and the rows that they have in common."""

    groups: tuple[KeptGroup, ...]
    others: pd.DataFrame
    pairs: pd.DataFrame


def assembled(batch: Batch, made: Made) -> Assembled:
    """Every group that may be shown, with all its numbers."""
    shown = [group for group in batch.groups if _is_shown(batch, group)]
    results: dict[str, dict[str, Result]] = {}
    items: dict[str, pd.DataFrame] = {}
    for group in shown:
        results[group.id], items[group.id] = _results(batch, made, group)
    table = others(batch, results)
    for measure, rows in table.groupby("measure", sort=False):
        for term, result in _percentiles(str(measure), rows):
            results[term][result.term] = result
    groups = tuple(
        KeptGroup(
            id=group.id,
            name=group.name,
            results=results[group.id],
            trend=trend(batch, group),
            items=items[group.id],
            withheld=tuple(_withheld(batch, group, results[group.id])),
            members=_members(batch, group),
        )
        for group in shown
    )
    return Assembled(groups, table, pairs(batch, results))


def _is_shown(batch: Batch, group: Group) -> bool:
    """Whether anything may be shown; a unit of which one side has too few people is not even named."""
    if batch.by == UNIT and group.key in batch.nameless:
        return False
    return any(
        batch.asked(found, group) and (batch.shows(measure, group) or batch.shown_periods(measure, group))
        for measure, found in batch.measures.items()
    )


def _results(batch: Batch, made: Made, group: Group) -> tuple[dict[str, Result], pd.DataFrame]:
    found = {one.term: one for measure in batch.measures for one in measure_results(batch, group, measure)}
    found |= {one.term: one for one in adjusted_differences(found, tuple(batch.measures))}
    rows = []
    for item, own, rest, apart in item_results(batch, group):
        found |= {own.term: own, apart.term: apart}
        if isinstance(own, Estimate):
            rows.append(item_row(item, own, rest, apart))
    for measure in batch.measures:
        rate = response_result(batch, made.measures[measure], measure, group)
        if rate is not None:
            found[rate.term] = rate
    return found, _item_frame(rows)


def _item_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    texts = ("measure", "source", "item", "touchpoint")
    frame = pd.DataFrame(rows, columns=ITEM_COLUMNS)
    return frame.astype({name: "float64" for name in ITEM_COLUMNS if name not in texts} | {"touchpoint": bool})


def _percentiles(measure: str, rows: pd.DataFrame) -> Iterator[tuple[str, Result]]:
    """By the group's id: the share of the other shown groups with a lower mean."""
    term, means = f"group.{measure}.percentile", rows["mean"].to_numpy(dtype=np.float64)
    lower = np.searchsorted(np.sort(means), means, side="left")
    for group, below in zip(rows["group"], lower.tolist(), strict=True):
        if len(means) < 2:
            yield group, NotEstimable(term=term, reason="groups.no_others")
        else:
            share = below / (len(means) - 1)
            yield group, Estimate(term=term, estimate=share, n_units=len(means) - 1, method="groups.percentile")


def _withheld(batch: Batch, group: Group, results: dict[str, Result]) -> Iterator[Loss]:
    """What of the group is not shown, and units without any group."""
    for measure, found in batch.measures.items():
        if not batch.asked(found, group):
            continue
        if isinstance(results.get(f"group.{measure}"), NotEstimable):
            yield Loss(where=measure, reason="groups.group_not_shown")
        elif batch.by != PERIOD and _lacks_periods(batch, measure, group):
            yield Loss(where=measure, reason="groups.periods_not_shown")
        own = [item.term for item in batch.items[measure]]
        if any(isinstance(results.get(term), NotEstimable) for term in own):
            yield Loss(where=measure, reason="groups.items_not_shown")
    yield from batch.losses


def _lacks_periods(batch: Batch, measure: str, group: Group) -> bool:
    found = batch.measures[measure]
    members = batch.members(found, group)
    answered = [period for period, wave in found.waves.items() if (wave.n[members] > 0).any()]
    return not set(answered) <= set(batch.shown_periods(measure, group))


def _members(batch: Batch, group: Group) -> tuple[str, ...]:
    """Units of a grouping that may be named."""
    if batch.by in (UNIT, PERIOD):
        return ()
    return tuple(sorted(batch.unit_names.get(unit, unit) for unit in group.units if unit not in batch.nameless))
