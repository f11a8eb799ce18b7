"""Exhibits of the first chapter: the plan, the sources, the responses and the methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from cxresearch.exhibits.columns import column, hypothesis_name, measure_label, source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import responses as responses_figure
from cxresearch.exhibits.losses import losses
from cxresearch.exhibits.methods import methods_text
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.registration import registration
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Label, Phrase

__all__ = ["losses", "methods", "plan", "responses", "sources"]

SURVEYED = ("employee", "customer")
"""Sides whose sources hold answers; records of processes and units are not asked of anybody."""


def plan(findings: Findings) -> tuple[Exhibit, ...]:
    """The declared hypotheses and the criteria of a verdict."""
    declared = findings.spec.hypotheses.values()
    directed = any(hypothesis.direction == "negative" for hypothesis in declared)
    claimed = any(hypothesis.claim for hypothesis in declared)
    rows: list[tuple[Cell, ...]] = []
    for name, hypothesis in findings.spec.hypotheses.items():
        role = "confirmatory" if hypothesis.confirmatory else "exploratory"
        way = (Phrase(f"tables.direction.{hypothesis.direction}"),) if directed else ()
        claim: tuple[Cell, ...] = (hypothesis.claim or None,) if claimed else ()
        rows.append(
            (
                hypothesis_name(name),
                hypothesis.statement.label(),
                measure_label(findings, hypothesis.ex),
                measure_label(findings, hypothesis.cx),
                *way,
                *claim,
                Phrase(f"tables.role.{role}"),
            )
        )
    columns = (
        column("hypothesis", row_header=True),
        column("statement"),
        column("ex"),
        column("cx"),
        *((column("direction"),) if directed else ()),
        *((column("claim"),) if claimed else ()),
        column("role"),
    )
    notes: list[Phrase] = []
    if any(hypothesis.confirmatory for hypothesis in declared):
        notes.append(Phrase("tables.plan.note_confirmatory"))
    if not all(hypothesis.confirmatory for hypothesis in declared):
        notes.append(Phrase("tables.plan.note_exploratory"))
    hypotheses = TableSpec("tbl-plan", Phrase("tables.plan.caption"), columns, tuple(rows), tuple(notes))
    return ProseSpec(((Phrase("readings.plan"),),)), hypotheses, _criteria(findings), *registration(findings)


def _criteria(findings: Findings) -> TableSpec:
    criteria = findings.spec.criteria
    values: tuple[tuple[str, Cell], ...] = (
        ("smallest_effect", Phrase("tables.value.r2", {"value": criteria.smallest_effect})),
        ("level", Phrase("tables.value.pct0", {"value": criteria.level})),
        ("min_units", Phrase("tables.value.n", {"value": criteria.min_units})),
        ("min_alpha", Phrase("tables.value.r2", {"value": criteria.min_alpha})),
        ("min_icc2", Phrase("tables.value.r2", {"value": criteria.min_icc2})),
        ("min_respondents", Phrase("tables.value.n", {"value": findings.spec.privacy.min_respondents})),
    )
    return TableSpec(
        "tbl-criteria",
        Phrase("tables.criteria.caption"),
        (column("criterion", row_header=True), ColumnSpec(Phrase("tables.column.value"), "n")),
        tuple((Phrase(f"tables.criteria.{name}"), value) for name, value in values),
    )


def sources(findings: Findings) -> tuple[Exhibit, ...]:
    """The sources with what was read of them."""
    timed = any(summary.n_periods for summary in findings.sources)
    rows: list[tuple[Cell, ...]] = []
    for summary in findings.sources:
        declared = findings.spec.sources[summary.id]
        rows.append(
            (
                source_label(findings, summary.id),
                Phrase(f"tables.side.{declared.side}"),
                Phrase(f"tables.grain.{declared.grain}"),
                summary.n_rows,
                summary.n_kept,
                summary.n_units,
                *((summary.n_periods,) if timed else ()),
            )
        )
    table = TableSpec(
        "tbl-sources",
        Phrase("tables.sources.caption"),
        (
            column("source", row_header=True),
            column("side"),
            column("grain"),
            column("n_rows", "n"),
            column("n_kept", "n"),
            column("n_units", "n"),
            *((column("n_periods", "n"),) if timed else ()),
        ),
        tuple(rows),
        Phrase("tables.sources.note" if findings.losses else "tables.sources.note_all"),
    )
    values = {"count": len(rows), "unit": findings.spec.unit.label()}
    return ProseSpec(((Phrase("readings.sources", values),),)), table


def responses(findings: Findings) -> tuple[Exhibit, ...]:
    """Answers and missing answers, as a picture, and how far response rates are known.

    Only sources whose rows are answers of persons have bars of answers.
    """
    surveys = [name for name, source in findings.spec.sources.items() if source.side in SURVEYED]
    asked = findings.answers[findings.answers["source"].isin(surveys)]
    told = [findings.spec.sources[source].grain == "respondents" for source in asked["source"]]
    shown = asked[told]
    answers = shown.assign(
        side=[findings.spec.sources[source].side for source in shown["source"]],
        source=_objects([source_label(findings, source) for source in shown["source"]]),
    )
    variables = {(v.source, v.name): v.label for v in findings.codebook.variables}
    unanswered = findings.missing[findings.missing["source"].isin(surveys)]
    keys = zip(unanswered["source"], unanswered["variable"], strict=True)
    missing = unanswered.assign(
        variable=_objects([variables[key] for key in keys]), missing_share=unanswered["n_missing"] / unanswered["n"]
    )
    known = asked["response_rate"].dropna()
    sentences: list[Phrase] = [Phrase(f"readings.responses.{'figure' if len(answers) else 'missing'}")]
    if len(known):
        values = {"low": float(known.min()), "high": float(known.max())}
        sentences.append(Phrase("readings.responses.rates", values))
    else:
        sentences.append(Phrase("readings.responses.no_rates"))
    return ProseSpec((tuple(sentences),)), responses_figure.spec(answers, missing)


def _objects(texts: Sequence[Label]) -> NDArray[Any]:
    return pd.Series(list(texts), dtype=object).to_numpy()


def methods(findings: Findings) -> tuple[Exhibit, ...]:
    """How the data were analysed, in words that follow the plan."""
    return (methods_text(findings),)
