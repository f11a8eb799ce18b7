"""The drafted `study.yml`: commented, with every guess marked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cxresearch.language import Label, Phrase, render
from cxresearch.study.draft.measures import DraftMeasure, first_pair
from cxresearch.study.draft.sources import DraftSource
from cxresearch.study.draft.words import plain

SCHEMA_FILE = ".study.schema.json"
_UNITS = {
    "team": ("team", "tiimi"),
    "branch": ("branch", "konttori"),
    "shop": ("store", "shop", "myymala"),
    "department": ("dept", "department", "osasto"),
    "school": ("school", "koulu", "dbn"),
    "project": ("project", "projekti"),
    "office": ("office", "location", "site", "toimip"),
    "region": ("region", "alue"),
}


@dataclass(frozen=True)
class Plan:
    """What the drafted study.yml says.

    Attributes
    ----------
    study : short name. sources, measures : in the file's order. language : of the comments.
    """

    study: str
    sources: Sequence[DraftSource]
    measures: Sequence[DraftMeasure]
    language: str

    @property
    def periods(self) -> bool:
        """Whether every source tells its period: by a column, or by the year in its name."""
        return all(source.period_column or source.year for source in self.sources) and (
            any(source.period_column for source in self.sources) or len(self.sources) > 2
        )


def study_yml(plan: Plan) -> bytes:
    """The plan as commented YAML (UTF-8)."""
    blocks = [_head(plan), _sources(plan), _measures(plan), _hypotheses(plan), _tail(plan)]
    return ("\n\n".join("\n".join(block) for block in blocks) + "\n").encode()


def _quoted(text: str) -> str:
    """A text as YAML and JSON alike write it in double quotes; signs that cannot be printed become blanks."""
    return json.dumps("".join(sign if sign.isprintable() else " " for sign in text), ensure_ascii=False)


def _label(label: Label) -> str:
    return f"{{ fi: {_quoted(label.fi)}, en: {_quoted(label.en)} }}"


def _both(key: str, **values: object) -> Label:
    phrase = Phrase(f"draft.{key}", values)
    return Label(render(phrase, "fi"), render(phrase, "en"))


def _comment(plan: Plan, key: str, **values: object) -> str:
    return f"# {render(Phrase(f'draft.comment.{key}', values), plan.language)}"


def _guess(plan: Plan, key: str, **values: object) -> str:
    what = Phrase(f"draft.mark.{key}", values)
    return f"  # {render(Phrase('draft.guessed', {'what': what}), plan.language)}"


def _head(plan: Plan) -> list[str]:
    named = plan.sources[0].unit.name
    unit = next((unit for unit, words in _UNITS.items() if any(word in plain(named) for word in words)), "unit")
    return [
        f"# yaml-language-server: $schema={SCHEMA_FILE}",
        _comment(plan, "head"),
        _comment(plan, "before"),
        "",
        f"study: {plan.study}",
        f"title: {_label(_both('title', study=plan.study))}",
        f"unit: {_label(_both(f'unit.{unit}'))}{_guess(plan, 'unit', column=_flat(named))}",
        f"period: {'as_is' if plan.periods else 'none'}{_guess(plan, 'periods' if plan.periods else 'no_periods')}",
        "codebook: codebook.csv",
    ]


def _flat(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _sources(plan: Plan) -> list[str]:
    lines = [_comment(plan, "sources"), "sources:"]
    for source in plan.sources:
        lines += _source(plan, source)
    return lines


def _source(plan: Plan, source: DraftSource) -> Iterator[str]:
    yield f"  {source.name}:"
    yield f"    side: {source.side}"
    yield f"    grain: {source.grain}{_guess(plan, f'grain_{source.grain}')}"
    yield f"    path: {_quoted(source.written)}"
    yield f"    label: {_label(_named(plan, source))}"
    if plan.periods and not source.period_column:
        yield f"    period: {_quoted(source.year)}{_guess(plan, 'year')}"
    if not source.unit.shared:
        yield f"    {_comment(plan, 'unlinked', column=_flat(source.unit.name))}"


def _named(plan: Plan, source: DraftSource) -> Label:
    name = _both(f"source.{source.side}")
    alone = sum(other.side == source.side for other in plan.sources) == 1
    return name if alone or not source.year else Label(f"{name.fi} {source.year}", f"{name.en} {source.year}")


def _measures(plan: Plan) -> list[str]:
    lines = [_comment(plan, "measures"), "measures:"]
    for measure in plan.measures:
        lines += [
            f"  {measure.name}:",
            f"    label: {_label(measure.label)}{_guess(plan, 'label')}",
            f"    {measure.kind}: {_quoted(measure.of)}",
        ]
        if measure.metric != "mean":
            lines.append(f"    metric: {measure.metric}{_guess(plan, 'metric')}")
        if not measure.comparable:
            lines.append(f"    standardise: within_period{_guess(plan, 'standardise')}")
        if measure.top:
            lines.append(f"    top: [{', '.join(f'{value:g}' for value in measure.top)}]{_guess(plan, 'top')}")
    return lines


def _hypotheses(plan: Plan) -> list[str]:
    pair = first_pair(plan.measures)
    if pair is None:
        raise ValueError("a draft has measures of both sides")
    ex, cx = pair
    lines = [
        _comment(plan, "hypotheses"),
        "hypotheses:",
        "  h1:",
        f"    statement: {_label(_both('statement'))}",
        f"    ex: {ex.name}{_guess(plan, 'first')}",
        f"    cx: {cx.name}{_guess(plan, 'first')}",
        "    direction: positive",
        "    primary: pearson",
    ]
    return [*lines, f"    {_comment(plan, 'controls')}", "    # controls: []"]


def _tail(plan: Plan) -> list[str]:
    return [
        _comment(plan, "criteria"),
        "criteria:",
        "  smallest_effect: 0.10",
        "  min_units: 20",
        "",
        _comment(plan, "privacy"),
        "privacy:",
        "  min_respondents: 5",
    ]
