"""Columns and cells that several tables share."""

from __future__ import annotations

from cxresearch.exhibits.table import Cell, ColumnSpec, Interval
from cxresearch.findings import Findings
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate, Result


def column(name: str, spec: str = "", *, row_header: bool = False) -> ColumnSpec:
    """A column with the heading `tables.column.<name>`."""
    return ColumnSpec(Phrase(f"tables.column.{name}"), spec, row_header)


def interval_column(findings: Findings, spec: str) -> ColumnSpec:
    """A column of confidence intervals, its heading naming the study's level."""
    return ColumnSpec(Phrase("tables.column.interval_at", {"level": findings.spec.criteria.level}), spec)


def interval_cell(result: Result | None) -> Interval | None:
    """The interval of an estimate; None where there is none."""
    if not isinstance(result, Estimate) or result.conf_low is None or result.conf_high is None:
        return None
    return Interval(result.conf_low, result.conf_high)


def value_cell(result: Result | None) -> Cell:
    """The value of an estimate; None where it could not be estimated."""
    return result.estimate if isinstance(result, Estimate) else None


def reason(result: Result) -> Phrase | None:
    """Why a statistic could not be estimated, as a sentence; None for an estimate."""
    return None if isinstance(result, Estimate) else Phrase(f"reasons.{result.reason}", result.details)


def category(findings: Findings, covariate: str, place: int) -> str:
    """What the data call a covariate's category, by its place in alphabetical order; else the place itself."""
    known = findings.categories.get(covariate, ())
    return (known[place - 1] if 0 < place <= len(known) else "") or str(place)


def measure_label(findings: Findings, measure: str) -> Label:
    """What a measure is called."""
    return findings.spec.measures[measure].label.label()


def scale_label(findings: Findings, variable: str, scale: str) -> Label | None:
    """What the measure is called that a variable belongs to; None where the plan has no such measure."""
    for measure, declared in findings.spec.measures.items():
        if declared.item == variable or (scale and declared.scale == scale):
            return measure_label(findings, measure)
    return None


def source_label(findings: Findings, source: str) -> Label:
    """What a source is called."""
    return findings.spec.sources[source].label.label()


def hypothesis_name(hypothesis: str) -> str:
    """How a hypothesis is named in the report: its id in capitals (`h1` is H1)."""
    return hypothesis.upper()


def hypothesis_values(findings: Findings, hypothesis: str) -> dict[str, Text]:
    """What sentences on a hypothesis name: `hypothesis`, and the labels of its measures, `ex` and `cx`."""
    declared = findings.spec.hypotheses[hypothesis]
    return {
        "hypothesis": hypothesis_name(hypothesis),
        "ex": measure_label(findings, declared.ex),
        "cx": measure_label(findings, declared.cx),
    }
