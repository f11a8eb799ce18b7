"""Items placed on scales: the columns of one side's files taken together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from cxresearch.language import Phrase
from cxresearch.study.draft.column import Column, pooled
from cxresearch.study.draft.families import is_nps, item_families
from cxresearch.study.draft.options import mean_answers
from cxresearch.study.draft.ranges import NPS_RANGE, Range, agreed_ranges
from cxresearch.study.draft.scales import reversed_items, split, stem
from cxresearch.study.draft.sources import DraftSource
from cxresearch.study.draft.words import identifier


@dataclass(frozen=True)
class Placement:
    """Where an item belongs, as guessed.

    Attributes
    ----------
    scale : id, "" for an item that stands alone. range : least and greatest answer of persons; counts have their
        options instead. reversed : whether it is turned.
    guesses : sentences for the human who checks.
    """

    scale: str
    range: Range
    reversed: bool
    guesses: tuple[Phrase, ...]


def place_items(sources: Sequence[DraftSource], taken: Iterable[str]) -> dict[str, Placement]:
    """Place the items of all sources of one side.

    Parameters
    ----------
    taken : ids of scales that the other side has.
    """
    found: dict[str, list[Column]] = {}
    for source in sources:
        for name, column in source.ratings.items() if source.grain == "respondents" else ():
            found.setdefault(name, []).append(column)
    ratings = {name: pooled(columns) for name, columns in found.items()}
    answers = pd.concat([answers_of(source) for source in sources], ignore_index=True)
    used = set(taken)
    placed: dict[str, Placement] = {}
    for family, group in _groups(ratings, answers):
        scale = _unused(identifier(family, "scale"), used) if len(group) > 1 else ""
        placed |= _place(group, scale, ratings, answers)
    for group in _counted_groups(sources):
        scale = _unused(identifier(stem(group[0]), "scale"), used) if len(group) > 1 else ""
        turned = reversed_items(answers[group]) if len(group) > 1 else {}
        for name in group:
            placed[name] = Placement(
                scale, (0, 0), name in turned, (*_membership(scale, group), *_reversal(name, turned))
            )
    return placed


def answers_of(source: DraftSource) -> pd.DataFrame:
    """N × items: persons' answers, or units' mean answers where answers are counted."""
    if source.grain == "counts":
        return pd.DataFrame({item.name: mean_answers(item, source.columns) for item in source.counted})
    if source.grain == "respondents":
        return pd.DataFrame({name: column.answers for name, column in source.ratings.items()})
    return pd.DataFrame(index=range(len(next(iter(source.columns.values())).texts)))


def _unused(name: str, used: set[str]) -> str:
    """A name that is not used yet: with a letter behind it where it is."""
    candidates = [name, *(f"{name[:37]}_{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")]
    free = next((candidate for candidate in candidates if candidate not in used), f"{name[:33]}_{len(used)}")
    used.add(free)
    return free


def _groups(ratings: Mapping[str, Column], answers: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Items that make a scale, each group with the name of its family."""
    groups = []
    for family, members in item_families(ratings).items():
        ranges = agreed_ranges({name: ratings[name] for name in members})
        for found in dict.fromkeys(ranges.values()):
            of_range = answers[[name for name in members if ranges[name] == found]]
            groups += [(family, group) for group in split(of_range)]
    return groups


def _place(group: list[str], scale: str, ratings: Mapping[str, Column], answers: pd.DataFrame) -> dict[str, Placement]:
    ranges = agreed_ranges({name: ratings[name] for name in group})
    turned = reversed_items(answers[group]) if scale else {}
    placed = {}
    for name in group:
        column = ratings[name]
        answered = NPS_RANGE if is_nps(column) else ranges[name]
        found = (range_guess(column, answered), *_membership(scale, group))
        placed[name] = Placement(scale, answered, name in turned, (*found, *_reversal(name, turned)))
    return placed


def range_guess(column: Column, chosen: Range) -> Phrase:
    """The remark on a guessed range: what it is and what was observed, written as in the codebook."""
    observed = {"low": _shown(column.values[0]), "high": _shown(column.values[-1])}
    return Phrase("draft.guess.range", {**observed, "min": _shown(chosen[0]), "max": _shown(chosen[1])})


def _membership(scale: str, group: list[str]) -> tuple[Phrase, ...]:
    return (Phrase("draft.guess.scale", {"scale": scale, "count": len(group)}),) if scale else ()


def _reversal(name: str, turned: Mapping[str, float]) -> tuple[Phrase, ...]:
    return (Phrase("draft.guess.reversed", {"r": turned[name]}),) if name in turned else ()


def _counted_groups(sources: Sequence[DraftSource]) -> list[list[str]]:
    shapes: dict[str, tuple[str, int]] = {}
    for source in sources:
        for item in source.counted if source.grain == "counts" else ():
            n_options = len([value for value in item.options if value is not None])
            shapes.setdefault(item.name, (stem(item.name), n_options))
    groups: dict[tuple[str, int], list[str]] = {}
    for name, shape in shapes.items():
        groups.setdefault(shape, []).append(name)
    return list(groups.values())


def _shown(value: float) -> str:
    return f"{value:.4g}"
