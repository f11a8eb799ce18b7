"""How a group's report calls the group, its measures and their values. Users' words stay in the nominative."""

from __future__ import annotations

from typing import Literal

from cxresearch.exhibits.amounts import amount
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate

Kind = Literal["unit", "period", "grouping"]
Side = Literal["ex", "cx", "other"]

_FORMS = {"nps": "points", "csat": "percent"}
_SIDES: dict[str, Side] = {"employee": "ex", "customer": "cx"}


def kind_of(group: GroupFindings) -> Kind:
    """Whether the group is a unit, a period, or units taken together."""
    if group.by == "unit":
        return "unit"
    return "period" if group.by == "period" else "grouping"


def capitalised(label: Label) -> Label:
    """A label as a title begins."""
    return Label(label.fi[:1].upper() + label.fi[1:], label.en[:1].upper() + label.en[1:])


def group_values(group: GroupFindings) -> dict[str, Text]:
    """What sentences on the group name: `kind`, what such a group is called, and its `name`."""
    return {"kind": group.by_label, "name": group.group}


def title(group: GroupFindings) -> Phrase:
    """The group's name after what such a group is called."""
    return Phrase("group.title", {"kind": capitalised(group.by_label), "name": group.group})


def side_of(findings: Findings, measure: str) -> Side:
    """Whose experience a measure tells of: `ex` employees', `cx` customers', `other` where neither or both answered."""
    declared, codebook = findings.spec.measures[measure], findings.codebook
    variables = codebook.scale(declared.scale) if declared.scale else codebook.named(declared.item or "")
    sides = {
        _SIDES.get(findings.spec.sources[v.source].side, "other") for v in variables if v.role in ("item", "score")
    }
    return sides.pop() if len(sides) == 1 else "other"


def source_side(findings: Findings, source: str) -> Side:
    """Whose answers a source holds."""
    return _SIDES.get(findings.spec.sources[source].side, "other")


def value(findings: Findings, measure: str, found: Estimate) -> Phrase:
    """A score as its metric is written."""
    return amount(findings.spec.measures[measure].metric, found)


def _form(findings: Findings, measure: str) -> str:
    return _FORMS.get(findings.spec.measures[measure].metric, "mean")


def difference(findings: Findings, measure: str, size: float) -> Phrase:
    """A difference of scores in a sentence, with its sign and unit."""
    return Phrase(f"group.difference.{_form(findings, measure)}", {"value": size})


def difference_cell(findings: Findings, measure: str, size: float) -> Phrase:
    """A difference of scores in a table, with its sign and the sign of its unit."""
    return Phrase(f"tables.group.difference.{_form(findings, measure)}", {"value": size})


def difference_interval(findings: Findings, measure: str, found: Estimate) -> Phrase | None:
    """The interval of a difference, in brackets; None where there is none."""
    if found.conf_low is None or found.conf_high is None:
        return None
    ends = {"low": found.conf_low, "high": found.conf_high}
    return Phrase(f"group.difference.{_form(findings, measure)}_interval", ends)
