"""The appendix of a group's report: every estimate of the group, every question."""

from __future__ import annotations

from collections.abc import Callable

from cxresearch.exhibits import appendices
from cxresearch.exhibits.columns import column, interval_column, reason
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.group.items import Asked, asked
from cxresearch.exhibits.group.standing import compared
from cxresearch.exhibits.listing import in_words, pointing, quoted
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, Interval, TableSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable, Result

PARTS = ("own", "rest", "difference", "shrunken", "change", "response")
"""Statistics of a measure in the order of the columns."""


def estimates(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """All estimates of the group by measure, and all questions."""
    tables = [table for table in (_measures(findings, group), _questions(findings, group)) if table is not None]
    missing = _missing(findings, group)
    if not tables:
        return (ProseSpec(((Phrase("readings.group.scores.none"), *missing),)),)
    pointer = pointing("readings.group.appendix", [table.id for table in tables])
    return ProseSpec(((pointer, *missing),)), *tables


def _term(measure: str, part: str) -> str:
    if part == "response":
        return f"group.response.{measure}"
    return f"group.{measure}" if part == "own" else f"group.{measure}.{part}"


def _found(findings: Findings, group: GroupFindings) -> list[tuple[Text, str, Result]]:
    return [
        (row.label, part, group.result(_term(row.measure, part)))
        for row in compared(findings, group)
        if isinstance(row.own, Estimate)
        for part in PARTS
    ]


def _missing(findings: Findings, group: GroupFindings) -> tuple[Phrase, ...]:
    """Statistics without a value of measures that have a score, and why; what was not asked is left out."""
    places: dict[str, tuple[str, Phrase, list[Text]]] = {}
    for label, part, found in _found(findings, group):
        why = reason(found)
        if isinstance(found, NotEstimable) and why is not None and part != "own" and found.reason != "not_computed":
            key = f"{part} {why.key} {sorted(why.values.items())}"
            places.setdefault(key, (part, why, []))[2].append(quoted(label))
    return tuple(
        Phrase(
            "readings.group.missing",
            {"part": Phrase(f"tables.group.part.{part}"), "count": len(names), "names": in_words(names), "why": why},
        )
        for part, why, names in places.values()
    )


def _measures(findings: Findings, group: GroupFindings) -> TableSpec | None:
    """A row for each measure, the standard error of each statistic in brackets."""
    rows: list[tuple[Cell, ...]] = []
    for row in compared(findings, group):
        if isinstance(row.own, Estimate):
            cells = [_cell(group.result(_term(row.measure, part)), part) for part in PARTS]
            rows.append((row.label, row.own.n_respondents, *cells))
    kept = [at for at in range(len(PARTS) + 2) if at < 3 or any(row[at] is not None for row in rows)]
    columns = (
        column("measure", row_header=True),
        column("n", "n"),
        *(ColumnSpec(Phrase(f"tables.group.column.{part}"), "d2") for part in PARTS),
    )
    caption, note = Phrase("tables.group.estimates.caption"), Phrase("tables.group.estimates.note")
    chosen = tuple(tuple(row[at] for at in kept) for row in rows)
    return TableSpec("tbl-group-estimates", caption, tuple(columns[at] for at in kept), chosen, note) if rows else None


def _cell(found: Result, part: str) -> Phrase | None:
    if not isinstance(found, Estimate):
        return None
    if part == "response":
        return Phrase("tables.value.pct0", {"value": found.estimate})
    if found.std_error is None:
        return Phrase("tables.value.d2", {"value": found.estimate})
    return Phrase("tables.group.with_error", {"value": found.estimate, "error": found.std_error})


def _questions(findings: Findings, group: GroupFindings) -> TableSpec | None:
    rows = tuple(_question(row) for row in asked(findings, group))
    columns = (
        column("item", row_header=True),
        column("n", "n"),
        ColumnSpec(Phrase("tables.group.column.own"), "d2"),
        ColumnSpec(Phrase("tables.group.column.rest"), "d2"),
        ColumnSpec(Phrase("tables.group.column.difference"), "s2"),
        interval_column(findings, "d2"),
    )
    caption, note = Phrase("tables.group.questions.caption"), Phrase("tables.group.questions.note")
    return TableSpec("tbl-group-questions", caption, columns, rows, note) if rows else None


def _known(value: float) -> float | None:
    return value if value == value else None


def _question(row: Asked) -> tuple[Cell, ...]:
    known = row.diff_low == row.diff_low and row.diff_high == row.diff_high
    interval = Interval(row.diff_low, row.diff_high) if known else None
    return row.label, _known(row.n), _known(row.mean), _known(row.rest), _known(row.difference), interval


def provenance(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """What the numbers were made from: those of the whole study."""
    del group
    return appendices.provenance(findings)


APPENDICES: dict[str, Callable[[Findings, GroupFindings], tuple[Exhibit, ...]]] = {
    "estimates": estimates,
    "provenance": provenance,
}
"""Appendices in order; the name gives the title `group.appendix.<name>`."""
