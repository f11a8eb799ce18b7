"""From evidence and criteria to a verdict: a pure function with a closed set of answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cxresearch.inference import benjamini_hochberg, holm
from cxresearch.language import Phrase
from cxresearch.verdict.criteria import Criteria, Wording
from cxresearch.verdict.doubts import doubts
from cxresearch.verdict.evidence import Evidence
from cxresearch.verdict.grounds import Ground, effect_grounds, equivalence_ground, gates, primary_p
from cxresearch.verdict.limits import (
    Limit,
    control_grounds,
    control_limits,
    effect_limits,
    measurement_limits,
    power_limits,
    time_limits,
)

Answer = Literal["supported", "contradicted", "no_meaningful_effect", "inconclusive", "not_testable"]
ANSWERS: tuple[Answer, ...] = ("supported", "contradicted", "no_meaningful_effect", "inconclusive", "not_testable")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one hypothesis.

    Attributes
    ----------
    hypothesis : its id. verdict : one of `ANSWERS`. grounds : the questions it rests on, with their numbers.
    limits : what a reader must hold against it. wording : what the design allows to say.
    """

    hypothesis: str
    verdict: Answer
    grounds: tuple[Ground, ...]
    limits: tuple[Limit, ...]
    wording: Wording

    @property
    def reserved(self) -> bool:
        """Whether an effect was found, but a negative control shows a part of it too."""
        found = self.verdict in ("supported", "contradicted")
        return found and any(limit.code in ("control_nonzero", "control_uncertain") for limit in self.limits)

    @property
    def exploratory(self) -> bool:
        """Whether the hypothesis was not tested as a declared, or registered, confirmatory one."""
        return any(limit.code == "exploratory" for limit in self.limits)

    def word(self) -> Phrase:
        """The verdict in a word or two."""
        return Phrase(f"verdict.words.{self.verdict}" + ("_reserved" if self.reserved else ""))

    def sentence(self) -> Phrase:
        """The verdict in one plain sentence, no stronger than the design allows."""
        found = self.verdict in ("supported", "contradicted")
        return Phrase(f"verdict.sentences.{self.verdict}" + (f".{self.wording}" if found else ""))

    def ground(self, code: str) -> Ground | None:
        """The ground with this code, None where the verdict did not come to it."""
        return next((item for item in self.grounds if item.code == code), None)


def decide(evidence: Evidence, criteria: Criteria) -> Verdict:
    """Judge one hypothesis.

    *Not testable* when both measures come from the same people, units are fewer than the criterion, the primary
    analysis is not estimable, a known alpha, ICC(2) or agreement is below its criterion, or a measure's answers should
    not be summed up by unit. *No meaningful effect* when
    equivalence is shown. *Supported* when the interval lies on the predicted side of zero, the adjusted p is below
    alpha, the size reaches the smallest effect of interest, the permutation agrees and no single unit carries the
    sign; *contradicted* when all that holds on the other side. Either becomes *inconclusive* when a negative
    control shows the same effect. Everything else is *inconclusive*.
    """
    entry = gates(evidence, criteria)
    wording = criteria.design.wording
    known = measurement_limits(evidence)
    if any(not ground.met for ground in entry):
        return Verdict(evidence.hypothesis, "not_testable", entry, tuple(known), wording)
    predicted = effect_grounds(evidence, criteria, criteria.sign)
    opposite = all(ground.met for ground in effect_grounds(evidence, criteria, -criteria.sign))
    equivalent = equivalence_ground(evidence, criteria)
    answer = _answer(all(ground.met for ground in predicted), opposite, bool(equivalent.met))
    controls = control_limits(evidence)
    limits = [*known, *controls, *time_limits(evidence, criteria)]
    if answer in ("supported", "contradicted"):
        limits += effect_limits(evidence, criteria)
        limits += doubts(evidence, criteria, criteria.sign if answer == "supported" else -criteria.sign)
        if any(limit.code == "control_same" for limit in controls):
            answer = "inconclusive"
    elif answer == "inconclusive":
        limits += power_limits(evidence, criteria)
    grounds = (*entry, *predicted, *control_grounds(evidence), Ground("opposite", opposite), equivalent)
    return Verdict(evidence.hypothesis, answer, grounds, tuple(limits), wording)


def _answer(supported: bool, contradicted: bool, equivalent: bool) -> Answer:
    if equivalent:
        return "no_meaningful_effect"
    if supported:
        return "supported"
    return "contradicted" if contradicted else "inconclusive"


def decide_all(evidence: Iterable[Evidence], criteria: Criteria | Mapping[str, Criteria]) -> tuple[Verdict, ...]:
    """Judge a study's hypotheses, each by its primary p adjusted within its family.

    The confirmatory ones are a family by Holm (the risk of any false alarm), the exploratory ones another by Benjamini
    and Hochberg (the share of false alarms among findings). A hypothesis that is not testable stays in its family, as
    if its p were 1: neither its number nor its failure makes the others' tests easier.
    """
    items = tuple(evidence)
    by_id = {
        item.hypothesis: criteria if isinstance(criteria, Criteria) else criteria[item.hypothesis] for item in items
    }
    p_values = {item.hypothesis: _family_p(item, by_id[item.hypothesis]) for item in items}
    confirmatory = {item.hypothesis: p_values[item.hypothesis] for item in items if item.confirmatory}
    exploratory = {name: p for name, p in p_values.items() if name not in confirmatory}
    adjusted = holm(confirmatory) | benjamini_hochberg(exploratory)
    return tuple(
        decide(replace(item, p_adjusted=adjusted.get(item.hypothesis)), by_id[item.hypothesis]) for item in items
    )


def _family_p(evidence: Evidence, criteria: Criteria) -> float | None:
    testable = all(ground.met for ground in gates(evidence, criteria))
    return primary_p(replace(evidence, p_adjusted=None), criteria) if testable else None
