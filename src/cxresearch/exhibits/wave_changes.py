"""Changes between successive periods: which remain clear, and a table of the largest."""

from __future__ import annotations

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.columns import column, interval_column, measure_label
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.inference.multiplicity import holm
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate


def wave_sentence(findings: Findings) -> Phrase:
    """Which changes remain clear when all comparisons of their measure are allowed for."""
    alpha = 1 - findings.spec.criteria.level
    clear: list[Text] = []
    compared = False
    for measure in findings.spec.measures:
        found = _of_waves(findings, measure)
        compared |= bool(found)
        for period, p in _adjusted(found).items():
            if p is not None and p < alpha:
                values = {"measure": measure_label(findings, measure), "period": period}
                change = sized(found[period].estimate)
                clear.append(Phrase("readings.comparisons.change", {**values, "difference": change}))
    if not compared:
        return Phrase("readings.comparisons.no_waves")
    if not clear:
        return Phrase("readings.comparisons.waves_none")
    return Phrase("readings.comparisons.waves_some", {"names": in_words(clear)})


def wave_table(findings: Findings) -> TableSpec | None:
    """Each measure's largest change between successive periods; None without any."""
    rows: list[tuple[Cell, ...]] = []
    for measure in findings.spec.measures:
        found = _of_waves(findings, measure)
        if found:
            period = max(found, key=lambda name: abs(found[name].estimate))
            noticeable = findings.estimate(f"mdd.{measure}.waves")
            rows.append(
                (
                    measure_label(findings, measure),
                    len(found),
                    period,
                    sized(found[period].estimate),
                    sized_interval(found[period]),
                    _adjusted(found)[period],
                    sized(noticeable.estimate) if noticeable else None,
                )
            )
    columns = (
        column("measure", row_header=True),
        own_column("waves.comparisons", "n"),
        own_column("waves.period"),
        own_column("waves.difference", "d3"),
        interval_column(findings, "d3"),
        own_column("waves.p_holm", "p"),
        own_column("waves.noticeable", "d3"),
    )
    return comparison_table(findings, "tbl-waves", "waves", columns, rows)


def _of_waves(findings: Findings, measure: str) -> dict[str, Estimate]:
    """Differences between successive periods by the later period."""
    prefix = f"compare.{measure}"
    return {
        result.term.removeprefix(f"{prefix}."): result
        for result in findings.under(prefix)
        if isinstance(result, Estimate) and not result.term.startswith(f"{prefix}.units.")
    }


def _adjusted(found: dict[str, Estimate]) -> dict[str, float | None]:
    return holm({period: one.p_value for period, one in found.items()})


def own_column(name: str, spec: str = "") -> ColumnSpec:
    """A column with the heading `tables.comparisons.<name>`."""
    return ColumnSpec(Phrase(f"tables.comparisons.{name}"), spec)


def comparison_table(
    findings: Findings, table_id: str, part: str, columns: tuple[ColumnSpec, ...], rows: list[tuple[Cell, ...]]
) -> TableSpec | None:
    """A table with the caption and note of `tables.comparisons.<part>`; None without rows."""
    note = Phrase(f"tables.comparisons.{part}.note", {"power": findings.spec.criteria.power})
    return (
        TableSpec(table_id, Phrase(f"tables.comparisons.{part}.caption"), columns, tuple(rows), note) if rows else None
    )
