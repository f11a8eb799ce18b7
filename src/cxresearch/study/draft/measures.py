"""Measures and the hypothesis that the drafted variables offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


def draft_measures(variables: Iterable[DraftVariable], side: Side, taken: set[str]) -> list[DraftMeasure]:
    """The measures of one side: scales, lone items, items that ask for recommendation, scores of its own people."""
    offered: dict[tuple[Literal["scale", "item"], str], list[Variable]] = {}
    for variable in (drafted.variable for drafted in variables):
        if variable.role in ("item", "score") and variable.informant in ("", side):
            for offer in _offers(variable):
                offered.setdefault(offer, []).append(variable)
    return [_measure(of_measure, side, kind, of, taken) for (kind, of), of_measure in offered.items()]


def _offers(variable: Variable) -> list[tuple[Literal["scale", "item"], str]]:
    if variable.role == "score" or not variable.scale:
        return [("item", variable.name)]
    if _metric(variable) == "nps":
        return [("scale", variable.scale), ("item", variable.name)]
    return [("scale", variable.scale)]


def _measure(
    variables: Sequence[Variable], side: Side, kind: Literal["scale", "item"], of: str, taken: set[str]
) -> DraftMeasure:
    variable = variables[0]
    metric: Metric = _metric(variable) if kind == "item" and variable.role == "item" else "mean"
    name = _unused(identifier(of, "measure"), side, taken)
    label = variable.label if kind == "item" else Label(readable(of), readable(of))
    top = _top_two(variable) if metric == "csat" else ()
    ranges = {(found.minimum, found.maximum) for found in variables if found.minimum is not None}
    return DraftMeasure(name, side, kind, of, metric, label, top, comparable=len(ranges) < 2)


def _metric(variable: Variable) -> Metric:
    spoken = f"{variable.name} {variable.label.en} {variable.question.en}"
    if (variable.minimum, variable.maximum) == (0.0, 10.0) and says(spoken, "nps"):
        return "nps"
    if variable.scale or variable.minimum is None:
        return "mean"
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
