"""Measures and the hypothesis that the drafted variables offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cxresearch.codebook.variables import Side, Variable
from cxresearch.language import Label
from cxresearch.study.draft.roles import DraftVariable
from cxresearch.study.draft.words import identifier, readable, says

Metric = Literal["mean", "nps", "csat", "ces"]


@dataclass(frozen=True)
class DraftMeasure:
    """A measure of the draft.

    Attributes
    ----------
    name : id. side : whose. kind : `scale` or `item`, called `of` in the codebook. metric, top : as in study.yml.
    comparable : whether all sources give it on the same range; otherwise periods can be compared in rank only.
    """

    name: str
    side: Side
    kind: Literal["scale", "item"]
    of: str
    metric: Metric
    label: Label
    top: tuple[float, ...] = ()
    comparable: bool = True


def told_apart(rows: Mapping[Side, list[DraftVariable]]) -> dict[Side, list[DraftVariable]]:
    """Lone items and scores whose name the other side has too get a scale of their own; the rest is as it was."""
    return {side: [_on_side(row, side, other_names(rows, side)) for row in rows[side]] for side in rows}


def other_names(rows: Mapping[Side, Iterable[DraftVariable]], side: Side) -> frozenset[str]:
    """The names of the other sides' items and scores."""
    others = (row.variable for other in rows if other != side for row in rows[other])
    return frozenset(variable.name for variable in others if variable.role in ("item", "score"))


def _lone(variable: Variable) -> bool:
    return variable.role == "score" or (variable.role == "item" and not variable.scale)


def _on_side(row: DraftVariable, side: Side, others: frozenset[str]) -> DraftVariable:
    if row.variable.name not in others or not _lone(row.variable):
        return row
    scale = f"{identifier(row.variable.name, 'item')[:30]}_{side}"
    return replace(row, variable=replace(row.variable, scale=scale))


def draft_measures(
    variables: Iterable[DraftVariable], side: Side, taken: set[str], others: frozenset[str] = frozenset()
) -> list[DraftMeasure]:
    """The measures of one side: scales, lone items, items that ask for recommendation, scores of its own people.

    Parameters
    ----------
    taken : ids that are in use; grows.
    others : the other side's items and scores, which a measure by name would mix in.
    """
    offered: dict[tuple[Literal["scale", "item"], str], list[Variable]] = {}
    for variable in (drafted.variable for drafted in variables):
        if variable.role in ("item", "score") and variable.informant in ("", side):
            for offer in _offers(variable, others):
                offered.setdefault(offer, []).append(variable)
    return [_measure(of_measure, side, kind, of, taken) for (kind, of), of_measure in offered.items()]


def _offers(variable: Variable, others: frozenset[str]) -> list[tuple[Literal["scale", "item"], str]]:
    if variable.name in others:
        return [("scale", variable.scale)]
    if _lone(variable):
        return [("item", variable.name)]
    if _metric(variable) == "nps":
        return [("scale", variable.scale), ("item", variable.name)]
    return [("scale", variable.scale)]


def _measure(
    variables: Sequence[Variable], side: Side, kind: Literal["scale", "item"], of: str, taken: set[str]
) -> DraftMeasure:
    variable = variables[0]
    single = kind == "item" or len({found.name for found in variables}) == 1
    metric: Metric = _metric(variable) if single and variable.role == "item" else "mean"
    name = _unused(identifier(of, "measure"), side, taken)
    label = variable.label if single else Label(readable(of), readable(of))
    top = _top_two(variable) if metric == "csat" else ()
    ranges = {(found.minimum, found.maximum) for found in variables if found.minimum is not None}
    return DraftMeasure(name, side, kind, of, metric, label, top, comparable=len(ranges) < 2)


def _metric(variable: Variable) -> Metric:
    spoken = f"{variable.name} {variable.label.en} {variable.question.en}"
    if (variable.minimum, variable.maximum) == (0.0, 10.0) and says(spoken, "nps"):
        return "nps"
    if says(variable.name, "csat"):
        return "csat"
    return "ces" if says(variable.name, "ces") else "mean"


def _top_two(variable: Variable) -> tuple[float, ...]:
    if variable.options:
        return tuple(sorted(value for value in variable.options if value is not None)[-2:])
    return () if variable.maximum is None else (variable.maximum - 1, variable.maximum)


def _unused(name: str, side: Side, taken: set[str]) -> str:
    candidates = [name, *(f"{name[:28]}_{ending}" for ending in (side, *map(str, range(2, 1000))))]
    free = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(free)
    return free


def first_pair(measures: Sequence[DraftMeasure]) -> tuple[DraftMeasure, DraftMeasure] | None:
    """The employee measure and the customer measure of the first hypothesis; recommendation comes first."""
    ex = [measure for measure in measures if measure.side == "employee"]
    cx = [measure for measure in measures if measure.side == "customer"]
    if not ex or not cx:
        return None
    return ex[0], min(cx, key=lambda measure: measure.metric != "nps")
