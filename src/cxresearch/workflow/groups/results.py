"""The statistics of one group: where it stands, how it differs, what its items say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from cxresearch.aggregation.response import response_rate
from cxresearch.inference.multiplicity import holm
from cxresearch.scoring import METRICS
from cxresearch.scoring.difference import Units, difference
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.aggregating import UnitMeasure
from cxresearch.workflow.groups.batch import Batch, Group
from cxresearch.workflow.groups.item_release import PARTLY
from cxresearch.workflow.groups.items import Item
from cxresearch.workflow.groups.levels import Parts, against_rest, mean, of_units
from cxresearch.workflow.groups.membership import PERIOD, UNIT
from cxresearch.workflow.groups.people import change_in_unit
from cxresearch.workflow.groups.scored import Scored, together
from cxresearch.workflow.groups.shrinkage import shrunken

HIDDEN = "groups.few_people"
ITEM_COLUMNS = ["measure", "source", "item", "touchpoint", "n", "mean", "conf_low", "conf_high", "rest_mean",
                "difference", "diff_low", "diff_high"]  # fmt: skip


def hidden(term: str) -> NotEstimable:
    """What may not be shown; no number of people is told."""
    return NotEstimable(term=term, reason=HIDDEN)


def measure_results(batch: Batch, group: Group, measure: str) -> Iterator[Result]:
    """`group.<measure>` with `.rest`, `.difference`, `.shrunken` and `.change`; nothing if the group was not asked."""
    found, term = batch.measures[measure], f"group.{measure}"
    if not batch.asked(found, group):
        return
    if not batch.shows(measure, group):
        yield from (hidden(name) for name in (term, f"{term}.rest", f"{term}.difference", f"{term}.shrunken"))
    else:
        parts, error = batch.parts(found, group), _error(batch, found, group)
        own = mean(found, parts.own, term=term, error=error)
        yield own
        yield mean(found, parts.rest, term=f"{term}.rest")
        yield against_rest(found, parts, term=f"{term}.difference", error=error)
        yield _shrunken(batch, found, group, own)
    yield _change(batch, found, group)


def adjusted_differences(results: Mapping[str, Result], measures: tuple[str, ...]) -> Iterator[Result]:
    """`group.<measure>.difference.holm`: p values of the group's differences adjusted over its measures."""
    family = {m: results.get(f"group.{m}.difference") for m in measures}
    tested = {m: one.p_value for m, one in family.items() if isinstance(one, Estimate) and one.p_value is not None}
    for measure, p_value in holm(dict(tested)).items():
        if p_value is not None:
            term = f"group.{measure}.difference.holm"
            yield Estimate(term=term, estimate=p_value, p_value=p_value, method="groups.holm")


def item_results(batch: Batch, group: Group) -> Iterator[tuple[Item, Result, Result, Result]]:
    """Each item of the group with its mean, everybody else's, and the difference, as far as they may be shown."""
    for measure, items in batch.items.items():
        found = batch.measures[measure]
        if not batch.asked(found, group):
            continue
        for item in items:
            yield from _item(batch, found, group, item)


def item_row(item: Item, own: Result, rest: Result, apart: Result) -> dict[str, object]:
    """One row of `GroupFindings.items`."""
    values = [item.measure, item.source, item.name, item.touchpoint, _of(own, "n_respondents"), _of(own, "estimate"),
              _of(own, "conf_low"), _of(own, "conf_high"), _of(rest, "estimate"), _of(apart, "estimate"),
              _of(apart, "conf_low"), _of(apart, "conf_high")]  # fmt: skip
    return dict(zip(ITEM_COLUMNS, values, strict=True))


def response_result(batch: Batch, found: UnitMeasure, measure: str, group: Group) -> Result | None:
    """`group.response.<measure>`; None where nobody was asked or nothing is known of how many were."""
    term, scores = f"group.response.{measure}", batch.measures[measure]
    known = [panel.frame for panel in (found.overall, found.by_period) if panel.frame["n_eligible"].notna().any()]
    if not known or not batch.asked(scores, group):
        return None
    rows = known[0]
    if batch.by == PERIOD:
        rows = found.by_period.frame
        rows = rows[rows["period"] == group.key]
    else:
        rows = rows[rows["unit"].isin(group.units)]
    if not batch.shows(measure, group) or not _whole_rows(batch, found, measure, group, rows):
        return hidden(term)
    return response_rate(rows["n"], rows["n_eligible"], term=term)


def _whole_rows(batch: Batch, found: UnitMeasure, measure: str, group: Group, rows: pd.DataFrame) -> bool:
    """Whether the numbers of people in `rows` are of what may be shown: the whole group, or each of its periods."""
    if batch.by == PERIOD or ((rows["period"] == "").all() and (found.by_period.frame["period"] != "").any()):
        return True
    return all(batch.shows_period(measure, group, period) for period in rows["period"].unique())


def _of(result: Result, name: str) -> float | None:
    return getattr(result, name) if isinstance(result, Estimate) else None


def _error(batch: Batch, found: Scored, group: Group) -> float:
    """Standard error of a single unit's published score."""
    places = np.flatnonzero(batch.members(found, group))
    return float(found.errors[places[0]]) if batch.by != PERIOD and len(places) == 1 else math.nan


def _shrunken(batch: Batch, found: Scored, group: Group, own: Result) -> Result:
    term = f"group.{found.measure}.shrunken"
    if batch.by == PERIOD:
        return NotEstimable(term=term, reason="groups.periods_not_shrunk")
    if isinstance(own, NotEstimable):
        return own.named(term)
    if found.published and batch.by == UNIT and not np.isfinite(found.errors).any():
        return NotEstimable(term=term, reason="groups.error_unknown")
    members = np.flatnonzero(batch.members(found, group))
    place = int(members[0]) if batch.by == UNIT else batch.groups.index(group)
    result = shrunken(batch.spreads[found.measure], place, own.estimate, term=term, level=found.level)
    return _within_scale(result, found, own.n_respondents) if isinstance(result, Estimate) else result


def _within_scale(result: Estimate, found: Scored, n_respondents: int | None) -> Estimate:
    """The estimate with an interval that ends where the scale does: no share is above 100 per cent."""
    least, most = (-math.inf, math.inf) if found.published else found.metric.bounds
    low, high = result.conf_low, result.conf_high
    return replace(
        result,
        n_respondents=n_respondents,
        conf_low=None if low is None else max(low, least),
        conf_high=None if high is None else min(high, most),
    )


def _change(batch: Batch, found: Scored, group: Group) -> Result:
    """The last period that may be shown less the one before it; a period less the one before."""
    term = f"group.{found.measure}.change"
    if found.latest_only:
        return NotEstimable(term=term, reason="groups.scales_differ")
    if len(found.waves) < 2:
        return NotEstimable(term=term, reason="groups.one_period")
    if batch.by == PERIOD:
        return _change_of_period(batch, found, group, term)
    members, asked = batch.members(found, group), list(found.waves)
    answered = [period for period in asked if (found.waves[period].n[members] > 0).any()]
    if len(answered) < 2:
        return NotEstimable(term=term, reason="groups.one_period")
    earlier, later = answered[-2:]
    if not {earlier, later} <= set(batch.shown_periods(found.measure, group)):
        return hidden(term)
    if found.published:
        return _published_change(found, group, later, earlier, term)
    persons = batch.people[found.measure]
    if len(group.units) == 1 and persons is not None:
        rows = persons.of_unit(group.units[0])
        return change_in_unit(rows, later, earlier, found.metric, term=term, level=found.level)
    waves = [found.waves[period].select(members) for period in (later, earlier)]
    units: Units = "shared" if len(group.units) > 1 else "separate"
    return difference(waves[0], waves[1], found.metric, term=term, units=units, level=found.level)


def _published_change(found: Scored, group: Group, later: str, earlier: str, term: str) -> Result:
    members = found.mask(group.units)
    last, before = (found.waves[period].select(members) for period in (later, earlier))
    if len(group.units) > 1:
        result = difference(last, before, found.metric, term=term, units="shared", level=found.level)
        return replace(result, n_respondents=None) if isinstance(result, Estimate) else result
    value = float(last.mean[0] - before.mean[0])
    return Estimate(term=term, estimate=value, n_units=1, method="groups.published_difference")


def _change_of_period(batch: Batch, found: Scored, group: Group, term: str) -> Result:
    periods = list(found.waves)
    place = periods.index(group.key)
    if place == 0:
        return NotEstimable(term=term, reason="groups.first_period")
    before = periods[place - 1]
    if not {group.key, before} <= batch.releases[found.measure].periods:
        return hidden(term)
    first, second = found.waves[group.key], found.waves[before]
    result = difference(first, second, found.metric, term=term, units="shared", level=found.level)
    return replace(result, n_respondents=None) if found.published and isinstance(result, Estimate) else result


def _item(batch: Batch, found: Scored, group: Group, item: Item) -> Iterator[tuple[Item, Result, Result, Result]]:
    terms = item.term, f"{item.term}.rest", f"{item.term}.difference"
    parts = _item_parts(batch, found, group, item)
    if not (parts.own.n > 0).any():
        return
    if not _shows_item(batch, found, group, item):
        yield item, hidden(terms[0]), hidden(terms[1]), hidden(terms[2])
        return
    plain = replace(found, metric=METRICS["mean"], health=())
    own, rest = (mean(plain, part, term=term) for part, term in zip((parts.own, parts.rest), terms[:2], strict=True))
    yield item, own, rest, against_rest(plain, parts, term=terms[2])


def _item_parts(batch: Batch, found: Scored, group: Group, item: Item) -> Parts:
    if batch.by != PERIOD:
        return of_units(found, batch.members(found, group), item.overall)
    others = [wave for period, wave in item.waves.items() if period != group.key]
    return Parts(
        item.waves.get(group.key, together([], len(found.units))), together(others, len(found.units)), shared=True
    )


def _shows_item(batch: Batch, found: Scored, group: Group, item: Item) -> bool:
    """Whether an item may be shown beside its scale: by its own people, and the last one also by those who answered the
    scale in part.

    An item is told by source. A source of all the periods in which the group was asked tells the whole group, another
    each of its periods.
    """
    releases = batch.item_releases[found.measure]
    own, whole = releases[item.name], batch.releases[found.measure]
    last = batch.items[found.measure][-1].name
    if item.name == last and PARTLY in releases and not batch.shows_whole(releases[PARTLY], group):
        return False
    if batch.by == PERIOD:
        return batch.shows_whole(whole, group) and batch.shows_whole(own, group)
    members = batch.members(found, group)
    same = [one for one in batch.items[found.measure] if one.name == item.name]
    asked = {period for one in same for period, wave in one.waves.items() if (wave.n[members] > 0).any()}
    if asked <= set(item.periods):
        return batch.shows_whole(whole, group) and batch.shows_whole(own, group)
    mine = asked & set(item.periods)
    return all(batch.shows_cell(release, group, period) for release in (own, whole) for period in mine)
