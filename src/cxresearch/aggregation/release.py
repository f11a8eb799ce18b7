"""Which groups' numbers may be published together, of all tables of all reports.

The means over everybody and by period come first, then the declared groupings in their order, then units. Each level is
decided so that the audit (`release_audit`) proves the whole: no combination of published numbers speaks of fewer people
than the threshold and of no one else. The rest of a group is its total less what is shown of it, so it is proved too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from cxresearch.aggregation.disclosure import suppressed
from cxresearch.aggregation.release_audit import NO_BLOCK, Mask, audit
from cxresearch.aggregation.release_counts import PeopleCounts
from cxresearch.aggregation.release_stage import Stage
from cxresearch.moments import Ints


@dataclass(frozen=True, slots=True)
class Release:
    """What of one measure may be published, of all tables of all reports together.

    Attributes
    ----------
    total : whether the mean over everybody may. periods : whose mean over all units may.
    units : over all periods. cells : (unit, period).
    groups : by grouping, over all periods. group_cells : by grouping, (group, period).
    """

    total: bool
    periods: frozenset[str]
    units: frozenset[str]
    cells: frozenset[tuple[str, str]]
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    group_cells: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Known:
    """What earlier reports have published of the same cells.

    Attributes
    ----------
    era : (C,) code of the earlier reports that the cell's period was part of; totals of each era count as known.
    periods : names of the periods whose means over all units are known.
    rows, cells : by grouping, and `UNITS`, the cells (C,) whose group's total, and whose group's mean by period, is
        known.
    within : (C,) where totals are no sums, the cells of new periods: earlier totals weigh persons in another way, so
        new totals have to be safe by new periods alone, and of old periods nothing new is shown. None where totals are
        sums.
    """

    era: Ints
    periods: frozenset[str]
    rows: Mapping[str, Mask]
    cells: Mapping[str, Mask]
    within: Mask | None = None

    def of(self, level: str) -> tuple[Mask, Mask]:
        """Known totals and cells of one level."""
        return self.rows[level], self.cells[level]


UNITS = ""
"""In the place of a grouping: each unit by itself."""


@lru_cache(maxsize=64)
def released(counts: PeopleCounts, threshold: int, *, cells: bool = True, known: Known | None = None) -> Release:
    """What of a measure may be published.

    Parameters
    ----------
    counts : its people by unit and period, with the groupings of its units.
    threshold : fewest people that a published number, or a combination of them, speaks of.
    cells : whether units and groups are published by period, too. known : what earlier reports have published.
    """
    rows, columns, periods = _base(counts, threshold, known)
    within = known.within if known else None
    every = np.arange(len(counts.units))
    levels = [*((name, item, counts.group_names[name]) for name, item in counts.groups.items()),
              (UNITS, every, counts.units)]  # fmt: skip
    totals, by_period = {}, {}
    for name, item, names in levels:
        told = known.of(name) if known else None
        stage = Stage(counts, threshold, rows, columns, item, len(names), by_period=cells, known=told, within=within)
        rows, columns = stage.labels()
        totals[name], by_period[name] = _named(stage, names, counts.periods)
    units, of_units = totals.pop(UNITS), by_period.pop(UNITS)
    return Release(bool(counts.persons.sum() >= threshold), periods, units, of_units, totals, by_period)


def _base(counts: PeopleCounts, threshold: int, known: Known | None) -> tuple[Ints, Ints, frozenset[str]]:
    """Row and column blocks when only means over everybody and by period are published; the periods shown."""
    total = int(counts.persons.sum()) >= threshold
    within = known.within if known else None
    era = known.era if known and within is None else np.zeros(len(counts.n), dtype=np.int64)
    rows = era if total else np.full(len(counts.n), NO_BLOCK)
    if len(counts.periods) == 1:
        return rows, np.full(len(counts.n), NO_BLOCK), frozenset(counts.periods) if total else frozenset()
    people = np.bincount(counts.period, weights=counts.n, minlength=len(counts.periods))
    told = np.array([known is not None and name in known.periods for name in counts.periods], dtype=bool)
    shown = ~suppressed(people, threshold) & (people > 0)
    if within is not None:
        shown &= np.bincount(counts.period, weights=within, minlength=len(counts.periods)) > 0
    shown |= told
    columns = _columns(counts, shown)
    while (shown & ~told).any() and not audit(counts, rows, columns, threshold, within=within).safe:
        shown[np.argmin(np.where(shown & ~told, people, np.inf))] = False
        columns = _columns(counts, shown)
    return rows, columns, frozenset(name for name, some in zip(counts.periods, shown, strict=True) if some)


def _columns(counts: PeopleCounts, shown: Mask) -> Ints:
    columns: Ints = np.where(shown[counts.period], counts.period, NO_BLOCK)
    return columns


def _named(
    stage: Stage, names: tuple[str, ...], periods: tuple[str, ...]
) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    totals = frozenset(names[place] for place in np.flatnonzero(stage.total).tolist())
    items, at = np.nonzero(stage.cell)
    cells = frozenset((names[i], periods[t]) for i, t in zip(items.tolist(), at.tolist(), strict=True))
    return totals, cells
