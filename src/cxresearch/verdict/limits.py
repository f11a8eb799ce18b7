"""What a reader must hold against a verdict, however clear it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cxresearch.language import Phrase
from cxresearch.statistic import Estimate
from cxresearch.verdict.criteria import Criteria
from cxresearch.verdict.evidence import Evidence
from cxresearch.verdict.grounds import Ground


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a verdict.

    Attributes
    ----------
    code : explained in the catalogues under `verdict.limits`. values : what the sentence names.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def phrase(self) -> Phrase:
        """The limit as a sentence."""
        return Phrase(f"verdict.limits.{self.code}", self.values)


def measurement_limits(evidence: Evidence) -> list[Limit]:
    """What is not known of the measures."""
    found = [] if evidence.confirmatory else [Limit("exploratory")]
    for side, quality in (("ex", evidence.ex), ("cx", evidence.cx)):
        if quality.icc2 is None:
            found.append(Limit(f"reliability_unknown.{side}"))
        if quality.alpha is None and not quality.single_item:
            found.append(Limit(f"alpha_unknown.{side}"))
        if quality.aggregation == "caution":
            found.append(Limit(f"aggregation_caution.{side}"))
    return found


def control_limits(evidence: Evidence) -> list[Limit]:
    """What the negative controls say: `control_same` takes a supported or contradicted hypothesis back."""
    return [_control(evidence, name) for name in evidence.controls if _speaks(evidence, name)]


def _speaks(evidence: Evidence, name: str) -> bool:
    control = evidence.estimate(f"control.{name}")
    return control is None or control.excludes(0) or not _told_apart(evidence, name)


def _told_apart(evidence: Evidence, name: str) -> bool:
    """Whether the connection with the outcome is clearly stronger than that with the control."""
    difference = evidence.estimate(f"control.{name}.difference")
    outcome = evidence.estimate(f"control.{name}.outcome") or evidence.estimate("pearson")
    sign = -1 if outcome is not None and outcome.estimate < 0 else 1
    return difference is not None and difference.excludes(0) and sign * difference.estimate > 0


def _control(evidence: Evidence, name: str) -> Limit:
    control = evidence.estimate(f"control.{name}")
    if control is None:
        return Limit("control_unknown", {"control": name})
    values = {"control": name, "r": control.estimate}
    if not control.excludes(0):
        return Limit("control_uncertain", values)
    stronger = _remains(evidence, name) and _told_apart(evidence, name)
    return Limit("control_nonzero" if stronger else "control_same", values)


def _remains(evidence: Evidence, name: str) -> bool:
    """Whether the connection outlives holding the control constant; unknown counts as yes."""
    partial = evidence.estimate(f"control.{name}.partial")
    outcome = evidence.estimate(f"control.{name}.outcome")
    if partial is None or outcome is None:
        return True
    return partial.excludes(0) and partial.estimate * outcome.estimate > 0


def control_grounds(evidence: Evidence) -> tuple[Ground, ...]:
    """Whether each negative control is clean: no visible connection with employee experience, and clearly less than
    the outcome's. A control too uncertain to tell is not known.
    """
    return tuple(_clean(evidence, name) for name in evidence.controls)


def _clean(evidence: Evidence, name: str) -> Ground:
    control = evidence.estimate(f"control.{name}")
    if control is None:
        return Ground("control", None, {"control": name})
    values = {"control": name, "r": control.estimate}
    if not control.excludes(0) and not _told_apart(evidence, name):
        return Ground("control", None, values)
    return Ground("control", not control.excludes(0), values)


def time_limits(evidence: Evidence, criteria: Criteria) -> list[Limit]:
    """What the waves leave open about which comes first."""
    if evidence.n_periods < 2:
        return [Limit("cross_section")]
    found = []
    placebo = evidence.estimate("placebo_lag")
    if placebo is not None and placebo.excludes(0):
        found.append(Limit("placebo_lag", _shown(evidence.estimate("placebo_lag.std") or placebo)))
    forward, reverse = evidence.estimate("lagged"), evidence.estimate("lagged.reverse")
    if reverse is not None and reverse.excludes(0):
        both = forward is not None and forward.excludes(0)
        values = _shown(evidence.estimate("lagged.reverse.std") or reverse)
        found.append(Limit("reciprocal" if both else "reverse_only", values))
    if criteria.design.wording == "association":
        found.append(Limit("same_time"))
    return found


def _shown(estimate: Estimate) -> dict[str, float]:
    return {"estimate": estimate.estimate}


def effect_limits(evidence: Evidence, criteria: Criteria) -> list[Limit]:
    """What weakens an effect that was found."""
    found = [] if evidence.controls else [Limit("no_control")]
    ranks = evidence.estimate("spearman")
    if ranks is not None and not ranks.excludes(0):
        found.append(Limit("rank_weaker", {"rho": ranks.estimate}))
    permuted = evidence.estimate(criteria.design.permutation)
    if permuted is not None and "linkage.monte_carlo_borderline" in permuted.health:
        found.append(Limit("monte_carlo"))
    return found


def power_limits(evidence: Evidence, criteria: Criteria) -> list[Limit]:
    """Whether the units were too few to find the smallest effect of interest."""
    detectable = evidence.estimate("mde")
    if detectable is None or detectable.estimate <= criteria.smallest_effect:
        return []
    values = {"detectable": detectable.estimate, "smallest": criteria.smallest_effect, "count": evidence.n_units}
    return [Limit("low_power", values)]
