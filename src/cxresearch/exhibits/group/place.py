"""Where a group stands among all groups of its kind, and its scores pulled towards their mean."""

from __future__ import annotations

from collections.abc import Sequence

from cxresearch.exhibits.amounts import amount, amount_interval
from cxresearch.exhibits.columns import column, interval_column
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import group_place
from cxresearch.exhibits.group.standing import Compared, compared, headline
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

_WITH_SHRUNKEN = 5
"""Columns of the table where some measure has a shrunken score."""
FEWEST_GROUPS = 3
"""Groups below this number have no order worth drawing."""


def place(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The group among all groups of its kind; a sentence where there are too few to compare with."""
    rows = [row for row in compared(findings, group) if isinstance(row.own, Estimate)]
    panels = [panel for row in headline(findings, tuple(rows)) if (panel := _panel(findings, group, row)) is not None]
    table = _table(findings, group, rows)
    if not panels:
        few = ProseSpec(((Phrase("readings.group.place.few"),),))
        return (few, *_with_table(table))
    figure = group_place.spec(panels, level=findings.spec.criteria.level)
    sentences: list[Text] = [Phrase("readings.group.place.figure", {"groups": group.n_groups})]
    return (ProseSpec((tuple(sentences),)), figure, *_with_table(table))


def _with_table(table: TableSpec | None) -> tuple[Exhibit, ...]:
    if table is None:
        return ()
    if len(table.columns) < _WITH_SHRUNKEN:
        return ProseSpec(((Phrase("readings.group.place.table"),),)), table
    return ProseSpec(((Phrase("readings.group.place.shrunken"), Phrase("readings.group.place.small")),)), table


def _panel(findings: Findings, group: GroupFindings, row: Compared) -> group_place.PlacePanel | None:
    frame = group.others[group.others["measure"] == row.measure].sort_values("mean", kind="stable")
    if len(frame) < FEWEST_GROUPS or int(frame["own"].sum()) != 1 or not isinstance(row.own, Estimate):
        return None
    return group_place.PlacePanel(
        label=row.label,
        side=row.side,
        frame=frame.reset_index(drop=True),
        shrunken=group.estimate(f"group.{row.measure}.shrunken"),
        amount=amount(findings.spec.measures[row.measure].metric, row.own),
    )


def _table(findings: Findings, group: GroupFindings, rows: Sequence[Compared]) -> TableSpec | None:
    """Score, shrunken score with its interval, and the share of other groups below; None without a shrunken score."""
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        shrunken, share = (group.estimate(f"group.{row.measure}.{part}") for part in ("shrunken", "percentile"))
        if isinstance(row.own, Estimate) and (shrunken is not None or share is not None):
            metric = findings.spec.measures[row.measure].metric
            pulled = (amount(metric, shrunken), amount_interval(metric, shrunken)) if shrunken else (None, None)
            cells.append((row.label, amount(metric, row.own), *pulled, share.estimate if share else None))
    if not cells:
        return None
    columns = (
        column("measure", row_header=True),
        ColumnSpec(Phrase("tables.group.column.own"), "d2"),
        ColumnSpec(Phrase("tables.group.column.shrunken"), "d2"),
        interval_column(findings, "d2"),
        ColumnSpec(Phrase("tables.group.column.percentile"), "pct0"),
    )
    pulled_any = any(row[2] is not None for row in cells)
    kept = range(_WITH_SHRUNKEN) if pulled_any else (0, 1, 4)
    form = "" if pulled_any else "_plain"
    caption, note = Phrase(f"tables.group.place.caption{form}"), Phrase(f"tables.group.place.note{form}")
    rows_kept = tuple(tuple(row[at] for at in kept) for row in cells)
    return TableSpec("tbl-group-place", caption, tuple(columns[at] for at in kept), rows_kept, note)
