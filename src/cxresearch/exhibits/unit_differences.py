"""Units against all others: how many differ, which may be named, and what a single unit could notice."""

from __future__ import annotations

import numpy as np

from cxresearch.exhibits.amounts import sized
from cxresearch.exhibits.columns import column, interval_column, measure_label
from cxresearch.exhibits.table import Cell, ColumnSpec, Interval, TableSpec
from cxresearch.exhibits.wave_changes import comparison_table, own_column
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text

_SIZES = (10, 50, 200)
_MOST_UNITS = 20


def unit_table(findings: Findings) -> TableSpec | None:
    """How many units differ on each measure, and the change that units of three sizes could notice."""
    rows: list[tuple[Cell, ...]] = []
    for measure in findings.spec.measures:
        counts = [findings.estimate(f"compare.{measure}.units.{kind}") for kind in ("holm", "bh")]
        if any(counts):
            sizes = [findings.estimate(f"mdd.{measure}.n{size}") for size in _SIZES]
            rows.append(
                (
                    measure_label(findings, measure),
                    next((found.n_units for found in counts if found), None),
                    *(found.estimate if found else None for found in counts),
                    *(sized(found.estimate) if found else None for found in sizes),
                )
            )
    sized_columns = (ColumnSpec(Phrase("tables.comparisons.units.at_size", {"n": size}), "d3") for size in _SIZES)
    columns = (
        column("measure", row_header=True),
        column("n_units", "n"),
        own_column("units.differ_holm", "n"),
        own_column("units.differ_bh", "n"),
        *sized_columns,
    )
    return comparison_table(findings, "tbl-unit-differences", "units", columns, rows)


def units_apart(findings: Findings) -> TableSpec | None:
    """The units that differ from the others on the first hypothesis's customer measure; none where they are many."""
    frame = findings.frames.get("unit_differences")
    if frame is None:
        return None
    measure = next(iter(findings.spec.hypotheses.values())).cx
    chosen = frame[(frame["measure"] == measure) & (frame["p_holm"] < 1 - findings.spec.criteria.level)]
    if not 1 <= len(chosen) <= _MOST_UNITS:
        return None
    ordered = chosen.sort_values("difference", kind="stable")
    numbers = ordered[["n", "difference", "low", "high", "p_holm"]].to_numpy(dtype=np.float64).tolist()
    rows: list[tuple[Cell, ...]] = [
        (str(unit), int(n), sized(difference), Interval(low, high), p)
        for unit, (n, difference, low, high, p) in zip(ordered["unit"], numbers, strict=True)
    ]
    columns = (
        ColumnSpec(Phrase("tables.comparisons.apart.unit"), row_header=True),
        column("n", "n"),
        own_column("waves.difference", "d3"),
        interval_column(findings, "d2"),
        own_column("waves.p_holm", "p"),
    )
    caption = Phrase("tables.comparisons.apart.caption", {"measure": measure_label(findings, measure)})
    return TableSpec("tbl-units-apart", caption, columns, tuple(rows), Phrase("tables.comparisons.apart.note"))


def noticeable(findings: Findings) -> Phrase:
    """What a unit of ten respondents could notice of the first hypothesis's customer measure."""
    for hypothesis in findings.spec.hypotheses.values():
        found = findings.estimate(f"mdd.{hypothesis.cx}.n10")
        if found:
            values = {"measure": measure_label(findings, hypothesis.cx), "detectable": sized(found.estimate)}
            return Phrase("readings.comparisons.units", {**values, "power": findings.spec.criteria.power})
    return Phrase("readings.comparisons.units_plain")


def first_outcome(findings: Findings) -> Text:
    """The name of the first hypothesis's customer measure."""
    return measure_label(findings, next(iter(findings.spec.hypotheses.values())).cx)
