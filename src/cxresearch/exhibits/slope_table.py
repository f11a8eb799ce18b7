"""A table of slopes with Satterthwaite's degrees of freedom, and the parts of sentences on them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.columns import category, column, hypothesis_name, interval_column
from cxresearch.exhibits.estimates import Row
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate


def slope_table(findings: Findings, kind: str, rows: Sequence[Row]) -> TableSpec:
    """The estimates among the rows; `kind` (`within_between`, `slopes`) gives id, caption and note."""
    columns = (
        column("hyp", row_header=True),
        ColumnSpec(Phrase("tables.mixed.column.slope"), row_header=True),
        column("estimate", "d3"),
        column("std_error", "d3"),
        ColumnSpec(Phrase("tables.mixed.column.df"), "d1"),
        interval_column(findings, "d3"),
        column("p_value", "p"),
    )
    cells = tuple(_cells(name, label, found) for name, label, found in rows if isinstance(found, Estimate))
    caption = Phrase(f"tables.mixed.{kind}.caption")
    note = (Phrase(f"tables.mixed.{kind}.note"), *_warnings(rows))
    return TableSpec(f"tbl-{kind.replace('_', '-')}", caption, columns, cells, note)


def _warnings(rows: Sequence[Row]) -> list[Phrase]:
    """One sentence per warning, with the hypotheses that it concerns."""
    warned: dict[str, list[Text]] = {}
    for name, _, found in rows:
        for code in found.health if isinstance(found, Estimate) else ():
            names = warned.setdefault(code, [])
            if hypothesis_name(name) not in names:
                names.append(hypothesis_name(name))
    return [
        Phrase("tables.mixed.singular", {"names": in_words(names), "warning": Phrase(f"health.{code}")})
        for code, names in warned.items()
    ]


def _cells(name: str, label: Text, found: Estimate) -> tuple[Cell, ...]:
    df = found.df if found.df is not None and math.isfinite(found.df) else None
    estimate, error = sized(found.estimate), sized(found.std_error)
    return hypothesis_name(name), label, estimate, error, df, _ends(found), found.p_value


def row_name(part: str, **values: Text) -> Phrase:
    """What a slope is called in the table."""
    return Phrase(f"tables.mixed.row.{part}", values)


def interval_text(found: Estimate) -> Phrase:
    """An estimate's interval and its level in words."""
    return Phrase("readings.mixed.interval", {"interval": _ends(found), "level": found.conf_level})


def _ends(found: Estimate) -> Cell:
    """An interval of any size; with the infinity sign where it has no end, None where there is none."""
    low, high = found.conf_low, found.conf_high
    if low is None or high is None or (math.isfinite(low) and math.isfinite(high)):
        return sized_interval(found)
    return Phrase("readings.mixed.bare_interval", {"low": _end(low), "high": _end(high)})


def _end(value: float) -> Cell:
    if math.isfinite(value):
        return sized(value)
    return "\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"


def covariate_label(findings: Findings, covariate: str) -> Text:
    """A covariate's label; a category (`region_2`) by its place."""
    label = base_label(findings, covariate)
    place = covariate.removeprefix(base_name(findings, covariate)).removeprefix("_")
    if not place:
        return label
    named = category(findings, base_name(findings, covariate), int(place))
    return Phrase("tables.mixed.category", {"name": label, "category": named})


def base_label(findings: Findings, covariate: str) -> Label:
    """A covariate's label without its category."""
    base = base_name(findings, covariate)
    labels = {v.name: v.label for v in findings.codebook.variables if v.role == "covariate"}
    return labels.get(base, Label(base, base))


def base_name(findings: Findings, covariate: str) -> str:
    """The codebook's name of a covariate or of the one that a category belongs to."""
    names = {v.name for v in findings.codebook.variables if v.role == "covariate"}
    name, _, place = covariate.rpartition("_")
    return name if covariate not in names and name in names and place.isdecimal() else covariate
