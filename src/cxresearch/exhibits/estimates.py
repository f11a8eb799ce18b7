"""The table of estimates: one row per hypothesis and model, and sentences on what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cxresearch.exhibits.columns import column, hypothesis_name, interval_cell, interval_column
from cxresearch.exhibits.listing import in_words, without_result
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

Row = tuple[str, Text, Result]
"""Hypothesis, name of the model or comparison, and its result."""


def model_name(part: str) -> Phrase:
    """What a model is called, by the end of its term (`ols.std`)."""
    return Phrase("tables.model." + part.replace(".", "_"))


def estimate_table(findings: Findings, kind: str, rows: Sequence[Row], named: str = "model") -> TableSpec:
    """The estimates among the rows, with errors, intervals and p values.

    `kind` gives id, caption and note; `named` the heading of the names.
    """
    cells = tuple(_cells(name, label, found) for name, label, found in rows if isinstance(found, Estimate))
    columns = (
        column("hyp", row_header=True),
        column(named, row_header=True),
        column("estimate", "d2"),
        column("std_error", "d2"),
        interval_column(findings, "d2"),
        column("p_value", "p"),
    )
    caption, note = Phrase(f"tables.{kind}.caption"), Phrase(f"tables.{kind}.note")
    return TableSpec(f"tbl-{kind}", caption, columns, cells, note)


def _cells(name: str, label: Text, found: Estimate) -> tuple[Cell, ...]:
    return (
        hypothesis_name(name),
        label,
        found.estimate,
        found.std_error,
        interval_cell(found),
        found.p_value,
    )


def health_notes(rows: Iterable[Row]) -> tuple[Phrase, ...]:
    """One sentence per warning that estimates carry; hypotheses whose same model carries it come together."""
    warned: dict[tuple[str, str], tuple[Text, list[Text]]] = {}
    for name, label, found in rows:
        for code in found.health if isinstance(found, Estimate) else ():
            warned.setdefault((code, str(label)), (label, []))[1].append(hypothesis_name(name))
    return tuple(
        Phrase("tables.models.health", {"name": in_words(names), "model": label, "warning": Phrase(f"health.{code}")})
        for (code, _), (label, names) in warned.items()
    )


def missing_models(rows: Iterable[Row]) -> tuple[Phrase, ...]:
    """One sentence per reason for the rows without an estimate; hypotheses that lack the same model come together."""
    lacking: dict[str, tuple[Text, NotEstimable, list[Text]]] = {}
    for name, label, found in rows:
        if isinstance(found, NotEstimable):
            key = f"{label} {found.reason} {sorted(found.details.items())}"
            lacking.setdefault(key, (label, found, []))[2].append(hypothesis_name(name))
    return without_result(
        (Phrase("tables.model.of", {"model": label, "names": in_words(names)}), found)
        for label, found, names in lacking.values()
    )
