"""What a group's report is about: the group, who answered, what is not shown and why."""

from __future__ import annotations

from cxresearch.exhibits.columns import measure_label, source_label
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.group.naming import group_values, kind_of, side_of, source_side
from cxresearch.exhibits.listing import in_words, quoted, without_result
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text
from cxresearch.losses import Loss
from cxresearch.statistic import Estimate

MOST_NAMES = 20
"""Units of a group that a sentence lists."""


def about(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """Which group this is, with whom it is compared and from when the answers are."""
    kind = kind_of(group)
    who: list[Text] = [Phrase(f"readings.group.about.{kind}", group_values(group)), *_members(group)]
    answered: list[Text] = [*_sources(findings), *_periods(findings, group), *_response(findings, group)]
    return (ProseSpec((tuple(who), tuple(answered))),)


def _members(group: GroupFindings) -> tuple[Phrase, ...]:
    if not group.members:
        return ()
    shown: list[Text] = list(group.members[:MOST_NAMES])
    key = "members_some" if len(group.members) > MOST_NAMES else "members"
    return (Phrase(f"readings.group.about.{key}", {"names": in_words(shown)}),)


def _sources(findings: Findings) -> tuple[Phrase, ...]:
    names: dict[str, list[Text]] = {}
    for source in findings.spec.sources:
        names.setdefault(source_side(findings, source), []).append(quoted(source_label(findings, source)))
    return tuple(
        Phrase(f"readings.group.about.sources_{side}", {"count": len(names[side]), "names": in_words(names[side])})
        for side in ("ex", "cx")
        if side in names
    )


def _periods(findings: Findings, group: GroupFindings) -> tuple[Phrase, ...]:
    if kind_of(group) == "period" or "period" not in findings.answers:
        return ()
    periods = sorted({str(period) for period in findings.answers["period"] if str(period)})
    if len(periods) < 2:
        return ()
    return (Phrase("readings.group.about.periods", {"first": periods[0], "last": periods[-1]}),)


def _response(findings: Findings, group: GroupFindings) -> tuple[Phrase, ...]:
    """The response rate of each side, where it is known and may be shown."""
    told: dict[str, Phrase] = {}
    for measure in findings.spec.measures:
        found = group.estimate(f"group.response.{measure}")
        side = side_of(findings, measure)
        if found is not None and side != "other":
            told.setdefault(side, Phrase(f"readings.group.about.response_{side}", {"rate": found.estimate}))
    return tuple(told.values())


def anonymity(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The rule of anonymity, and what it keeps from view here; no numbers of people."""
    rule: tuple[Text, ...] = (
        Phrase("readings.group.anonymity.rule", {"threshold": findings.spec.privacy.min_respondents}),
        Phrase("readings.group.anonymity.subtraction"),
    )
    withheld = (*_withheld(findings, group), *_without(findings, group))
    here: tuple[Text, ...] = withheld or (Phrase("readings.group.anonymity.nothing"),)
    return (ProseSpec((rule, here)),)


def _withheld(findings: Findings, group: GroupFindings) -> tuple[Phrase, ...]:
    """What is not shown, a sentence for each reason with the names that it holds for."""
    places: dict[str, tuple[Phrase, list[Text]]] = {}
    for loss in group.withheld:
        why = Phrase(f"losses.{loss.reason}", loss.details)
        names = places.setdefault(f"{why.key} {sorted(loss.details.items())}", (why, []))[1]
        name = _place(findings, loss)
        if name is not None and name not in names:
            names.append(name)
    return tuple(
        Phrase("readings.group.anonymity.withheld", {"names": in_words(names), "count": len(names), "why": why})
        if names
        else why
        for why, names in places.values()
    )


def _place(findings: Findings, loss: Loss) -> Text | None:
    if loss.where in findings.spec.measures:
        return quoted(measure_label(findings, loss.where))
    return quoted(source_label(findings, loss.where)) if loss.where in findings.spec.sources else None


def _without(findings: Findings, group: GroupFindings) -> tuple[Phrase, ...]:
    """Measures without a score of the group, and why."""
    found = ((measure_label(findings, name), group.result(f"group.{name}")) for name in findings.spec.measures)
    return without_result(
        (label, result) for label, result in found if isinstance(result, Estimate) or result.reason != "not_computed"
    )
