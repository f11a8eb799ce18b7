"""What did not reach the analysis: one row per source, measure and hypothesis, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cxresearch.exhibits.columns import column, hypothesis_name, measure_label, source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures.spec import sentences
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text, render
from cxresearch.losses import Loss

MOST_NAMES = 3
"""Names of columns listed in a sentence; of more only the number is told."""


def losses(findings: Findings) -> tuple[Exhibit, ...]:
    """What was dropped or changed at each step; a sentence when nothing was."""
    if not findings.losses:
        return (ProseSpec(((Phrase("readings.no_losses"),),)),)
    told: dict[str, list[Text]] = {}
    for where, reason, values in _counted(findings.losses):
        told.setdefault(where, []).append(_sentence(_asked_once(findings, where, reason), values))
    grouped: dict[str, tuple[list[Text], Text]] = {}
    for where, said in told.items():
        text = sentences(*said)
        kind = "hypothesis" if where in findings.spec.hypotheses else where
        grouped.setdefault(f"{kind} {render(text, 'en')}", ([], text))[0].append(_place(findings, where))
    timed = any(summary.n_periods for summary in findings.sources)
    table = TableSpec(
        "tbl-losses",
        Phrase("tables.losses.caption"),
        (column("where", row_header=True), column("reason")),
        tuple((in_words(places), text) for places, text in grouped.values()),
        Phrase("tables.losses.note" if timed else "tables.losses.note_one_period"),
    )
    return ProseSpec(((Phrase("readings.losses"),),)), table


def _counted(lost: Iterable[Loss]) -> list[tuple[str, str, dict[str, Any]]]:
    """Place, reason and values of each loss; equal reasons at one place are added up."""
    summed: dict[tuple[str, str, str], dict[str, Any]] = {}
    for loss in lost:
        most = loss.n_rows or loss.n_units or loss.n_periods or 0
        numbers = {"count": most, **{name: value for name, value in loss.details.items() if isinstance(value, int)}}
        texts = {name: value for name, value in loss.details.items() if name not in numbers}
        values = summed.setdefault((loss.where, loss.reason, str(texts)), dict(texts))
        for name, value in numbers.items():
            values[name] = values.get(name, 0) + value
    return [(where, reason, values) for (where, reason, _), values in summed.items()]


def _asked_once(findings: Findings, where: str, reason: str) -> str:
    """The reason of a loss; of a measure with one question, who has no score did not answer."""
    measure = findings.spec.measures.get(where)
    single = measure is not None and measure.item is not None
    return "aggregation.unanswered" if single and reason == "aggregation.without_score" else reason


def _sentence(reason: str, values: Mapping[str, Any]) -> Phrase:
    if reason.startswith("aggregation."):
        return Phrase(f"tables.losses.{reason.removeprefix('aggregation.')}", {"count": values["count"]})
    if "columns" in values and values["count"] > MOST_NAMES:
        return Phrase(f"tables.losses.{reason}", {"count": values["count"]})
    return Phrase(f"losses.{reason}", values)


def _place(findings: Findings, where: str) -> Text:
    """Where something was lost: a source, a measure or a hypothesis."""
    if where in findings.spec.sources:
        return source_label(findings, where)
    return measure_label(findings, where) if where in findings.spec.measures else hypothesis_name(where)
