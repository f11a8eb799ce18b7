"""Negative controls: each control's correlation beside the hypothesised one."""

from __future__ import annotations

from cxresearch.exhibits.columns import hypothesis_name, hypothesis_values, measure_label, reason
from cxresearch.exhibits.estimates import Row, estimate_table
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.listing import in_words
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, NotEstimable

_CONTRASTS = ("outcome", "", "difference", "partial")


def controls(findings: Findings) -> tuple[Exhibit, ...]:
    """What each negative control shows in words, and a table of the comparisons."""
    rows: list[Row] = []
    said: list[tuple[Text, ...]] = []
    without: list[Text] = []
    for name, hypothesis in findings.spec.hypotheses.items():
        if not hypothesis.controls:
            without.append(hypothesis_name(name))
        for control in hypothesis.controls:
            said.append((_sentence(findings, name, control),))
            rows += _rows(findings, name, control)
    if without:
        values = {"count": len(without), "names": in_words(without)}
        said.append((Phrase("readings.controls.none", values),))
    table = estimate_table(findings, "controls", rows, named="comparison")
    if any(isinstance(found, Estimate) for _, _, found in rows):
        return ProseSpec(((Phrase("readings.controls.table"),), *said)), table
    return (ProseSpec(tuple(said)),)


def _rows(findings: Findings, name: str, control: str) -> list[Row]:
    label = {"control": measure_label(findings, control)}
    term = f"{name}.control.{control}"
    return [
        (
            name,
            Phrase(f"tables.contrast.{part or 'control'}", label),
            findings.result(f"{term}.{part}" if part else term),
        )
        for part in _CONTRASTS
    ]


def _sentence(findings: Findings, name: str, control: str) -> Phrase:
    values: dict[str, object] = {**hypothesis_values(findings, name), "control": measure_label(findings, control)}
    found = findings.result(f"{name}.control.{control}")
    if isinstance(found, NotEstimable):
        return Phrase("readings.controls.not_estimable", {**values, "why": reason(found)})
    values["r"] = found.estimate
    apart = _weaker(findings, f"{name}.control.{control}")
    if not found.excludes(0):
        return Phrase(f"readings.controls.{'clean' if apart else 'uncertain'}", values)
    return Phrase("readings.controls.smaller" if apart else "readings.controls.same", values)


def _weaker(findings: Findings, term: str) -> bool:
    """Whether the control's correlation is clearly weaker than the hypothesised one on the same units."""
    difference, outcome = findings.estimate(f"{term}.difference"), findings.estimate(f"{term}.outcome")
    if difference is None or outcome is None:
        return False
    return difference.excludes(0) and difference.estimate * outcome.estimate > 0
