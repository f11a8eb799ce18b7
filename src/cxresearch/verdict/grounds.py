"""The single questions a verdict rests on, each answered with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cxresearch.language import Phrase
from cxresearch.statistic import Estimate
from cxresearch.verdict.criteria import Criteria
from cxresearch.verdict.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Ground:
    """One question, and whether the data meet it.

    Attributes
    ----------
    code : explained in the catalogues under `verdict.grounds`. met : None where the question could not be examined.
    values : numbers that the sentence names.
    """

    code: str
    met: bool | None
    values: Mapping[str, Any] = field(default_factory=dict)

    def phrase(self) -> Phrase:
        """The ground as a sentence."""
        answer = {True: "met", False: "unmet", None: "unknown"}[self.met]
        return Phrase(f"verdict.grounds.{self.code}.{answer}", self.values)


def gates(evidence: Evidence, criteria: Criteria) -> tuple[Ground, ...]:
    """What makes a hypothesis testable at all; one unmet gate makes it not testable."""
    units = {"count": evidence.n_units, "needed": criteria.min_units}
    found = [
        Ground("separate_sources", not evidence.same_source),
        Ground("enough_units", evidence.n_units >= criteria.min_units, units),
        Ground("estimable", evidence.estimate(criteria.primary) is not None),
    ]
    asked = (("alpha", criteria.min_alpha), ("icc2", criteria.min_icc2), ("rwg", criteria.min_rwg))
    for side, quality in (("ex", evidence.ex), ("cx", evidence.cx)):
        for name, least in asked:
            value = getattr(quality, name)
            if value is None or least == 0 or (name, side) == ("rwg", "cx"):
                continue
            found.append(Ground(f"{name}_{side}", value >= least, {"value": value, "least": least}))
        if quality.aggregation is not None:
            found.append(Ground(f"aggregation_{side}", quality.aggregation != "do_not_aggregate"))
    return tuple(found)


def primary_p(evidence: Evidence, criteria: Criteria) -> float | None:
    """The primary p value, adjusted for its family if that was done."""
    primary = evidence.estimate(criteria.primary)
    if primary is None:
        return None
    return primary.p_value if evidence.p_adjusted is None else evidence.p_adjusted


def effect_grounds(evidence: Evidence, criteria: Criteria, sign: int) -> tuple[Ground, ...]:
    """What an effect in the direction `sign` needs: all five are met when there is one."""
    return (
        _interval(evidence.estimate(criteria.primary), criteria, sign),
        _significant(evidence, criteria),
        _meaningful(evidence.estimate(criteria.design.size), criteria, sign),
        _permutation(evidence.estimate(criteria.design.permutation), criteria),
        _stable(evidence, criteria, sign),
    )


def _interval(primary: Estimate | None, criteria: Criteria, sign: int) -> Ground:
    if primary is None or primary.conf_low is None or primary.conf_high is None:
        return Ground("interval", None)
    beyond = primary.conf_low > 0 if sign > 0 else primary.conf_high < 0
    values = {"low": primary.conf_low, "high": primary.conf_high, "level": primary.conf_level or criteria.level}
    return Ground("interval", beyond, values)


def _significant(evidence: Evidence, criteria: Criteria) -> Ground:
    p = primary_p(evidence, criteria)
    return Ground("p_adjusted", None) if p is None else Ground("p_adjusted", p < criteria.alpha, {"p": p})


def _meaningful(size: Estimate | None, criteria: Criteria, sign: int) -> Ground:
    if size is None:
        return Ground("size", None)
    values = {"estimate": size.estimate, "smallest": criteria.smallest_effect}
    return Ground("size", sign * size.estimate >= criteria.smallest_effect, values)


def _permutation(permuted: Estimate | None, criteria: Criteria) -> Ground:
    if permuted is None or permuted.p_value is None:
        return Ground("permutation", None)
    return Ground("permutation", permuted.p_value < criteria.alpha, {"p": permuted.p_value})


def _stable(evidence: Evidence, criteria: Criteria, sign: int) -> Ground:
    low, high = (evidence.estimate(f"{criteria.design.leave_one_out}.{end}") for end in ("low", "high"))
    if low is None or high is None:
        return Ground("stable", None)
    same = min(sign * low.estimate, sign * high.estimate) > 0
    return Ground("stable", same, {"low": low.estimate, "high": high.estimate})


def equivalence_ground(evidence: Evidence, criteria: Criteria) -> Ground:
    """Whether the effect is shown to be smaller than the smallest effect of interest."""
    tested = evidence.estimate(criteria.design.equivalence)
    if tested is None or tested.p_value is None or tested.conf_low is None or tested.conf_high is None:
        return Ground("equivalence", None)
    values = {
        "low": tested.conf_low,
        "high": tested.conf_high,
        "level": tested.conf_level or 2 * criteria.level - 1,
        "smallest": criteria.smallest_effect,
        "p": tested.p_value,
    }
    return Ground("equivalence", tested.p_value < criteria.alpha, values)
