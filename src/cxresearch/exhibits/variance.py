"""Where the variation of the measures lies: between units, within them, or between respondents."""

from __future__ import annotations

from collections.abc import Sequence

from cxresearch.exhibits.columns import column, measure_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

MIDDLE = ("period", "employee")
"""What may lie between a unit and its respondents."""


def variance(findings: Findings) -> tuple[Exhibit, ...]:
    """A table of the measures' shares of variance, and in words where most of it lies."""
    shares = {name: _shares(findings, name) for name in _measures(findings)}
    missing = without_result(
        (measure_label(findings, name), found["unit"]) for name, found in shares.items() if "unit" in found
    )
    known = {name: found for name, found in shares.items() if isinstance(found.get("unit"), Estimate)}
    if not known:
        return (ProseSpec(((Phrase("readings.mixed.no_shares"), *missing),)),)
    middle = tuple(part for part in MIDDLE if any(part in found for found in known.values()))
    said = (_what(middle), _most_and_least(findings, known), *missing)
    return ProseSpec((said,)), _table(findings, known, middle)


def _measures(findings: Findings) -> tuple[str, ...]:
    """The hypotheses' measures in their order, each once."""
    names = (measure for item in findings.spec.hypotheses.values() for measure in (item.ex, item.cx))
    return tuple(dict.fromkeys(names))


def _shares(findings: Findings, measure: str) -> dict[str, Result]:
    prefix = f"variance.{measure}"
    return {result.term.removeprefix(f"{prefix}."): result for result in findings.under(prefix)}


def _what(middle: Sequence[str]) -> Phrase:
    kind = {(): "shares_plain", ("period",): "shares_what"}.get(tuple(middle), "shares_employee")
    return Phrase(f"readings.mixed.{kind}")


def _most_and_least(findings: Findings, known: dict[str, dict[str, Result]]) -> Phrase:
    values = {name: found["unit"].estimate for name, found in known.items() if isinstance(found["unit"], Estimate)}
    least, most = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    if least == most:
        values_of_one = {"measure": measure_label(findings, most), "share": values[most]}
        return Phrase("readings.mixed.shares_one", values_of_one)
    ends = {"least": measure_label(findings, least), "low": values[least]}
    ends |= {"most": measure_label(findings, most), "high": values[most]}
    return Phrase("readings.mixed.shares_range", ends)


def _table(findings: Findings, known: dict[str, dict[str, Result]], middle: Sequence[str]) -> TableSpec:
    level = Phrase("tables.mixed.column.interval", {"level": findings.spec.criteria.level})
    heading = middle[0] if len(middle) == 1 else "group"
    parts = ("unit", heading, "respondent") if middle else ("unit", "respondent")
    columns = [column("measure", row_header=True)]
    for part in parts:
        columns += [ColumnSpec(Phrase(f"tables.mixed.column.{part}"), "pct0"), ColumnSpec(level, "pct0")]
    rows = tuple(_row(findings, name, found, bool(middle)) for name, found in known.items())
    note = "note" if "period" in middle else "note_plain"
    caption = Phrase("tables.mixed.variance.caption")
    return TableSpec("tbl-variance", caption, tuple(columns), rows, Phrase(f"tables.mixed.variance.{note}"))


def _row(findings: Findings, name: str, found: dict[str, Result], nested: bool) -> tuple[Cell, ...]:
    between = next((found[part] for part in MIDDLE if part in found), None)
    cells: list[Cell] = [measure_label(findings, name)]
    for result in (found["unit"], *([between] if nested else []), found["respondent"]):
        cells += _share_cells(result)
    return tuple(cells)


def _share_cells(result: Result | None) -> tuple[Cell, Text | None]:
    if not isinstance(result, Estimate) or result.conf_low is None or result.conf_high is None:
        return None, None
    ends = {"low": 100 * result.conf_low, "high": 100 * result.conf_high}
    return result.estimate, Phrase("tables.mixed.percent_interval", ends)
