"""Exhibits of the units: evidence for aggregation, profile, development over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxresearch.exhibits.columns import column, interval_cell, interval_column, measure_label, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import profile as profile_figure
from cxresearch.exhibits.figures import trend as trend_figure
from cxresearch.exhibits.listing import without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

USUAL_NULL = "uniform"
"""The null distribution under which the share of agreeing units is shown."""


def aggregation(findings: Findings) -> tuple[Exhibit, ...]:
    """ICC(1), ICC(2) and agreement of every measure, and why they are missing where they are."""
    results = {measure: findings.result(f"unit.{measure}.icc1") for measure in findings.spec.measures}
    missing = without_result((measure_label(findings, measure), found) for measure, found in results.items())
    rows: list[tuple[Cell, ...]] = []
    for measure, found in results.items():
        if isinstance(found, Estimate):
            size = found.n_respondents / found.n_units if found.n_respondents and found.n_units else None
            icc2 = value_cell(findings.result(f"unit.{measure}.icc2"))
            label = measure_label(findings, measure)
            rows.append((label, found.n_units, size, found.estimate, interval_cell(found), icc2))
    if not rows:
        return (ProseSpec((missing,)),)
    columns = (
        column("measure", row_header=True),
        column("n_units", "n"),
        column("group_size", "d1"),
        column("icc1", "r2"),
        interval_column(findings, "r2"),
        column("icc2", "r2"),
    )
    caption, note = Phrase("tables.aggregation.caption"), Phrase("tables.aggregation.note")
    table = TableSpec("tbl-icc", caption, columns, tuple(rows), note)
    agreement = _agreement(findings)
    sentences: list[Text] = [*_icc_sentences(findings, rows), *missing]
    if agreement is None:
        return ProseSpec((tuple(sentences),)), table
    return ProseSpec((tuple(sentences),)), table, ProseSpec(((Phrase("readings.units.agreement"),),)), agreement


def _icc_sentences(findings: Findings, rows: list[tuple[Cell, ...]]) -> list[Text]:
    least = findings.spec.criteria.min_icc2
    reliabilities = [row[5] for row in rows if isinstance(row[5], float)]
    sentences: list[Text] = [Phrase("readings.units.icc")]
    low = sum(value < least for value in reliabilities)
    if low:
        sentences.append(Phrase("readings.units.icc2_low", {"count": low, "least": least}))
    elif reliabilities:
        sentences.append(Phrase("readings.units.icc2_good", {"least": least}))
    return sentences


def _nulls(findings: Findings, measure: str) -> tuple[str, ...]:
    terms = [result.term.split(".") for result in findings.under(f"unit.{measure}.rwg")]
    return tuple(dict.fromkeys(parts[3] for parts in terms if len(parts) == 5))


def _agreement(findings: Findings) -> TableSpec | None:
    """One row per measure: mean agreement under each null distribution, and the share of agreeing units."""
    known = {measure: _nulls(findings, measure) for measure in findings.spec.measures}
    nulls = tuple(dict.fromkeys(null for names in known.values() for null in names))
    rows: list[tuple[Cell, ...]] = []
    for measure, names in known.items():
        means = {null: findings.estimate(f"unit.{measure}.rwg.{null}.mean") for null in names}
        shown = [found for found in means.values() if found is not None]
        if shown:
            share = value_cell(findings.result(f"unit.{measure}.rwg.{USUAL_NULL}.share_agreeing"))
            values = tuple(found.estimate if (found := means.get(null)) else None for null in nulls)
            rows.append((measure_label(findings, measure), shown[0].n_units, *values, share))
    columns = (
        column("measure", row_header=True),
        column("n_groups", "n"),
        *(ColumnSpec(Phrase(f"tables.null.{null}"), "r2") for null in nulls),
        column("share_high", "pct0"),
    )
    timed = any(summary.n_periods for summary in findings.sources)
    caption = Phrase("tables.agreement.caption")
    note = Phrase("tables.agreement.note" if timed else "tables.agreement.note_one_period")
    return TableSpec("tbl-agreement", caption, columns, tuple(rows), note) if rows else None


def profile(findings: Findings) -> tuple[Exhibit, ...]:
    """The first linked hypothesis' two measures by unit, with intervals."""
    for name, hypothesis in findings.spec.hypotheses.items():
        linked = findings.linked[findings.linked["hypothesis"] == name]
        if len(linked) < 2:
            continue
        level = findings.spec.criteria.level
        figure = profile_figure.spec(
            with_intervals(linked, level),
            ex=measure_label(findings, hypothesis.ex),
            cx=measure_label(findings, hypothesis.cx),
            level=level,
        )
        threshold = findings.spec.privacy.min_respondents
        return ProseSpec(((Phrase("readings.units.profile", {"threshold": threshold}),),)), figure
    return (ProseSpec(((Phrase("readings.units.no_profile"),),)),)


def with_intervals(linked: pd.DataFrame, level: float) -> pd.DataFrame:
    """The linked units with the ends of each mean's t interval (n - 1 degrees of freedom); NaN without an error."""
    ends: dict[str, pd.Series] = {}
    for side in ("ex", "cx"):
        reach = linked[f"{side}_se"] * stats.t.ppf((1 + level) / 2, np.maximum(linked[f"{side}_n"] - 1, 1))
        ends |= {f"{side}_low": linked[side] - reach, f"{side}_high": linked[side] + reach}
    return linked.assign(**ends)


def trend(findings: Findings) -> tuple[Exhibit, ...]:
    """The first hypothesis' measures over the periods; a sentence where there is nothing to compare."""
    for hypothesis in findings.spec.hypotheses.values():
        sides = {"ex": hypothesis.ex, "cx": hypothesis.cx}
        moved = [findings.spec.measures[measure].standardise == "within_period" for measure in sides.values()]
        frame = _by_period(findings, sides)
        if any(moved) or len(frame) < 2:
            continue
        ex, cx = (measure_label(findings, measure) for measure in sides.values())
        values = {"count": len(frame)}
        figure = trend_figure.spec(frame, ex=ex, cx=cx, level=findings.spec.criteria.level)
        return ProseSpec(((Phrase("readings.units.trend", values),),)), figure
    return (ProseSpec(((Phrase("readings.units.no_trend"),),)),)


def _by_period(findings: Findings, sides: Mapping[str, str]) -> pd.DataFrame:
    rows: dict[str, dict[str, float | None]] = {}
    for side, measure in sides.items():
        for result in findings.under(f"period.{measure}"):
            if isinstance(result, Estimate):
                row = rows.setdefault(result.term.removeprefix(f"period.{measure}."), {})
                ends = (result.estimate, result.conf_low, result.conf_high)
                row |= {f"{side}{part}": value for part, value in zip(("", "_low", "_high"), ends, strict=True)}
    columns = [f"{side}{part}" for side in sides for part in ("", "_low", "_high")]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float).sort_index()
    return frame.rename_axis("period").reset_index()
