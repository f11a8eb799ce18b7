"""All that the groups of one kind are computed from: read once, decided once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cxresearch.aggregation.release import Release
from cxresearch.language import Label
from cxresearch.losses import Loss
from cxresearch.study import Study
from cxresearch.workflow.groups.items import Item
from cxresearch.workflow.groups.levels import Parts, of_period, of_units
from cxresearch.workflow.groups.membership import PERIOD, UNIT
from cxresearch.workflow.groups.people import People
from cxresearch.workflow.groups.scored import Mask, Scored
from cxresearch.workflow.groups.shrinkage import Spread


@dataclass(frozen=True)
class Group:
    """One group: `key` in the data, `name` as shown, `id`, and the keys of its units (a period has none)."""

    key: str
    name: str
    id: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """The groups of one kind, with every measure by unit and what of it may be shown.

    Attributes
    ----------
    by, label : the kind of group. groups : all of them, in the order of their names.
    measures, people, items, releases, spreads : by measure. nameless : keys of units that are not even named.
    losses : units without a group. item_releases : by measure and item, what may be shown of the item.
    """

    study: Study
    by: str
    label: Label
    groups: tuple[Group, ...]
    measures: Mapping[str, Scored]
    people: Mapping[str, People | None]
    items: Mapping[str, tuple[Item, ...]]
    releases: Mapping[str, Release]
    nameless: frozenset[str]
    unit_names: Mapping[str, str]
    spreads: dict[str, Spread | None]
    losses: tuple[Loss, ...] = ()
    item_releases: Mapping[str, Mapping[str, Release]] = field(default_factory=dict)

    def parts(self, found: Scored, group: Group) -> Parts:
        """The group and everybody else over all periods."""
        return of_period(found, group.key) if self.by == PERIOD else of_units(found, self.members(found, group))

    def members(self, found: Scored, group: Group) -> Mask:
        """(J,) which of the measure's units belong to the group."""
        if self.by == PERIOD:
            return np.ones(len(found.units), dtype=bool)
        return found.mask(group.units)

    def asked(self, found: Scored, group: Group) -> bool:
        """Whether anybody of the group answered the measure."""
        if self.by == PERIOD:
            return group.key in found.waves
        return bool((found.overall.n[self.members(found, group)] > 0).any())

    def shows(self, measure: str, group: Group) -> bool:
        """Whether the group's mean may be shown: over all periods, or of the last where earlier ones do not compare."""
        found = self.measures[measure]
        if found.latest_only and self.by != PERIOD:
            return self.shows_period(measure, group, list(found.waves)[-1])
        return self.shows_whole(self.releases[measure], group)

    def shows_period(self, measure: str, group: Group, period: str) -> bool:
        """Whether the group's mean of one period may be shown."""
        return self.shows_cell(self.releases[measure], group, period)

    def shows_whole(self, release: Release, group: Group) -> bool:
        """Whether a release has the group's people of all periods together."""
        if self.by == PERIOD:
            return group.key in release.periods
        chosen = release.units if self.by == UNIT else release.groups.get(self.by, frozenset())
        return group.key in chosen

    def shows_cell(self, release: Release, group: Group, period: str) -> bool:
        """Whether a release has the group's people of one period."""
        if self.by == PERIOD:
            return period == group.key and period in release.periods
        chosen = release.cells if self.by == UNIT else release.group_cells.get(self.by, frozenset())
        return (group.key, period) in chosen

    def shown_periods(self, measure: str, group: Group) -> list[str]:
        """The periods of which the group's mean may be shown, in time order."""
        found = self.measures[measure]
        return [period for period in found.waves if self.shows_period(measure, group, period)]
