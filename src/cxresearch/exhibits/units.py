"""Exhibits of the units: evidence for aggregation, profile, development over time."""

from __future__ import annotations

import pandas as pd

from cxresearch.exhibits.columns import column, interval_cell, measure_label, reason, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.figures import profile as profile_figure
from cxresearch.exhibits.figures import trend as trend_figure
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase
from cxresearch.statistic import NotEstimable


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
                median, share = findings.result(f"{prefix}.median"), findings.result(f"{prefix}.share_high")
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
    """The first hypothesis' two measures by unit, with intervals."""
    exhibits: list[Exhibit] = []
    shown = set()
    for name, hypothesis in findings.spec.hypotheses.items():
        linked = findings.linked[findings.linked["hypothesis"] == name]
        if len(linked) < 2 or (hypothesis.ex, hypothesis.cx) in shown:
            continue
        shown.add((hypothesis.ex, hypothesis.cx))
        level = findings.spec.criteria.level
        ex, cx = measure_label(findings, hypothesis.ex), measure_label(findings, hypothesis.cx)
        exhibits.append(profile_figure.spec(linked, ex, cx, level=level, id=f"fig-profile-{name.replace('_', '-')}"))
        break
    if not exhibits:
        return (ProseSpec(((Phrase("readings.units.no_profile"),),)),)
    threshold = findings.spec.privacy.min_respondents
    return (*exhibits, ProseSpec(((Phrase("readings.units.profile", {"threshold": threshold}),),)))


def trend(findings: Findings) -> tuple[Exhibit, ...]:
    """Means of the hypotheses' measures over the periods; a sentence where there is one period only."""
    names = [name for h in findings.spec.hypotheses.values() for name in (h.ex, h.cx)]
    rows = []
    for measure in dict.fromkeys(names):
        if findings.spec.measures[measure].standardise == "within_period":
            continue
        for result in findings.under(f"period.{measure}"):
            if not isinstance(result, NotEstimable):
                sides = {findings.spec.sources[v.source].side for v in _variables(findings, measure)}
                rows.append(
                    {
                        "measure": measure_label(findings, measure),
                        "side": "employee" if "employee" in sides else "customer",
                        "period": result.term.removeprefix(f"period.{measure}."),
                        "mean": result.estimate,
                        "low": result.conf_low,
                        "high": result.conf_high,
                        "n": result.n_respondents,
                    }
                )
    frame = pd.DataFrame(rows)
    if frame.empty or frame["period"].nunique() < 2:
        return (ProseSpec(((Phrase("readings.units.no_trend"),),)),)
    return (trend_figure.spec(frame),)


def _variables(findings: Findings, measure: str) -> tuple:  # type: ignore[type-arg]
    declared = findings.spec.measures[measure]
    if declared.scale:
        return findings.codebook.scale(declared.scale)
    return findings.codebook.named(declared.item or "")
