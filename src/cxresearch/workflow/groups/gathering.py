"""From a study to a batch: its data read and measured once, its groups formed, the release decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cxresearch.aggregation.release import Release
from cxresearch.codebook import in_natural_order
from cxresearch.findings import Provenance
from cxresearch.moments import ScoreMoments
from cxresearch.statistic import Estimate
from cxresearch.study import Study
from cxresearch.workflow.aggregating import UnitMeasure, unit_measure
from cxresearch.workflow.anonymity import small_units
from cxresearch.workflow.groups.batch import Batch, Group
from cxresearch.workflow.groups.item_release import item_releases
from cxresearch.workflow.groups.items import items_of
from cxresearch.workflow.groups.ledger import Entry, data_key, decide, ledger_file, read_ledger
from cxresearch.workflow.groups.levels import mean
from cxresearch.workflow.groups.membership import (
    PERIOD,
    UNIT,
    Grouping,
    declared_groupings,
    label_of,
    units_of_study,
)
from cxresearch.workflow.groups.people import people_of
from cxresearch.workflow.groups.scored import Scored, scored
from cxresearch.workflow.groups.shrinkage import Spread, spread_of_means, spread_of_units
from cxresearch.workflow.groups.slugs import slugs
from cxresearch.workflow.reading import ReadStudy, read_study


@dataclass(frozen=True)
class Made:
    """What a batch was made from: every measure's panels, every grouping, and the record of what is shown."""

    measures: Mapping[str, UnitMeasure]
    groupings: tuple[Grouping, ...]
    ledger: tuple[Entry, ...]


def gathered(
    study: Study, by: str, made_from: Provenance, folder: Path, progress: Callable[[str], None]
) -> tuple[Batch, Made]:
    """The batch of one kind of group, with the release decided over all kinds."""
    progress("reading")
    data = read_study(study)
    progress("measuring")
    measures = {measure: unit_measure(study, data, measure) for measure in study.spec.measures}
    tables = {measure: scored(study, measure, found) for measure, found in measures.items()}
    groupings = declared_groupings(study, data)
    progress("releasing")
    threshold = study.spec.privacy.min_respondents
    counts = {measure: found.people for measure, found in measures.items() if found.people is not None}
    entries = read_ledger(ledger_file(folder))
    decided, ledger = decide(counts, entries, data_key(made_from), threshold)
    releases = {measure: _with_untold(decided[measure], found, groupings) for measure, found in measures.items()}
    made = Made(measures, groupings, ledger)
    groups = _groups(study, data, by, made, tables)
    batch = Batch(
        study=study,
        by=by,
        label=label_of(study, by),
        groups=groups,
        measures=tables,
        people={measure: people_of(study, data, measure) for measure in tables}
        if by == UNIT
        else dict.fromkeys(tables),
        items={measure: items_of(study, data, table) for measure, table in tables.items()},
        releases=releases,
        item_releases={measure: item_releases(study, data, measure, groupings) for measure in tables},
        nameless=small_units(measures, threshold),
        unit_names=data.unit_names,
        spreads={},
        losses=next((one.losses for one in groupings if one.name == by), ()),
    )
    batch.spreads.update({measure: _spread(batch, table) for measure, table in tables.items()})
    return batch, made


def _with_untold(release: Release, found: UnitMeasure, groupings: Sequence[Grouping]) -> Release:
    """A release with rows whose people are not told; they are their owner's to publish."""
    frame = found.by_period.frame
    untold = frame[frame["n"].isna()]
    told = set(frame["unit"][frame["n"].notna()])
    if untold.empty:
        return release
    pairs = list(zip(untold["unit"], untold["period"], strict=True))
    groups, group_cells = dict(release.groups), dict(release.group_cells)
    for grouping in groupings:
        hidden = {group for unit, group in grouping.of_unit.items() if unit in told}
        own = {(grouping.of_unit[unit], period) for unit, period in pairs if unit in grouping.of_unit}
        groups[grouping.name] = groups.get(grouping.name, frozenset()) | {
            group for group, _ in own if group not in hidden
        }
        cells = {(group, period) for group, period in own if group not in hidden}
        group_cells[grouping.name] = group_cells.get(grouping.name, frozenset()) | cells
    return Release(
        total=True,
        periods=release.periods | (frozenset(untold["period"]) - frozenset(frame["period"][frame["n"].notna()])),
        units=release.units | (frozenset(untold["unit"]) - told),
        cells=release.cells | frozenset(pairs),
        groups=groups,
        group_cells=group_cells,
    )


def _groups(study: Study, data: ReadStudy, by: str, made: Made, tables: Mapping[str, Scored]) -> tuple[Group, ...]:
    """All groups of a kind in natural order of their names."""
    members: dict[str, tuple[str, ...]]
    if by == PERIOD:
        members = {period: () for found in tables.values() for period in found.waves if period}
        names = {key: key for key in members}
    elif by == UNIT:
        asked = {unit for found in tables.values() for unit in found.units}
        members = {unit: (unit,) for unit in units_of_study(data) if unit in asked}
        names = {unit: data.unit_names.get(unit, unit) for unit in members}
    else:
        grouping = next(one for one in made.groupings if one.name == by)
        members = {}
        for unit, group in grouping.of_unit.items():
            members[group] = (*members.get(group, ()), unit)
        names = {key: key for key in members}
    ids = slugs(names)
    return tuple(Group(key, names[key], ids[key], members[key]) for key in _ordered(names))


def _ordered(names: Mapping[str, str]) -> Sequence[str]:
    by_name: dict[str, list[str]] = {}
    for key, name in names.items():
        by_name.setdefault(name, []).append(key)
    return [key for name in in_natural_order(by_name) for key in sorted(by_name[name])]


def _spread(batch: Batch, found: Scored) -> Spread | None:
    """How the groups of the batch differ in one measure; None for periods."""
    if batch.by == PERIOD:
        return None
    if batch.by == UNIT and not found.published:
        return spread_of_units(found.overall)
    if batch.by == UNIT:
        values = np.where(found.overall.n > 0, found.overall.mean, np.nan)
        return spread_of_means(values, found.errors)
    means = [mean(found, _of_group(batch, found, group), term="") for group in batch.groups]
    known = [
        (one.estimate, one.std_error or np.nan) if isinstance(one, Estimate) else (np.nan, np.nan) for one in means
    ]
    values_and_errors = np.array(known, dtype=np.float64).reshape(-1, 2)
    return spread_of_means(values_and_errors[:, 0], values_and_errors[:, 1])


def _of_group(batch: Batch, found: Scored, group: Group) -> ScoreMoments:
    return found.overall.select(batch.members(found, group))
