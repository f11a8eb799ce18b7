"""Exhibits of the units: evidence for aggregation, profile, development over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxresearch.exhibits.columns import column, interval_cell, measure_label, reason, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import profile as profile_figure
from cxresearch.exhibits.figures import trend as trend_figure
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase
from cxresearch.statistic import Estimate, NotEstimable


def aggregation(findings: Findings) -> tuple[Exhibit, ...]:
    """ICC(1), ICC(2) and agreement of every measure, and why they are missing where they are."""
    rows: list[tuple[Cell, ...]] = []
    missing: list[Phrase] = []
    for measure in findings.spec.measures:
        icc1, icc2 = findings.result(f"unit.{measure}.icc1"), findings.result(f"unit.{measure}.icc2")
        label = measure_label(findings, measure)
        if isinstance(icc1, NotEstimable):
            missing.append(Phrase("readings.not_estimable", {"what": label, "why": reason(icc1)}))
            continue
        size = icc1.n_respondents / icc1.n_units if icc1.n_respondents and icc1.n_units else None
        rows.append((label, icc1.n_units, size, icc1.estimate, interval_cell(icc1), value_cell(icc2)))
    exhibits: list[Exhibit] = []
    if rows:
        columns = (
            column("measure", row_header=True),
            column("n_units", "n"),
            column("group_size", "d1"),
            column("icc1", "r2"),
            column("interval", "r2"),
            column("icc2", "r2"),
        )
        note = Phrase("tables.aggregation.note")
        exhibits.append(TableSpec("tbl-icc", Phrase("tables.aggregation.caption"), columns, tuple(rows), note))
    if agreement := _agreement(findings):
        exhibits.append(agreement)
    sentences = [*_icc_sentences(findings, rows), *missing]
    return (*exhibits, ProseSpec((tuple(sentences),))) if sentences else tuple(exhibits)


def _icc_sentences(findings: Findings, rows: list[tuple[Cell, ...]]) -> list[Phrase]:
    least = findings.spec.criteria.min_icc2
    reliabilities = [row[5] for row in rows if isinstance(row[5], float)]
    if not reliabilities:
        return []
    low = sum(value < least for value in reliabilities)
    if low:
        return [Phrase("readings.units.icc2_low", {"count": low, "least": least})]
    return [Phrase("readings.units.icc2_good", {"least": least})]


def _agreement(findings: Findings) -> TableSpec | None:
    rows: list[tuple[Cell, ...]] = []
    for measure in findings.spec.measures:
        nulls = dict.fromkeys(
            result.term.split(".")[3] for result in findings.under(f"unit.{measure}.rwg") if result.term.count(".") == 4
        )
        for null in nulls:
            prefix = f"unit.{measure}.rwg.{null}"
            mean = findings.estimate(f"{prefix}.mean")
            if mean is not None:
                median, share = findings.result(f"{prefix}.median"), findings.result(f"{prefix}.share_agreeing")
                label = measure_label(findings, measure)
                name = Phrase(f"tables.null.{null}")
                rows.append((label, name, mean.n_units, mean.estimate, value_cell(median), value_cell(share)))
    columns = (
        column("measure", row_header=True),
        column("null"),
        column("n_units", "n"),
        column("mean", "r2"),
        column("median", "r2"),
        column("share_high", "pct0"),
    )
    caption, note = Phrase("tables.agreement.caption"), Phrase("tables.agreement.note")
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
        return figure, ProseSpec(((Phrase("readings.units.profile", {"threshold": threshold}),),))
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
        return (trend_figure.spec(frame, ex=ex, cx=cx, level=findings.spec.criteria.level),)
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
