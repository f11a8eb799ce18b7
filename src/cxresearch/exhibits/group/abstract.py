"""The abstract of a group's report: what it is about, and what was found."""

from __future__ import annotations

from cxresearch.exhibits.group.conclusions import concluded
from cxresearch.exhibits.group.naming import group_values, kind_of
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text


def abstract(findings: Findings, group: GroupFindings) -> ProseSpec:
    """One paragraph each on aim and method, and on what was found."""
    aim: tuple[Text, ...] = (
        Phrase(f"readings.group.about.{kind_of(group)}", group_values(group)),
        Phrase("group.abstract.method", {"level": findings.spec.criteria.level}),
    )
    return ProseSpec((aim, concluded(findings, group)))
