"""What a group's results say and do not say: a closed set of sentences, and questions for the group to discuss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cxresearch.exhibits.columns import hypothesis_name
from cxresearch.exhibits.exhibit import Exhibit
from cxresearch.exhibits.group.development import changes
from cxresearch.exhibits.group.items import Asked, asked, relative
from cxresearch.exhibits.group.standing import TESTED, Compared, compared
from cxresearch.exhibits.listing import in_words, quoted
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

MOST_NAMED = 2
KEPT_MOSTLY = 0.5
"""Share of a difference that is left when chance is allowed for: from here on it is called mostly lasting."""
Overall = Literal["nothing", "none_clear", "only_higher", "only_lower", "both"]


def conclusions(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """The conclusions, one paragraph of three to six sentences."""
    return (ProseSpec((concluded(findings, group),)),)


def concluded(findings: Findings, group: GroupFindings) -> tuple[Phrase, ...]:
    """Three to six sentences: difference from the rest, what is left of it, change, questions, association."""
    rows = _judged(findings, group)
    told = [
        overall(rows),
        _kept(group, rows),
        _sides(rows),
        _change(findings, group, rows),
        _questions(asked(findings, group)),
        _association(findings),
    ]
    return tuple(sentence for sentence in told if sentence is not None)


def _judged(findings: Findings, group: GroupFindings) -> tuple[Compared, ...]:
    """The measures that tell of the group's own work: all but negative controls."""
    return tuple(row for row in compared(findings, group) if not row.control)


def overall(rows: Sequence[Compared]) -> Phrase:
    """Where the group lies above and where below the rest."""
    word = _overall(rows)
    names = {
        side: _listed("measures", [quoted(row.label) for row in rows if row.standing == side])
        for side in ("higher", "lower")
        if any(row.standing == side for row in rows)
    }
    tested = sum(row.standing in TESTED for row in rows)
    return Phrase(f"group.conclusions.overall.{word}", {"count": tested, **names})


def _listed(what: str, names: Sequence[Text]) -> Phrase:
    """Names of measures or questions as a place in a sentence."""
    return Phrase(f"group.on.{what}", {"count": len(names), "names": in_words(names)})


def _overall(rows: Sequence[Compared]) -> Overall:
    found = {row.standing for row in rows}
    if not found & TESTED:
        return "nothing"
    if {"higher", "lower"} <= found:
        return "both"
    return "only_higher" if "higher" in found else "only_lower" if "lower" in found else "none_clear"


def share_kept(group: GroupFindings, row: Compared) -> float | None:
    """How much of a difference from the rest is left of it in the shrunken score, 0..1; None where it is not known."""
    shrunken = group.estimate(f"group.{row.measure}.shrunken")
    if shrunken is None or not isinstance(row.rest, Estimate) or not isinstance(row.difference, Estimate):
        return None
    if row.difference.estimate == 0:
        return None
    kept = (shrunken.estimate - row.rest.estimate) / row.difference.estimate
    return kept if 0 <= kept <= 1 else None


def _kept(group: GroupFindings, rows: Sequence[Compared]) -> Phrase | None:
    """What is left of the clearest difference when chance is allowed for."""
    known = [(row, kept) for row in rows if row.clear and (kept := share_kept(group, row)) is not None]
    if not known:
        return None
    row, kept = min(known, key=lambda pair: pair[0].p_adjusted if pair[0].p_adjusted is not None else 1.0)
    word = "mostly" if kept >= KEPT_MOSTLY else "partly"
    return Phrase(f"group.conclusions.kept.{word}", {"measure": quoted(row.label), "share": kept})


def _sides(rows: Sequence[Compared]) -> Phrase | None:
    """Whether employees' and customers' clear differences point the same way."""
    words = {side: {row.standing for row in rows if row.side == side and row.clear} for side in ("ex", "cx")}
    if not words["ex"] or not words["cx"]:
        return None
    if len(words["ex"]) > 1 or len(words["cx"]) > 1:
        return Phrase("group.conclusions.sides.mixed")
    return Phrase(f"group.conclusions.sides.{'same' if words['ex'] == words['cx'] else 'opposite'}")


def _change(findings: Findings, group: GroupFindings, rows: Sequence[Compared]) -> Phrase:
    judged = changes(findings, group, rows)
    if not judged:
        return Phrase("group.conclusions.change.unknown")
    clear = {
        word: [quoted(row.label) for row in rows if judged.get(row.measure) == word] for word in ("higher", "lower")
    }
    named = {word: _listed("measures", names[:MOST_NAMED]) for word, names in clear.items() if names}
    key = "both" if len(named) == 2 else next(iter(named), "unclear")
    return Phrase(f"group.conclusions.change.{key}", named)


def _questions(rows: Sequence[Asked]) -> Phrase | None:
    if not rows:
        return None
    named: dict[str, Text] = {}
    for word, sign in (("higher", -1), ("lower", 1)):
        clear = sorted((row for row in rows if row.standing == word), key=lambda row: sign * relative(row))
        if clear:
            named[word] = _listed("questions", [quoted(row.label) for row in clear[:MOST_NAMED]])
    key = "both" if len(named) == 2 else next(iter(named), "unclear")
    return Phrase(f"group.conclusions.questions.{key}", named)


def _association(findings: Findings) -> Phrase:
    """What the whole study found, and that it does not tell of one group."""
    tested = [verdict for verdict in findings.verdicts if not verdict.exploratory]
    supported: list[Text] = [hypothesis_name(v.hypothesis) for v in tested if v.verdict == "supported"]
    if not supported:
        return Phrase("group.conclusions.association.none")
    return Phrase("group.conclusions.association.some", {"count": len(supported), "names": in_words(supported)})


def discussion(findings: Findings, group: GroupFindings) -> tuple[Exhibit, ...]:
    """Questions for the group to discuss, a list."""
    return (ProseSpec(tuple((question,) for question in questions(findings, group))),)


def questions(findings: Findings, group: GroupFindings) -> tuple[Phrase, ...]:
    """Three to five questions that the results raise."""
    rows, items = _judged(findings, group), asked(findings, group)
    asks = [Phrase("group.discussion.recognise")]
    for word in ("higher", "lower"):
        names = [quoted(row.label) for row in items if row.standing == word]
        names = names or [quoted(row.label) for row in rows if row.standing == word]
        if names:
            asks.append(Phrase(f"group.discussion.{word}", {"names": in_words(names[:MOST_NAMED])}))
    if len(asks) == 1:
        asks.append(Phrase("group.discussion.no_difference"))
    asks += [Phrase("group.discussion.together"), Phrase("group.discussion.next")]
    return tuple(asks)
