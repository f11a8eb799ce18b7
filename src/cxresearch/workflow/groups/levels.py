"""A group's mean, everybody else's, and the difference of the two."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from cxresearch.inference.clusters.cluster_mean import cluster_mean
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import ScoreMoments
from cxresearch.scoring.comparisons import units_against_rest
from cxresearch.scoring.difference import difference
from cxresearch.scoring.metrics import metric_estimate
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.workflow.groups.scored import Mask, Scored

IN_BOTH = "groups.people_in_both"


@dataclass(frozen=True, slots=True)
class Parts:
    """A group and everybody else, by unit (J): a unit is in one of them, or, for periods, in both."""

    own: ScoreMoments
    rest: ScoreMoments
    shared: bool = False


def of_units(found: Scored, members: Mask, moments: ScoreMoments | None = None) -> Parts:
    """The units `members` (J,) and the others; of one period if its `moments` (J) are given."""
    whole = found.overall if moments is None else moments
    return Parts(whole.select(members), whole.select(~members))


def of_period(found: Scored, period: str) -> Parts:
    """A period and all others; the same units, and perhaps the same people, are in both."""
    return Parts(found.waves[period], found.but(period), shared=True)


def mean(found: Scored, moments: ScoreMoments, *, term: str, error: float = math.nan) -> Result:
    """The mean with the interval that the metric is reported with; units are the clusters where there are several.

    Published scores count as one observation per unit; a single one has the published `error`, or none.
    """
    known = moments.answered()
    if not len(known.n):
        return NotEstimable(term=term, reason="scoring.no_answers")
    if found.published:
        return _published(found, known, term, error)
    return _with_health(metric_estimate(found.metric, known, term=term, level=found.level), found.health)


def against_rest(found: Scored, parts: Parts, *, term: str, error: float = math.nan) -> Result:
    """The group less everybody else.

    Several units against the others: their errors between units (Welch and Satterthwaite). One unit: its error from the
    spread within all units. A period: the units' pulls on both, so that people who answered in both are not counted
    as independent.
    """
    own, rest = parts.own.answered(), parts.rest.answered()
    if not len(own.n) or not len(rest.n):
        return NotEstimable(term=term, reason="groups.no_rest")
    if parts.shared:
        result = difference(parts.own, parts.rest, found.metric, term=term, units="shared", level=found.level)
        return _counted(found, _with_health(result, (*found.health, IN_BOTH)))
    if len(own.n) > 1:
        result = difference(own, rest, found.metric, term=term, level=found.level)
        return _counted(found, _with_health(result, found.health))
    if found.published:
        return _single_published(found, own, rest, term, error)
    together = ScoreMoments(*(np.concatenate(pair) for pair in zip(_columns(own), _columns(rest), strict=True)))
    return _with_health(units_against_rest(together, [""], term=term, level=found.level)[0].named(term), found.health)


def _columns(moments: ScoreMoments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return moments.n, moments.mean, moments.ss


def _with_health(result: Result, health: tuple[str, ...]) -> Result:
    if isinstance(result, NotEstimable):
        return result
    return replace(result, health=tuple(dict.fromkeys((*health, *result.health))))


def _counted(found: Scored, result: Result) -> Result:
    """A result whose people are not told where rows are published scores."""
    return replace(result, n_respondents=None) if found.published and isinstance(result, Estimate) else result


def _published(found: Scored, known: ScoreMoments, term: str, error: float) -> Result:
    if len(known.n) > 1:
        result = cluster_mean(known, term=term, level=found.level)
        return _with_health(_counted(found, result), found.health)
    value = float(known.mean[0])
    if math.isnan(error):
        return Estimate(term=term, estimate=value, n_units=1, method="groups.published", health=found.health)
    return wald_estimate(
        value, error, math.inf, term=term, level=found.level, method="groups.published", n_units=1, health=found.health
    )


def _single_published(found: Scored, own: ScoreMoments, rest: ScoreMoments, term: str, error: float) -> Result:
    others = cluster_mean(rest, term=term, level=found.level)
    if isinstance(others, NotEstimable):
        return others
    value, method = float(own.mean[0]) - others.estimate, "groups.published_difference"
    n_units = len(rest.n) + 1
    if math.isnan(error) or others.std_error is None:
        return Estimate(term=term, estimate=value, n_units=n_units, method=method, health=found.health)
    whole = math.hypot(error, others.std_error)
    return wald_estimate(
        value, whole, math.inf, term=term, level=found.level, method=method, n_units=n_units, health=found.health
    )
