"""Which items may be shown: each item's people are counted by themselves, and so are those who answered a scale in
part.

A scale's score averages what a person answered of its items. K times the scale less the sum of its items is therefore
nothing for those who answered all K, and their own answer for those who left one out. Where these are few, one item
(the last of the scale, for every group the same) is not shown, so that the sum of the items cannot be made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxresearch.aggregation.release import Release, released
from cxresearch.study import Study
from cxresearch.workflow.aggregating import person_scores
from cxresearch.workflow.groups.counted import counts_of_answers, counts_of_rows
from cxresearch.workflow.groups.membership import Grouping, units_of_study
from cxresearch.workflow.groups.people import AVERAGED
from cxresearch.workflow.measuring import Answers, answers_of
from cxresearch.workflow.reading import ReadStudy

PARTLY = ""
"""In the place of an item's name: those who answered only some of the scale's items."""


def item_releases(study: Study, data: ReadStudy, measure: str, groupings: Sequence[Grouping]) -> dict[str, Release]:
    """By item, what may be shown of it; `PARTLY` for those who answered the scale in part."""
    threshold = study.spec.privacy.min_respondents
    answers = [found for found in answers_of(study, data, measure) if found.responses.grain != "unit_scores"]
    rows: dict[str, list[pd.DataFrame]] = {}
    for found in answers:
        for variable in found.variables:
            if variable.role == "item":
                rows.setdefault(variable.name, []).append(_asked(Answers(found.responses, (variable,))))
    named = {name: pd.concat(parts, ignore_index=True) for name, parts in rows.items()}
    several = len(answers) > 1
    releases = {name: _released(frame, groupings, threshold, cells=several) for name, frame in named.items()}
    partly = _partly(study, measure, answers)
    if partly is not None:
        known = partly[partly["value"].notna()]
        releases[PARTLY] = _with_nobody(_released(partly, groupings, threshold, cells=False), known, data, groupings)
    return releases


def _with_nobody(release: Release, known: pd.DataFrame, data: ReadStudy, groupings: Sequence[Grouping]) -> Release:
    """A release with those groups added in which nobody is counted."""
    units = set(known["unit"])
    periods = {period for responses in data.responses.values() for period in responses.frame["period"].unique()}
    groups = {}
    for one in groupings:
        some = {group for unit, group in one.of_unit.items() if unit in units}
        groups[one.name] = release.groups[one.name] | (frozenset(one.of_unit.values()) - some)
    return replace(
        release,
        units=release.units | (frozenset(units_of_study(data)) - units),
        periods=release.periods | (frozenset(periods) - set(known["period"])),
        groups=groups,
    )


def _released(frame: pd.DataFrame, groupings: Sequence[Grouping], threshold: int, *, cells: bool) -> Release:
    if "respondent" in frame:
        return released(counts_of_answers(frame, groupings, averaged=True), threshold, cells=cells)
    return released(counts_of_rows(frame, groupings), threshold, cells=cells)


def _asked(found: Answers) -> pd.DataFrame:
    """Who answered one item: rows of persons, or of units and periods with `people`."""
    frame = found.responses.frame
    if found.responses.grain == "counts":
        (variable,) = found.variables
        options = np.array([value for value in variable.options if value is not None], dtype=np.float64)
        people = np.nansum(found.counts(variable.turned(options))[:, 0], axis=1)
        return frame[["unit", "period"]].assign(people=people)
    columns = frame[["unit", "period", "respondent", "frequency"]]
    return columns.assign(value=found.items()[:, 0], weight=1.0)


def _partly(study: Study, measure: str, answers: Sequence[Answers]) -> pd.DataFrame | None:
    """Answers to some of the items that got a score all the same; None where persons are not told."""
    persons = [found for found in answers if found.responses.grain == "respondents" and len(found.variables) > 1]
    if not persons or study.spec.measures[measure].metric not in AVERAGED:
        return None
    scores = person_scores(persons, study, measure)
    complete = np.concatenate([~np.isnan(found.items()).any(axis=1) for found in persons])
    return scores.assign(value=scores["value"].where(~complete))
