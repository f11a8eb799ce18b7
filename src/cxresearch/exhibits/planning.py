"""How large the next survey should be."""

from __future__ import annotations

import pandas as pd

from cxresearch.exhibits.columns import column, hypothesis_name, value_cell
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, ColumnSpec, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.linkage.planning import HALF_WIDTH
from cxresearch.statistic import Estimate

_COLUMNS = {
    "reliability_ex": ("reliability.ex", "r2"),
    "reliability_cx": ("reliability.cx", "r2"),
    "observed": ("observed", "r2"),
    "power": ("power", "pct0"),
    "detectable": ("detectable", "r2"),
    "units": ("units", "n"),
    "precise": ("units_precise", "n"),
}
_RELIABLE = 0.80


def planning(findings: Findings) -> tuple[Exhibit, ...]:
    """What these surveys can find, what the planned correlation would need, and the mixes of answers and units."""
    if "planning" in findings.spec.analyses.leave_out:
        return (ProseSpec(((Phrase("readings.planning.left_out"),),)),)
    planned = [name for name in findings.spec.hypotheses if findings.estimate(f"{name}.plan.observed")]
    untold = without_result(
        (hypothesis_name(name), findings.result(f"{name}.plan.observed")) for name in findings.spec.hypotheses
    )
    if not planned:
        return (ProseSpec(((Phrase("readings.planning.none"), *untold),)),)
    first = planned[0]
    latent = findings.spec.analyses.planned_correlation
    said = (
        Phrase("readings.planning.what", {"latent": latent}),
        *_enough(findings, planned),
        Phrase("readings.planning.grid", {"name": hypothesis_name(first)}),
        Phrase("readings.planning.reading"),
        *untold,
    )
    return ProseSpec((said,)), _table(findings, planned), _grid(findings, first)


def _heading(name: str, spec: str = "", **values: object) -> ColumnSpec:
    return ColumnSpec(Phrase(f"tables.planning.column.{name}", values), spec)


def _enough(findings: Findings, planned: list[str]) -> tuple[Text, ...]:
    wanted = findings.spec.criteria.power
    powers = {name: found for name in planned if (found := findings.estimate(f"{name}.plan.power"))}
    able: list[Text] = [hypothesis_name(name) for name, found in powers.items() if found.estimate >= wanted]
    short = [name for name, found in powers.items() if found.estimate < wanted]
    said: list[Text] = []
    if able:
        said.append(Phrase("readings.planning.enough", {"power": wanted, "names": in_words(able)}))
    if short:
        said.append(Phrase("readings.planning.short", {"names": in_words([hypothesis_name(name) for name in short])}))
        said += _gap(findings, short)
    return tuple(said)


def _gap(findings: Findings, short: list[str]) -> list[Text]:
    needed = {name: found for name in short if (found := findings.estimate(f"{name}.plan.units"))}
    if not needed:
        return []
    worst = max(needed, key=lambda name: needed[name].estimate)
    values = {"name": hypothesis_name(worst), "units": needed[worst].estimate, "count": needed[worst].n_units}
    sides = [findings.estimate(f"{worst}.plan.reliability.{side}") for side in ("ex", "cx")]
    reliable = all(found is not None and found.estimate >= _RELIABLE for found in sides)
    return [
        Phrase("readings.planning.smallest", values),
        Phrase(f"readings.planning.{'more_people' if reliable else 'more_answers'}"),
    ]


def _table(findings: Findings, planned: list[str]) -> TableSpec:
    rows = tuple(
        (
            hypothesis_name(name),
            _units(findings, name),
            *(value_cell(findings.result(f"{name}.plan.{part}")) for part, _ in _COLUMNS.values()),
        )
        for name in planned
    )
    columns = (
        column("hypothesis", row_header=True),
        column("n_units", "n"),
        *(_heading(name, spec) for name, (_, spec) in _COLUMNS.items()),
    )
    values = {
        "latent": findings.spec.analyses.planned_correlation,
        "power": findings.spec.criteria.power,
        "width": HALF_WIDTH,
    }
    note = Phrase("tables.planning.note", values)
    return TableSpec("tbl-planning", Phrase("tables.planning.caption"), columns, rows, note)


def _units(findings: Findings, name: str) -> int | None:
    found = findings.result(f"{name}.plan.observed")
    return found.n_units if isinstance(found, Estimate) else None


def _grid(findings: Findings, name: str) -> TableSpec:
    frame = findings.frame("planning")
    wide = frame[frame["hypothesis"] == name].pivot(index="employees", columns="customers", values="units")
    columns = (
        ColumnSpec(Phrase("tables.planning.column.employees"), "n", row_header=True),
        *(_heading("customers", "n", n=int(count)) for count in wide.columns),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (int(str(people)), *(None if pd.isna(units) else int(units) for units in row.tolist()))
        for people, row in wide.iterrows()
    )
    people = [findings.estimate(f"{name}.plan.answers.{side}") for side in ("ex", "cx")]
    hypothesis = findings.spec.hypotheses[name]
    icc = [findings.estimate(f"unit.{measure}.icc1") for measure in (hypothesis.ex, hypothesis.cx)]
    known = [found.estimate if found else 0.0 for found in (*people, *icc)]
    values = {
        "latent": findings.spec.analyses.planned_correlation,
        "power": findings.spec.criteria.power,
    } | dict(zip(("employees", "customers", "icc_e", "icc_c"), known, strict=True))
    caption = Phrase("tables.planning.grid.caption", {"hypothesis": hypothesis_name(name)})
    return TableSpec("tbl-planning-grid", caption, columns, rows, Phrase("tables.planning.grid.note", values))
