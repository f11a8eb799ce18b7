"""Results of waves or groups combined, and what earlier studies found."""

from __future__ import annotations

import pandas as pd

from cxresearch.exhibits.columns import column, hypothesis_name, hypothesis_values, interval_cell, interval_column
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import forest as forest_figure
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.listing import in_figure, without_result
from cxresearch.exhibits.prior_evidence import prior_evidence
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate, Result

_PLACES_FOR_TOTALS = 2


def synthesis(findings: Findings) -> tuple[Exhibit, ...]:
    """The correlation in every wave or group and all together, or why there is none; then the prior evidence."""
    return *_combined(findings), *prior_evidence()


def _combined(findings: Findings) -> tuple[Exhibit, ...]:
    if "synthesis" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.synthesis.left_out"),),)),)
    names = [name for name in findings.spec.hypotheses if findings.estimate(f"synthesis.{name}")]
    untold = without_result(
        (hypothesis_name(name), findings.result(f"synthesis.{name}")) for name in findings.spec.hypotheses
    )
    if not names:
        return (ProseSpec(((Phrase("readings.synthesis.none"), *untold),)),)
    exhibits: list[Exhibit] = [ProseSpec(((_what(findings), Phrase("readings.synthesis.table"), *untold),))]
    figure = _figure(findings, names[0])
    said = [_sentences(findings, name, in_figure(figure.id if name == names[0] else None)) for name in names]
    return (*exhibits, ProseSpec(tuple(said)), figure, _table(findings, names))


def _what(findings: Findings) -> Phrase:
    declared = findings.spec.analyses.synthesis_by
    if declared is None:
        return Phrase("readings.synthesis.what_periods")
    labels = {variable.name: variable.label for variable in findings.codebook.variables}
    return Phrase("readings.synthesis.what_groups", {"name": labels.get(declared, Label(declared, declared))})


def _rows(findings: Findings, name: str) -> pd.DataFrame:
    frame = findings.frame("synthesis")
    return frame[frame["hypothesis"] == name]


def _figure(findings: Findings, name: str) -> FigureSpec:
    """The parts, at most as many as a page holds, then the mean and the prediction."""
    level = findings.spec.criteria.level
    parts: list[tuple[Text, Result]] = []
    for row in _rows(findings, name).head(forest_figure.MOST_ROWS - _PLACES_FOR_TOTALS).itertuples():
        part = Estimate(
            term=f"synthesis.{name}",
            estimate=float(str(row.estimate)),
            conf_low=float(str(row.low)),
            conf_high=float(str(row.high)),
            conf_level=level,
        )
        parts.append((Label(str(row.part), str(row.part)), part))
    totals: list[tuple[Text, Result]] = [
        (Phrase("tables.synthesis.mean"), findings.result(f"synthesis.{name}")),
        (Phrase("tables.synthesis.prediction"), findings.result(f"synthesis.{name}.prediction")),
    ]
    kind = "periods" if findings.spec.analyses.synthesis_by is None else "groups"
    return forest_figure.spec(
        [*parts, *totals],
        findings.spec.criteria.smallest_effect,
        groups=[len(parts), len(totals)],
        figure_id=f"fig-synthesis-{name.replace('_', '-')}",
        caption=Phrase(f"tables.synthesis.figure_{kind}", hypothesis_values(findings, name)),
    )


def _sentences(findings: Findings, name: str, where: Text) -> tuple[Text, ...]:
    mean, ahead = (findings.estimate(f"synthesis.{name}{end}") for end in ("", ".prediction"))
    i2 = findings.estimate(f"synthesis.{name}.i2")
    said: list[Text] = []
    if mean is not None and ahead is not None:
        values = {"hypothesis": hypothesis_name(name), "where": where, "r": mean.estimate, "level": mean.conf_level}
        values |= {"low": mean.conf_low, "high": mean.conf_high, "least": ahead.conf_low, "most": ahead.conf_high}
        said.append(Phrase("readings.synthesis.mean", values))
    if i2 is not None:
        differ = i2.estimate > 0
        said.append(
            Phrase(f"readings.synthesis.{'differ' if differ else 'same'}", {"i2": i2.estimate} if differ else {})
        )
    return tuple(said)


def _table(findings: Findings, names: list[str]) -> TableSpec:
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        mean, ahead, i2, q = (findings.estimate(f"synthesis.{name}{end}") for end in ("", ".prediction", ".i2", ".q"))
        rows.append(
            (
                hypothesis_name(name),
                len(_rows(findings, name)),
                mean.estimate if mean else None,
                interval_cell(mean),
                interval_cell(ahead),
                i2.estimate if i2 else None,
                q.p_value if q else None,
            )
        )
    columns = (
        column("hypothesis", row_header=True),
        _heading("parts", "n"),
        _heading("mean", "r2"),
        interval_column(findings, "r2"),
        _heading("prediction", "r2"),
        _heading("i2", "pct0"),
        _heading("q", "p"),
    )
    caption, note = Phrase("tables.synthesis.caption"), Phrase("tables.synthesis.note")
    return TableSpec("tbl-synthesis", caption, columns, tuple(rows), note)


def _heading(name: str, spec: str) -> ColumnSpec:
    return ColumnSpec(Phrase(f"tables.synthesis.column.{name}"), spec)
