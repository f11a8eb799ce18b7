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
    own : whether it rests on the side's own people alone.
    """

    name: str
    side: Side
    kind: Literal["scale", "item"]
    of: str
    metric: Metric
    label: Label
    top: tuple[float, ...] = ()
    own: bool = True


def draft_measures(variables: Iterable[DraftVariable], side: Side, taken: set[str]) -> list[DraftMeasure]:
    """The measures of one side, one per scale, lone item, item that asks for recommendation, and score."""
    found: list[DraftMeasure] = []
    seen: set[tuple[str, str]] = set()
    for variable in (drafted.variable for drafted in variables):
        if variable.role not in ("item", "score"):
            continue
        for kind, of in _offers(variable):
            if (kind, of) not in seen:
                seen.add((kind, of))
                found.append(_measure(variable, side, kind, of, taken))
    return found


def _offers(variable: Variable) -> list[tuple[Literal["scale", "item"], str]]:
    if variable.role == "score" or not variable.scale:
        return [("item", variable.name)]
    if _metric(variable) == "nps":
        return [("scale", variable.scale), ("item", variable.name)]
    return [("scale", variable.scale)]


def _measure(variable: Variable, side: Side, kind: Literal["scale", "item"], of: str, taken: set[str]) -> DraftMeasure:
    metric: Metric = _metric(variable) if kind == "item" and variable.role == "item" else "mean"
    name = _unused(identifier(of, "measure"), side, taken)
    label = variable.label if kind == "item" else Label(readable(of), readable(of))
    top = _top_two(variable) if metric == "csat" else ()
    return DraftMeasure(name, side, kind, of, metric, label, top, own=variable.informant in ("", side))


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
    ex.sort(key=lambda measure: not measure.own)
    cx.sort(key=lambda measure: (not measure.own, measure.metric != "nps"))
    return ex[0], cx[0]
