"""Tables of effects of any size: hypothesis, what it is, estimate, error, interval, p."""

from __future__ import annotations

from collections.abc import Iterable

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.columns import column, hypothesis_name
from cxresearch.exhibits.estimates import Row
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate


def effect_table(findings: Findings, rows: Iterable[Row], *, table_id: str, texts: str) -> TableSpec | None:
    """The estimates among the rows, numbers with about four significant figures; None without any.

    `texts` is the part of the catalogue that holds `caption` and `note`.
    """
    cells = tuple(_cells(*row) for row in rows if isinstance(row[2], Estimate))
    columns = (
        column("hyp", row_header=True),
        column("comparison", row_header=True),
        column("estimate", "d3"),
        column("std_error", "d3"),
        ColumnSpec(Phrase("tables.column.interval_at", {"level": findings.spec.criteria.level}), "d3"),
        column("p_value", "p"),
    )
    if not cells:
        return None
    return TableSpec(table_id, Phrase(f"{texts}.caption"), columns, cells, Phrase(f"{texts}.note"))


def _cells(name: str, label: Text, found: object) -> tuple[Cell, ...]:
    if not isinstance(found, Estimate):
        raise TypeError(f"only estimates are rows, got {found!r}")
    error, ends = sized(found.std_error), sized_interval(found)
    return hypothesis_name(name), label, sized(found.estimate), error, ends, found.p_value
