"""Whether scales that order people reliably order units reliably too."""

from __future__ import annotations

from cxresearch.exhibits.columns import column, interval_cell, measure_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words, quoted, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text

RELIABLE = 0.70
"""Least omega of a scale that is to order units."""


def unit_scales(findings: Findings) -> tuple[Exhibit, ...]:
    """A table of the scales' omegas within and between units, and in words whose items differ between units alike."""
    declared = [measure for measure, spec in findings.spec.measures.items() if spec.scale]
    if not declared:
        return ()
    rows = {measure: row for measure in declared if (row := _row(findings, measure)) is not None}
    untold = without_result(
        (measure_label(findings, measure), findings.result(f"scale.{measure}.omega_between")) for measure in declared
    )
    what = Phrase("readings.latent.scales_what")
    if not rows:
        return (ProseSpec(((what, *untold),)),)
    level = findings.spec.criteria.level
    columns = (
        column("measure", row_header=True),
        ColumnSpec(Phrase("tables.latent.column.within"), "r2"),
        ColumnSpec(Phrase("tables.latent.column.within_interval", {"level": level}), "r2"),
        ColumnSpec(Phrase("tables.latent.column.between"), "r2"),
        ColumnSpec(Phrase("tables.latent.column.between_interval", {"level": level}), "r2"),
        ColumnSpec(Phrase("tables.latent.column.fit"), "p"),
    )
    table = TableSpec(
        "tbl-unit-scales",
        Phrase("tables.latent.scales_caption"),
        columns,
        tuple(rows.values()),
        Phrase("tables.latent.scales_note"),
    )
    pointer = Phrase("readings.latent.scales_table")
    return ProseSpec(((what, pointer, *_sentences(findings, list(rows)), *untold),)), table


def _row(findings: Findings, measure: str) -> tuple[Cell, ...] | None:
    within, between, fit = (
        findings.estimate(f"scale.{measure}.{part}") for part in ("omega_within", "omega_between", "two_level_fit")
    )
    if within is None or between is None:
        return None
    return (
        measure_label(findings, measure),
        within.estimate,
        interval_cell(within),
        between.estimate,
        interval_cell(between),
        fit.p_value if fit else None,
    )


def _at_limit(findings: Findings, measure: str) -> bool:
    found = findings.estimate(f"scale.{measure}.omega_between")
    return found is not None and "latent.omega_at_one" in found.health


def _sentences(findings: Findings, measures: list[str]) -> tuple[Text, ...]:
    weak: list[Text] = []
    misfit: list[Text] = []
    for measure in measures:
        between = findings.estimate(f"scale.{measure}.omega_between")
        fit = findings.estimate(f"scale.{measure}.two_level_fit")
        if between is not None and between.estimate < RELIABLE:
            weak.append(quoted(measure_label(findings, measure)))
        if fit is not None and fit.p_value is not None and fit.p_value < 1 - findings.spec.criteria.level:
            misfit.append(quoted(measure_label(findings, measure)))
    said: list[Text] = []
    if weak:
        said.append(Phrase("readings.latent.scales_weak", {"names": in_words(weak), "least": RELIABLE}))
    else:
        said.append(Phrase("readings.latent.scales_good", {"least": RELIABLE}))
    if any(_at_limit(findings, measure) for measure in measures):
        said.append(Phrase("health.latent.omega_at_one"))
    if misfit:
        said.append(Phrase("readings.latent.scales_misfit", {"names": in_words(misfit)}))
    return tuple(said)
