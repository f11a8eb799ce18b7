"""Ratings that were asked together: of a common stem, or of a common range where names are whole questions."""

from __future__ import annotations

from collections.abc import Mapping

from cxresearch.study.draft.column import Column
from cxresearch.study.draft.ranges import NPS_RANGE, Range, agreed_ranges, range_of
from cxresearch.study.draft.scales import stem
from cxresearch.study.draft.words import says

_LEAST_BLOCK = 3
_SHORT_NAME = 20
_BLOCK = "items"
_ANSWER_RANGES: tuple[Range, ...] = ((1, 5), (1, 6), (1, 7), (1, 10), (0, 10))


def item_families(ratings: Mapping[str, Column]) -> dict[str, list[str]]:
    """Rating columns that are items, by family.

    Columns with a common stem (`ex_01, ex_02`) are a family. Of the rest, those that ask for recommendation,
    satisfaction or effort stand alone; at least three of one range are a block of items, if their names are questions
    or the range is one of answers rather than of codes; the others are items only if their names say so. A family in
    which every column has two answers at most is none.
    """
    asked = {name: column for name, column in ratings.items() if not says(name, "demographic")}
    by_stem: dict[str, list[str]] = {}
    for name in asked:
        by_stem.setdefault(stem(name), []).append(name)
    found = {key: names for key, names in by_stem.items() if len(names) > 1 and _varied(names, asked)}
    lone = [names[0] for names in by_stem.values() if len(names) == 1 and _varied(names, asked)]
    special = [name for name in lone if _outcome(asked[name])]
    found |= {name: [name] for name in special}
    rest = [name for name in lone if name not in special and not says(name, "background")]
    return found | _blocks(rest, asked)


def is_nps(column: Column) -> bool:
    """Whether an item asks for recommendation on 0…10."""
    return says(column.says, "nps") and column.numeric and 5 < column.values[-1] <= NPS_RANGE[1]


def _varied(names: list[str], columns: Mapping[str, Column]) -> bool:
    return any(len(columns[name].values) >= 3 for name in names)


def _outcome(column: Column) -> bool:
    short = len(column.name) <= _SHORT_NAME
    return is_nps(column) or (short and (says(column.name, "csat") or says(column.name, "ces")))


def _blocks(names: list[str], columns: Mapping[str, Column]) -> dict[str, list[str]]:
    sentences = {name: columns[name] for name in names if len(name) > _SHORT_NAME}
    agreed = agreed_ranges(sentences) if sentences else {}
    by_range: dict[Range, list[str]] = {}
    for name in names:
        by_range.setdefault(agreed.get(name) or range_of(columns[name]), []).append(name)
    found: dict[str, list[str]] = {}
    for (low, high), members in by_range.items():
        whole_questions = all(len(name) > _SHORT_NAME for name in members)
        if len(members) >= _LEAST_BLOCK and (whole_questions or (low, high) in _ANSWER_RANGES):
            found[f"{_BLOCK} {low:g} {high:g}"] = members
        else:
            found |= {name: [name] for name in members if says(columns[name].says, "rating")}
    return found
