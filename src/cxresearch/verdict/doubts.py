"""What examinations beside the main analysis hold against an effect that was found."""

from __future__ import annotations

from collections.abc import Callable

from cxresearch.statistic import Estimate
from cxresearch.verdict.criteria import Criteria
from cxresearch.verdict.evidence import Evidence
from cxresearch.verdict.limits import Limit

WEAK_BAYES = 3.0
"""A Bayes factor between its inverse and this is barely worth mentioning (Jeffreys 1961)."""
SAME_SIGN = 0.95
"""With a smaller share of specifications of the same sign the choice of analysis matters for the direction."""


def doubts(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    """The limits of an effect of direction `sign`, in the order in which the report examines them.

    None of them changes the answer: the criteria of the verdict were declared before, and these are not among them. An
    effect over time is examined by careless answers and, where it tells an order, by whether the order remains when
    units' lasting levels are set apart; the others examine differences between units.
    """
    over_time = (_screening, _levels_apart) if criteria.design.wording == "precedence" else (_screening,)
    asked = _DOUBTS if criteria.design.wording == "association" else over_time
    return [limit for doubt in asked for limit in doubt(evidence, criteria, sign)]


def _holds(found: Estimate, sign: int) -> bool:
    return found.excludes(0) and sign * found.estimate > 0


def _latent(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    found = evidence.estimate("latent")
    if criteria.primary == "latent" or found is None or _holds(found, sign):
        return []
    return [Limit("latent_uncertain", {"low": found.conf_low, "high": found.conf_high})]


def _screening(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    del criteria
    found = (evidence.estimate(f"screening.{rule}") for rule in ("flagged_out", "strict"))
    return [Limit("screening_changes", {"estimate": one.estimate}) for one in found if one and not _holds(one, sign)][
        :1
    ]


def _specifications(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    joint, positive = evidence.estimate("specifications.joint_test"), evidence.estimate("specifications.share_positive")
    limits = []
    if joint is not None and joint.p_value is not None and joint.p_value >= criteria.alpha:
        limits.append(Limit("specifications_chance", {"p": joint.p_value}))
    if positive is not None:
        same = positive.estimate if sign > 0 else 1 - positive.estimate
        if same < SAME_SIGN:
            limits.append(Limit("specifications_sign", {"share": 1 - same}))
    return limits


def _one_period(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    del criteria
    ends = [evidence.estimate(f"leave_one_period_out.{end}") for end in ("low", "high")]
    known = [end.estimate for end in ends if end is not None]
    return [Limit("one_period")] if known and min(sign * value for value in known) <= 0 else []


def _bayes(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    del criteria, sign
    found = evidence.estimate("bayes_factor")
    return [Limit("bayes_weak", {"bf": found.estimate})] if found and found.estimate < WEAK_BAYES else []


def _prediction(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    del criteria, sign
    found = evidence.estimate("cross_validation")
    return [Limit("no_prediction")] if found and found.estimate <= 0 else []


def _confounding(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    del criteria, sign
    found = evidence.estimate("robustness_value")
    return [Limit("confounding", {"share": found.estimate})] if found else []


def _levels_apart(evidence: Evidence, criteria: Criteria, sign: int) -> list[Limit]:
    del criteria
    found = evidence.estimate("riclpm.y_on_x.std")
    if found is None or _holds(found, sign):
        return []
    return [Limit("levels_apart", {"estimate": found.estimate, "low": found.conf_low, "high": found.conf_high})]


_DOUBTS: tuple[Callable[[Evidence, Criteria, int], list[Limit]], ...] = (
    _latent, _screening, _specifications, _one_period, _bayes, _prediction, _confounding,
)  # fmt: skip
