"""The role of every column of a source, guessed, each guess with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cxresearch.codebook.variables import Role, Variable
from cxresearch.language import Label, Phrase
from cxresearch.study.draft.column import Column
from cxresearch.study.draft.placement import Placement, range_guess
from cxresearch.study.draft.ranges import score_range
from cxresearch.study.draft.sources import DraftSource
from cxresearch.study.draft.words import identifier, readable, says

_MOST_CATEGORIES = 50
_LONG_TEXT = 25


@dataclass(frozen=True)
class DraftVariable:
    """A row of the drafted codebook and what about it is a guess."""

    variable: Variable
    guesses: tuple[Phrase, ...] = ()


def draft_variables(source: DraftSource, placed: Mapping[str, Placement]) -> list[DraftVariable]:
    """All columns of a source as rows of a codebook, in the order of the file."""
    counted = {name: item.name for item in source.counted for name in item.columns}
    rows: list[DraftVariable] = []
    taken: set[tuple[Role, str]] = set()
    for name, column in source.columns.items():
        if name in counted:
            rows += _counted_item(source, name, placed)
            continue
        drafted = _drafted(source, column, placed)
        rows.append(drafted if _free(drafted.variable, taken) else _as_covariate(drafted, column))
    return rows


def _free(variable: Variable, taken: set[tuple[Role, str]]) -> bool:
    """Whether a role that only one variable may have is still to be had."""
    informant = variable.informant if variable.role == "response_rate" else ""
    if variable.role not in ("respondent", "period", "timestamp", "weight", "response_rate"):
        return True
    if (variable.role, informant) in taken:
        return False
    taken.add((variable.role, informant))
    return True


def _as_covariate(drafted: DraftVariable, column: Column) -> DraftVariable:
    role: Role = "covariate" if column.numeric or len(column.categories) <= _MOST_CATEGORIES else "ignore"
    variable = replace(drafted.variable, role=role, informant="", kind=_kind(column) if role == "covariate" else "")
    return DraftVariable(variable, (Phrase("draft.guess.second"),))


def _variable(source: DraftSource, column: Column, role: Role) -> Variable:
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in column.question).split())
    label = text if 0 < len(text) <= 60 else readable(column.name)
    question = Label(text, text) if len(text) > 60 else Label("", "")
    seen = column.codes if column.numeric else ()
    return Variable(
        name=column.name, source=source.name, role=role, label=Label(label, label), question=question,
        missing=tuple(dict.fromkeys((*column.tokens, *seen))), kind=_kind(column) if role == "covariate" else "",
    )  # fmt: skip


def _kind(column: Column) -> str:
    return "number" if column.numeric else "category"


def _drafted(source: DraftSource, column: Column, placed: Mapping[str, Placement]) -> DraftVariable:
    if source.grain == "respondents" and column.name in placed:
        return _item(source, column, placed[column.name])
    role, why, values = next((role, why, values) for role, why, fits, values in _questions(source, column) if fits())
    variable = _variable(source, column, role)
    if role == "response_rate":
        variable = replace(variable, informant=_informant(source, column))
    if role == "score":
        return _score(source, column, variable)
    if role not in ("score", "item", "covariate", "response_rate"):
        variable = replace(variable, missing=column.tokens)
    return DraftVariable(variable, (Phrase(f"draft.guess.{why}", values), *_missing(column, variable)))


def _score(source: DraftSource, column: Column, variable: Variable) -> DraftVariable:
    found, informant = score_range(column), _informant(source, column)
    guesses = [Phrase("draft.guess.score")] + ([Phrase("draft.guess.other_side")] if informant else [])
    scored = replace(variable, scale=identifier(column.name, "score"), informant=informant)
    if found:
        scored = replace(scored, minimum=found[0], maximum=found[1])
        guesses.append(range_guess(column, found))
    return DraftVariable(scored, (*guesses, *_missing(column, scored)))


_Question = tuple[Role, str, Callable[[], bool], dict[str, object]]


def _questions(source: DraftSource, column: Column) -> Iterator[_Question]:
    """What a column may be, in the order in which it is asked: role, reason, test, values of the reason's sentence."""
    name, is_unit = column.name, column.name == source.unit.name
    shared: dict[str, object] = {"share": source.unit.shared}
    yield "unit", "unit", lambda: is_unit and source.unit.shared > 0, shared
    yield "unit", "unit_alone", lambda: is_unit, {}
    yield "ignore", "empty", lambda: len(column.categories) == 0, {}
    yield "period", "period", lambda: name == source.period_column, {}
    yield "ignore", "contact", lambda: says(name, "contact"), {}
    yield "respondent", "respondent", lambda: _identifies(source, column), {}
    yield "timestamp", "timestamp", lambda: column.time, {}
    yield "weight", "weight", lambda: column.numeric and says(name, "weight"), {}
    yield "response_rate", "response_rate", lambda: _is_share(column) and says(name, "response_rate"), {}
    yield "ignore", "constant", lambda: len(column.categories) == 1, {}
    yield "score", "score", lambda: source.grain == "unit_scores" and _is_score(column), {}
    yield "covariate", "number", lambda: column.numeric, {}
    yield "text", "text", lambda: _free_text(column), {}
    yield "ignore", "names", lambda: column.unique or len(column.categories) > _MOST_CATEGORIES, {}
    yield "covariate", "category", lambda: True, {}


def _identifies(source: DraftSource, column: Column) -> bool:
    named = says(column.name, "identifier") or says(column.name, "person")
    return source.grain == "respondents" and named and column.unique and (column.whole or not column.numeric)


def _is_share(column: Column) -> bool:
    return column.numeric and bool(column.values[0] >= 0 and column.values[-1] <= 1)


def _is_score(column: Column) -> bool:
    if not column.numeric or any(says(column.name, meaning) for meaning in ("background", "response_rate")):
        return False
    return len(column.values) >= 3 and not says(column.name, "identifier")


def _free_text(column: Column) -> bool:
    lengths = [len(text) for text in column.texts if text and text not in column.tokens]
    return bool(lengths) and float(np.mean(lengths)) > _LONG_TEXT


def _informant(source: DraftSource, column: Column) -> str:
    """Who answered, where the name tells another side than the source's own."""
    told = [side for side in ("employee", "customer") if says(column.name, side)]
    if says(column.name, "response_rate"):
        return told[0] if len(told) == 1 else source.side
    return told[0] if len(told) == 1 and told[0] != source.side else ""


def _missing(column: Column, variable: Variable) -> tuple[Phrase, ...]:
    codes = [code for code in variable.missing if code]
    return (Phrase("draft.guess.missing", {"codes": ", ".join(codes), "count": len(codes)}),) if codes else ()


def _item(source: DraftSource, column: Column, placement: Placement) -> DraftVariable:
    low, high = placement.range
    outside = tuple(code for code in column.codes if not low <= float(code) <= high)
    variable = replace(
        _variable(source, column, "item"),
        scale=placement.scale, reversed=placement.reversed, minimum=low, maximum=high,
        missing=tuple(dict.fromkeys((*column.tokens, *outside))),
    )  # fmt: skip
    return DraftVariable(variable, (*placement.guesses, *_missing(column, variable)))


def _counted_item(source: DraftSource, name: str, placed: Mapping[str, Placement]) -> list[DraftVariable]:
    """The item that a counting column belongs to, once: where its first column stands."""
    item = next(item for item in source.counted if name in item.columns)
    if name != next(other for other in source.columns if other in item.columns):
        return []
    values = [value for value in item.options if value is not None]
    tokens = tuple(dict.fromkeys(token for option in item.columns for token in source.columns[option].tokens))
    label, placement = readable(item.name), placed[item.name]
    answers = [option for value, options in item.options.items() if value is not None for option in options]
    if not any(source.columns[option].values.any() for option in answers):
        unasked = Variable(name=item.name, source=source.name, role="ignore", label=Label(label, label))
        return [DraftVariable(unasked, (Phrase("draft.guess.empty"),))]
    variable = Variable(
        name=item.name, source=source.name, role="item", scale=placement.scale, reversed=placement.reversed,
        minimum=min(values), maximum=max(values), missing=tokens, options=item.options, label=Label(label, label),
    )  # fmt: skip
    why = "options" if item.known else "options_in_order"
    return [DraftVariable(variable, (Phrase(f"draft.guess.{why}"), *placement.guesses))]
