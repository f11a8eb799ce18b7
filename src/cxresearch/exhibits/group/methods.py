"""How the numbers of a group's report were made."""

from __future__ import annotations

from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.group.naming import kind_of
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text


def methods(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """Scores, the comparison with everybody else, and how several comparisons are allowed for, in words."""

    def told(key: str, **values: object) -> Phrase:
        return Phrase(f"readings.group.methods.{key}", values)

    criteria, metrics = findings.spec.criteria, {measure.metric for measure in findings.spec.measures.values()}
    metric: list[Text] = [told("scores")]
    metric += [Phrase(f"readings.methods.{name}") for name in ("nps", "csat", "ces") if name in metrics]
    compare: tuple[Text, ...] = (
        told(f"rest.{kind_of(group)}"),
        told("interval", level=criteria.level),
        told("holm", alpha=1 - criteria.level),
    )
    return (ProseSpec((tuple(metric), compare)),)
