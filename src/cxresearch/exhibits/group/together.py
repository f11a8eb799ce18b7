"""Employee and customer experience together: the group among all groups, and what the whole study found."""

from __future__ import annotations

import pandas as pd

from cxresearch.exhibits.columns import column, hypothesis_name, measure_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import group_pairs
from cxresearch.exhibits.group.naming import kind_of
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import ColumnSpec, TableSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase

FEWEST_POINTS = 3


def together(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The scatter of the groups, the verdicts of the study, and what they do not say of one group."""
    caution = Phrase(f"readings.group.together.caution.{kind_of(group)}")
    if not findings.verdicts:
        return (*_scatter(findings, group), ProseSpec(((caution,),)))
    study = ProseSpec(((Phrase("readings.group.together.study"),),))
    return (*_scatter(findings, group), study, _verdicts(findings), ProseSpec(((caution,),)))


def _verdicts(findings: Findings) -> TableSpec:
    """Each hypothesis as it was declared, and its verdict in words."""
    rows = tuple(
        (
            hypothesis_name(verdict.hypothesis),
            findings.spec.hypotheses[verdict.hypothesis].statement.label(),
            verdict.word(),
        )
        for verdict in findings.verdicts
    )
    columns = (column("hyp", row_header=True), column("statement"), ColumnSpec(Phrase("tables.group.column.verdict")))
    return TableSpec("tbl-group-verdicts", Phrase("tables.group.verdicts.caption"), columns, rows)


def _scatter(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    for name, hypothesis in findings.spec.hypotheses.items():
        frame = group.pairs[group.pairs["hypothesis"] == name].dropna(subset=["ex", "cx"])
        if len(frame) < FEWEST_POINTS:
            continue
        ex, cx = measure_label(findings, hypothesis.ex), measure_label(findings, hypothesis.cx)
        values = {"ex": ex, "cx": cx}
        figure = group_pairs.spec(
            frame[["ex", "cx", "own"]], ex=ex, cx=cx, caption=Phrase("figures.group.pairs.caption_of", values)
        )
        pointer = Phrase("readings.group.together.figure", values)
        return ProseSpec(((pointer, Phrase(f"readings.group.together.{position(frame)}")),)), figure
    return (ProseSpec(((Phrase("readings.group.together.no_figure"),),)),)


def position(frame: pd.DataFrame) -> str:
    """On which sides of the groups' means the group lies: `high_high`, `high_low`, `low_high`, `low_low`, `unknown`."""
    own = frame[frame["own"].astype(bool)]
    if len(own) != 1:
        return "unknown"
    sides = ("high" if float(own[side].iloc[0]) >= float(frame[side].mean()) else "low" for side in ("ex", "cx"))
    return "_".join(sides)
