"""Sensitivity: single units, the smallest correlation that could be found, and equivalence."""

from __future__ import annotations

from cxresearch.exhibits.columns import column, hypothesis_name
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import Cell, TableSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text


def robustness(findings: Findings) -> tuple[Exhibit, ...]:
    """A table of the hypotheses' sensitivity, and in words whose sign hangs on one unit and what is negligible."""
    rows = [row for name in findings.spec.hypotheses if (row := _row(findings, name))]
    if not rows:
        return (ProseSpec(((Phrase("readings.robustness.none"),),)),)
    columns = (
        column("hypothesis", row_header=True),
        column("n_units", "n"),
        column("least", "r2"),
        column("most", "r2"),
        column("detectable", "r2"),
        column("equivalence", "p"),
    )
    criteria = findings.spec.criteria
    note = Phrase("tables.robustness.note", {"power": criteria.power, "effect": criteria.smallest_effect})
    table = TableSpec("tbl-robustness", Phrase("tables.robustness.caption"), columns, tuple(rows), note)
    return ProseSpec((_sentences(findings),)), table


def _row(findings: Findings, name: str) -> tuple[Cell, ...] | None:
    parts = ("leave_one_out.low", "leave_one_out.high", "mde", "equivalence")
    low, high, detectable, equivalent = (findings.estimate(f"{name}.{part}") for part in parts)
    known = [found for found in (low, high, detectable, equivalent) if found]
    if not known:
        return None
    ends = (found.estimate if found else None for found in (low, high, detectable))
    return hypothesis_name(name), known[0].n_units, *ends, equivalent.p_value if equivalent else None


def _sentences(findings: Findings) -> tuple[Text, ...]:
    fragile: list[Text] = []
    negligible: list[Text] = []
    examined = 0
    for name in findings.spec.hypotheses:
        low, high = (findings.estimate(f"{name}.leave_one_out.{end}") for end in ("low", "high"))
        examined += bool(low and high)
        if low and high and low.estimate * high.estimate <= 0:
            fragile.append(hypothesis_name(name))
        found = findings.estimate(f"{name}.equivalence")
        if found and found.p_value is not None and found.p_value < 1 - findings.spec.criteria.level:
            negligible.append(hypothesis_name(name))
    said: list[Text] = [Phrase("readings.robustness.table")]
    if fragile:
        said.append(Phrase("readings.robustness.unstable", {"count": len(fragile), "names": in_words(fragile)}))
    elif examined:
        said.append(Phrase("readings.robustness.stable"))
    effect = {"effect": findings.spec.criteria.smallest_effect}
    if negligible:
        values = {"count": len(negligible), "names": in_words(negligible)} | effect
        said.append(Phrase("readings.robustness.equivalent", values))
    else:
        said.append(Phrase("readings.robustness.not_equivalent", effect))
    return tuple(said)
