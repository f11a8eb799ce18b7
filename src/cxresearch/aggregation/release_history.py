"""What may be published beside what earlier reports have published of the same measure.

Earlier reports count as published: their totals cover the periods of their time, so a total that has grown by a new
period is published only if what has grown is enough people. Answers that came late to a period published before are
told apart by subtracting the old number from the new one. A group is therefore published anew only where each of its
periods is as it was or has grown by enough people, and where what is left of the growth of everybody is nobody or
enough people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cxresearch.aggregation.release import UNITS, Known, Release, released
from cxresearch.aggregation.release_counts import PeopleCounts
from cxresearch.moments import Ints

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Published:
    """Numbers of people as one earlier report published them, of one measure.

    Attributes
    ----------
    periods : those that the totals cover. by_period : people of each period shown.
    totals : by grouping (`UNITS` for single units), group to people. cells : likewise, (group, period) to people.
    """

    periods: tuple[str, ...]
    by_period: Mapping[str, int]
    totals: Mapping[str, Mapping[str, int]]
    cells: Mapping[str, Mapping[Cell, int]]


def published(counts: PeopleCounts, release: Release) -> Published:
    """What a release publishes, as later ones must know it."""
    totals, cells = {}, {}
    for name in (*counts.groups, UNITS):
        shown, by_period = _shown(release, name)
        of_group, of_cell = _people(counts, name)
        totals[name] = {group: of_group[group] for group in sorted(shown) if group in of_group}
        cells[name] = {cell: of_cell[cell] for cell in sorted(by_period) if cell in of_cell}
    people = _by_period(counts)
    return Published(counts.periods, {name: people[name] for name in sorted(release.periods)}, totals, cells)


def released_after(counts: PeopleCounts, earlier: Sequence[Published], threshold: int) -> Release:
    """What may be published after earlier reports; see `release.released`."""
    if not earlier:
        return released(counts, threshold)
    known = _known(counts, earlier)
    nothing_new = known.within is not None and not known.within.any()
    found = _as_before(counts, earlier) if nothing_new else released(counts, threshold, known=known)
    growth = _Growth(counts, earlier, threshold)
    kept = growth.fit()
    units, of_units = _kept(found.units, found.cells, kept[UNITS], growth.old)
    groups = {
        name: _kept(found.groups[name], found.group_cells[name], kept[name], growth.old) for name in counts.groups
    }
    return replace(
        found,
        units=units,
        cells=of_units,
        groups={name: totals for name, (totals, _) in groups.items()},
        group_cells={name: cells for name, (_, cells) in groups.items()},
    )


def _as_before(counts: PeopleCounts, earlier: Sequence[Published]) -> Release:
    """What earlier reports have published."""
    totals = {
        level: frozenset(g for one in earlier for g in one.totals.get(level, {})) for level in (*counts.groups, UNITS)
    }
    cells = {
        level: frozenset(c for one in earlier for c in one.cells.get(level, {})) for level in (*counts.groups, UNITS)
    }
    periods = frozenset(period for one in earlier for period in one.by_period)
    return Release(True, periods, totals.pop(UNITS), cells.pop(UNITS), totals, cells)


def _kept(
    totals: frozenset[str], cells: frozenset[Cell], fit: frozenset[str], old: frozenset[str]
) -> tuple[frozenset[str], frozenset[Cell]]:
    """Totals of groups that fit, and their cells; of others only cells of new periods."""
    return totals & fit, frozenset(cell for cell in cells if cell[0] in fit or cell[1] not in old)


def _shown(release: Release, level: str) -> tuple[frozenset[str], frozenset[Cell]]:
    if level == UNITS:
        return release.units, release.cells
    return release.groups[level], release.group_cells[level]


def _names(counts: PeopleCounts, level: str) -> tuple[Ints, tuple[str, ...]]:
    if level == UNITS:
        return np.arange(len(counts.units)), counts.units
    return counts.groups[level], counts.group_names[level]


def _people(counts: PeopleCounts, level: str) -> tuple[dict[str, int], dict[Cell, int]]:
    """People of every group of a level, over all periods and by period."""
    codes, names = _names(counts, level)
    whole: dict[str, int] = {}
    for code, people in zip(codes.tolist(), counts.persons.tolist(), strict=True):
        if code >= 0:
            whole[names[code]] = whole.get(names[code], 0) + people
    cells: dict[Cell, int] = {}
    rows = zip(codes[counts.unit].tolist(), counts.period.tolist(), counts.n.tolist(), strict=True)
    for code, period, people in rows:
        if code >= 0:
            key = names[code], counts.periods[period]
            cells[key] = cells.get(key, 0) + people
    return whole, cells


def _by_period(counts: PeopleCounts) -> dict[str, int]:
    people = np.bincount(counts.period, weights=counts.n, minlength=len(counts.periods)).astype(np.int64)
    return dict(zip(counts.periods, people.tolist(), strict=True))


def _known(counts: PeopleCounts, earlier: Sequence[Published]) -> Known:
    """What earlier reports have published, by cell."""
    spans = list(dict.fromkeys(frozenset(one.periods) for one in earlier))
    covered = {period: tuple(period in span for span in spans) for period in counts.periods}
    codes = {key: place for place, key in enumerate(sorted(set(covered.values())))}
    era = np.array([codes[covered[period]] for period in counts.periods], dtype=np.int64)[counts.period]
    periods = [counts.periods[place] for place in counts.period.tolist()]
    rows, cells = {}, {}
    for level in (*counts.groups, UNITS):
        group_of, names = _names(counts, level)
        groups = [names[code] if code >= 0 else "" for code in group_of[counts.unit].tolist()]
        told = {(group, period) for one in earlier for group in one.totals.get(level, {}) for period in one.periods}
        single = {cell for one in earlier for cell in one.cells.get(level, {})}
        keys = list(zip(groups, periods, strict=True))
        rows[level] = np.array([key in told for key in keys], dtype=bool)
        cells[level] = np.array([key in single for key in keys], dtype=bool)
    shown = frozenset(period for one in earlier for period in one.by_period) & frozenset(counts.periods)
    new = np.array([not any(covered[period]) for period in counts.periods], dtype=bool)[counts.period]
    return Known(era, shown, rows, cells, None if counts.additive else new)


class _Growth:
    """By how many people published groups have grown since they were published last."""

    def __init__(self, counts: PeopleCounts, earlier: Sequence[Published], threshold: int) -> None:
        self.counts, self.threshold = counts, threshold
        self.old = frozenset(period for one in earlier for period in one.periods)
        self.latest = {level: _latest(earlier, level) for level in (*counts.groups, UNITS)}
        before = {period: people for one in earlier for period, people in one.by_period.items()}
        now = _by_period(counts)
        self.everybody = {period: now.get(period, 0) - people for period, people in before.items()}

    def fit(self) -> dict[str, frozenset[str]]:
        """By level, groups of which a new number tells of nobody or of enough people who were not in the old one.

        Groups of the first grouping and units may have grown: what is left of everybody's growth beside such groups,
        and of a group's growth beside its units, is nobody or enough people. Groups of other groupings must be as they
        were.
        """
        found, growing = {}, list(self.counts.groups)[:1]
        whole = {("", period): more for period, more in self.everybody.items()}
        inside: dict[str, str] = {}
        for level in (*self.counts.groups, UNITS):
            grown, fit = self._alone(level, may_grow=level in (*growing, UNITS))
            if level in growing:
                self._complete(grown, fit, dict.fromkeys(fit, ""), whole)
                inside = self._units_in(level, fit)
                for (group, period), more in grown.items():
                    if group in fit:
                        whole[group, period] = more
                        whole["", period] = whole.get(("", period), 0) - more
            if level == UNITS:
                self._complete(grown, fit, {unit: inside.get(unit, "") for unit in fit}, whole)
            found[level] = frozenset(fit)
        return found

    def _alone(self, level: str, *, may_grow: bool) -> tuple[dict[Cell, int], set[str]]:
        """Growth of the published cells of a level, and groups whose own growth is nobody or enough people."""
        _, now = _people(self.counts, level)
        grown = {cell: now.get(cell, 0) - people for cell, people in self.latest[level].items()}
        enough = self.threshold if self.counts.additive and may_grow else np.inf
        few = {group for (group, _), more in grown.items() if more < 0 or 0 < more < enough}
        return grown, set(_names(self.counts, level)[1]) - few - set(self._unsure(now, grown))

    def _units_in(self, level: str, groups: set[str]) -> dict[str, str]:
        codes, names = _names(self.counts, level)
        placed = zip(self.counts.units, codes.tolist(), strict=True)
        return {unit: names[code] for unit, code in placed if code >= 0 and names[code] in groups}

    def _complete(
        self, grown: Mapping[Cell, int], fit: set[str], inside: Mapping[str, str], whole: Mapping[Cell, int]
    ) -> None:
        """Take out groups, those that grew least first, until what is left of each whole is nobody or enough people."""
        while True:
            left = dict(whole)
            members: dict[Cell, list[tuple[int, str]]] = {}
            for (group, period), more in sorted(grown.items()):
                if group in fit and more > 0:
                    key = inside[group], period
                    left[key] = left.get(key, 0) - more
                    members.setdefault(key, []).append((more, group))
            few = [key for key in sorted(members) if left[key] and left[key] < self.threshold]
            if not few:
                return
            fit.discard(min(members[few[0]])[1])

    def _unsure(self, now: Mapping[Cell, int], grown: Mapping[Cell, int]) -> Iterator[str]:
        """Groups with people in an old period that were not published by number, unless nobody came late at all."""
        told: dict[str, int] = {}
        for (_, period), more in grown.items():
            told[period] = told.get(period, 0) + more
        still = {period for period, more in self.everybody.items() if more == told.get(period, 0)}
        for (group, period), people in now.items():
            if people and period in self.old and (group, period) not in grown and period not in still:
                yield group


def _latest(earlier: Sequence[Published], level: str) -> dict[Cell, int]:
    """People of every cell as they were published last."""
    return {cell: people for one in earlier for cell, people in one.cells.get(level, {}).items()}
