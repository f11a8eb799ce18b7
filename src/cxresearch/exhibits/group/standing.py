"""Each measure of a group beside everybody else: whether a difference could be shown, all comparisons allowed for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from cxresearch.exhibits.columns import measure_label
from cxresearch.exhibits.group.naming import Side, side_of
from cxresearch.findings import Findings, GroupFindings
from cxresearch.inference.multiplicity import holm
from cxresearch.language import Label
from cxresearch.statistic import Estimate, NotEstimable, Result

Standing = Literal["higher", "lower", "alone", "unclear", "untested", "not_compared", "missing"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
TESTED: frozenset[Standing] = frozenset({"higher", "lower", "alone", "unclear"})
"""Standings of measures whose difference has an error or a test."""
_ORDER: dict[Side, int] = {"ex": 0, "cx": 1, "other": 2}


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of the group.

    Attributes
    ----------
    own, rest, difference : the group's score, everybody else's, and the first less the second.
    p_adjusted : p of the difference, Holm over the group's measures; None where there is no test.
    standing : `higher` or `lower` when the difference is clear with all comparisons allowed for; `alone` when it would
        be clear were it the only one; `unclear`; `untested` when nothing tells how certain the difference is;
        `not_compared` without a difference; `missing` without a score.
    control : whether a hypothesis has it as a negative control: something that employees cannot influence.
    """

    measure: str
    label: Label
    side: Side
    own: Result
    rest: Result
    difference: Result
    p_adjusted: float | None
    standing: Standing
    control: bool = False

    @property
    def clear(self) -> bool:
        """Whether a difference was shown."""
        return self.standing in ("higher", "lower")


def judge(difference: Result, p_adjusted: float | None, level: float) -> Standing:
    """What a difference from everybody else shows; without a test its interval decides."""
    if isinstance(difference, NotEstimable):
        return "not_compared"
    excludes = difference.excludes(0.0)
    has_interval = difference.conf_low is not None
    if not has_interval and p_adjusted is None:
        return "untested"
    passed = excludes if p_adjusted is None else p_adjusted < 1 - level and (excludes or not has_interval)
    if passed:
        return "higher" if difference.estimate > 0 else "lower"
    return "alone" if excludes else "unclear"


def adjusted(group: GroupFindings, terms: dict[str, str]) -> dict[str, float | None]:
    """Holm's p of a family of results, by the names of `terms`; kept ones (`<term>.holm`) before computed ones."""
    found = {name: group.result(term) for name, term in terms.items()}
    computed = holm({name: one.p_value if isinstance(one, Estimate) else None for name, one in found.items()})
    kept = {name: group.result(f"{term}.holm") for name, term in terms.items()}
    return {
        name: (one.p_value if one.p_value is not None else one.estimate)
        if isinstance(one, Estimate)
        else computed[name]
        for name, one in kept.items()
    }


def compared(findings: Findings, group: GroupFindings) -> tuple[Compared, ...]:
    """All measures of the study: employees' first, then customers', negative controls last, in the plan's order."""
    level = findings.spec.criteria.level
    controls = {name for hypothesis in findings.spec.hypotheses.values() for name in hypothesis.controls}
    names = [name for name in findings.spec.measures if not _not_asked(group, name)]
    p_values = adjusted(group, {name: f"group.{name}.difference" for name in names})
    rows = []
    for name in names:
        own, difference = group.result(f"group.{name}"), group.result(f"group.{name}.difference")
        standing = judge(difference, p_values[name], level) if isinstance(own, Estimate) else "missing"
        row = Compared(
            measure=name,
            label=measure_label(findings, name),
            side=side_of(findings, name),
            own=own,
            rest=group.result(f"group.{name}.rest"),
            difference=difference,
            p_adjusted=p_values[name],
            standing=standing,
            control=name in controls,
        )
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: (row.control, _ORDER[row.side])))


def _not_asked(group: GroupFindings, measure: str) -> bool:
    """Whether the group's numbers do not speak of a measure at all."""
    found = group.result(f"group.{measure}")
    return isinstance(found, NotEstimable) and found.reason == "not_computed"


def headline(findings: Findings, rows: tuple[Compared, ...]) -> tuple[Compared, ...]:
    """The measures that are drawn large: those of the first hypothesis that the group has, else one of each side."""
    known = {row.measure: row for row in rows if isinstance(row.own, Estimate)}
    for hypothesis in findings.spec.hypotheses.values():
        if hypothesis.ex in known and hypothesis.cx in known:
            return known[hypothesis.ex], known[hypothesis.cx]
    first = {row.side: row for row in reversed(known.values()) if row.side != "other"}
    chosen = tuple(first[side] for side in ("ex", "cx") if side in first)
    return chosen or tuple(known.values())[:1]
