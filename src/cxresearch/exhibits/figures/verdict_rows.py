"""What a verdict panel shows of each hypothesis: the verdict and the declared criteria, grouped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cxresearch.exhibits.style import VERDICTS
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Result
from cxresearch.verdict import Verdict

_GROUPS = {
    "sources": ("separate_sources",),
    "design": ("enough_units", "estimable"),
    "measurement": ("alpha_ex", "alpha_cx", "icc2_ex", "icc2_cx", "rwg_ex", "rwg_cx"),
    "interval": ("interval",),
    "p_adjusted": ("p_adjusted",),
    "size": ("size",),
    "robust": ("permutation", "stable"),
    "opposite": ("opposite",),
    "equivalence": ("equivalence",),
}
_ONLY_WHEN_SHOWN = ("opposite", "equivalence")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """One hypothesis.

    Attributes
    ----------
    statement : the hypothesis as declared. verdict : one of `style.VERDICTS`.
    primary : result of the primary model on the standardised scale.
    criteria : name of each criterion, and whether it is met; None where it could not be judged.
    reserved : whether a negative control shows part of the effect too.
    """

    statement: Text
    verdict: str
    primary: Result
    criteria: Sequence[tuple[Text, bool | None]] = ()
    reserved: bool = False

    def word(self) -> Phrase:
        """The verdict in a word or two."""
        return Phrase(f"verdict.words.{self.verdict}" + ("_reserved" if self.reserved else ""))

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"unknown verdict {self.verdict!r}; known: {', '.join(VERDICTS)}")


def verdict_row(decided: Verdict, statement: Text, primary: Result) -> VerdictRow:
    """A row from a verdict: its grounds in groups, each met when all its grounds are.

    `equivalence` and `opposite` are named only when they are shown, the controls only when they show the same effect.
    """
    criteria: list[tuple[Text, bool | None]] = []
    for group, codes in _GROUPS.items():
        states = [ground.met for ground in decided.grounds if ground.code in codes]
        met = False if False in states else None if None in states else True
        if states and (met or group not in _ONLY_WHEN_SHOWN):
            criteria.append((Phrase(f"figures.verdict.group.{group}"), met))
    if any(limit.code == "control_same" for limit in decided.limits):
        criteria.append((Phrase("figures.verdict.group.control"), False))
    return VerdictRow(
        statement=statement,
        verdict=decided.verdict,
        primary=primary,
        criteria=tuple(criteria),
        reserved=decided.reserved,
    )
