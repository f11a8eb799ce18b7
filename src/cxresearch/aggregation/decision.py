"""May answers be summed up by unit? One of three outcomes from declared criteria; "do not aggregate" is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cxresearch.statistic import Estimate, NotEstimable, Result

Outcome = Literal["aggregate", "caution", "do_not_aggregate"]
OUTCOMES: tuple[Outcome, ...] = ("do_not_aggregate", "caution", "aggregate")
"""The outcomes; the position is the estimate of the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationCriteria:
    """Declared before the data.

    Attributes
    ----------
    least_icc2 : with less reliable unit means nothing is aggregated. good_icc2 : from here they can rank units (.70
        is customary). least_rwg : mean agreement asked under every null distribution (LeBreton and Senter 2008).
    agreement : whether people of a unit are to share the view (employees about their workplace), or only their mean
        is of interest (customers, each with an own visit): then agreement is not asked for (Chan 1998).
    """

    least_icc2: float = 0.50
    good_icc2: float = 0.70
    least_rwg: float = 0.70
    agreement: bool = True


@dataclass(frozen=True, slots=True)
class AggregationGround:
    """One criterion: `met` is None where it could not be examined; `vital` ones forbid aggregation when unmet.

    `code` is explained in the catalogues under `readings.decisions.grounds`; `values` are the numbers that it names.
    """

    code: str
    met: bool | None
    vital: bool
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AggregationDecision:
    """The outcome of one measure with all its grounds."""

    outcome: Outcome | None
    grounds: tuple[AggregationGround, ...]

    def result(self, *, term: str) -> Result:
        """The outcome as a result: 0 do not aggregate, 1 with caution, 2 aggregate; unmet grounds as `health`."""
        if self.outcome is None:
            return NotEstimable(term=term, reason="decision.nothing_known")
        unmet = tuple(f"decision.{ground.code}" for ground in self.grounds if ground.met is False)
        method = f"decision.{self.outcome}"
        return Estimate(term=term, estimate=float(OUTCOMES.index(self.outcome)), method=method, health=unmet)


def aggregation_decision(
    results: Mapping[str, Result],
    unit: str,
    criteria: AggregationCriteria | None = None,
    random_limit: Result | None = None,
) -> AggregationDecision:
    """Decide from the aggregation evidence of one measure.

    Vital: variance between units beyond chance (the interval of ICC(1) lies above 0), ICC(2) not below the least, and
    agreement under the kindest null. Without them the outcome is `do_not_aggregate`. Any other criterion unmet, or
    not examined though asked for, makes it `caution`. Agreement is asked for under two nulls, as the uniform one is
    the kindest: `slight_skew`, or `triangular` where the skewed one is not published for the number of options.

    Parameters
    ----------
    results : by term; `<unit>.icc1`, `.icc2` and `.rwg.<null>.mean` are looked up.
    unit : stem of these terms, `unit.<measure>`.
    random_limit : what random responders stay below in 95 % of units, see `random_responder_limit`.
    """
    asked = criteria or AggregationCriteria()
    grounds = [_icc1(_known(results, f"{unit}.icc1")), *_icc2(_known(results, f"{unit}.icc2"), asked)]
    if asked.agreement:
        grounds += _agreement(results, unit, asked, random_limit)
    if all(ground.met is None for ground in grounds):
        return AggregationDecision(None, tuple(grounds))
    if any(ground.met is False and ground.vital for ground in grounds):
        return AggregationDecision("do_not_aggregate", tuple(grounds))
    certain = all(ground.met for ground in grounds)
    return AggregationDecision("aggregate" if certain else "caution", tuple(grounds))


def _known(results: Mapping[str, Result], term: str) -> Estimate | None:
    found = results.get(term)
    return found if isinstance(found, Estimate) else None


def _icc1(found: Estimate | None) -> AggregationGround:
    if found is None or found.conf_low is None or found.conf_high is None:
        return AggregationGround("icc1", None, True)
    values = {"value": found.estimate, "low": found.conf_low, "high": found.conf_high, "level": found.conf_level}
    return AggregationGround("icc1", found.conf_low > 0, True, values)


def _icc2(found: Estimate | None, asked: AggregationCriteria) -> list[AggregationGround]:
    if found is None:
        return [AggregationGround("icc2", None, True)]
    values = {"value": found.estimate, "least": asked.least_icc2}
    good = {"value": found.estimate, "least": asked.good_icc2}
    return [
        AggregationGround("icc2", found.estimate >= asked.least_icc2, True, values),
        AggregationGround("icc2_good", found.estimate >= asked.good_icc2, False, good),
    ]


def _agreement(
    results: Mapping[str, Result], unit: str, asked: AggregationCriteria, random_limit: Result | None
) -> list[AggregationGround]:
    kind = _known(results, f"{unit}.rwg.uniform.mean")
    second = next(
        (name for name in ("slight_skew", "triangular") if _known(results, f"{unit}.rwg.{name}.mean")), "slight_skew"
    )
    strict = _known(results, f"{unit}.rwg.{second}.mean")
    limit = random_limit.estimate if isinstance(random_limit, Estimate) else None
    grounds = [_reaches("rwg", kind, asked.least_rwg, vital=True)]
    grounds.append(_reaches(f"rwg_{second}", strict, asked.least_rwg, vital=False))
    grounds.append(_reaches("rwg_random", kind, limit, vital=False))
    return grounds


def _reaches(code: str, found: Estimate | None, least: float | None, *, vital: bool) -> AggregationGround:
    if found is None or least is None:
        return AggregationGround(code, None, vital)
    return AggregationGround(code, found.estimate >= least, vital, {"value": found.estimate, "least": least})
