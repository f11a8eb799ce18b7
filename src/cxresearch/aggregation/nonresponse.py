"""Who did not answer, wholly or in part, and whether that could matter for the scores.

Response rates follow the Standard Definitions of AAPOR: of those eligible, RR1 counts complete answers only, RR2 the
partial ones too. More than four fifths of the items make a complete answer, at least half a partial one, less is
broken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cxresearch.inference.clusters.cluster_mean import between_variance, cluster_mean, few_units
from cxresearch.moments import Floats, Ints, score_moments
from cxresearch.scoring import METRICS
from cxresearch.scoring.difference import difference
from cxresearch.scoring.proportions import share_wilson
from cxresearch.statistic import Estimate, NotEstimable, Result

COMPLETE = 0.80
PARTIAL = 0.50
QUARTER = 0.25
"""The earliest and the latest quarter are compared: the latest resemble the silent (Armstrong and Overton 1977)."""


@dataclass(frozen=True, slots=True)
class Completion:
    """How far the respondents of each unit (or unit by period) came: counts (G,) of AAPOR's dispositions."""

    complete: Ints
    partial: Ints
    broken_off: Ints

    @property
    def started(self) -> Ints:
        """(G,) everybody who answered at least one item."""
        return self.complete + self.partial + self.broken_off


def answered_share(items: ArrayLike) -> Floats:
    """Share (N,) of the items (N, K) that each person answered, NaN being no answer."""
    answers = np.asarray(items, dtype=np.float64)
    shares: Floats = (~np.isnan(answers)).sum(axis=1) / max(answers.shape[1], 1)
    return shares


def completion(codes: ArrayLike, shares: ArrayLike, n_groups: int, *, frequency: ArrayLike | None = None) -> Completion:
    """Count dispositions by unit; who answered nothing did not start.

    Parameters
    ----------
    codes : (N,) unit 0..n_groups-1. shares : (N,) as from `answered_share`.
    frequency : (N,) how many respondents each row stands for; 1 unless given.
    """
    share, group = np.asarray(shares, dtype=np.float64), np.asarray(codes, dtype=np.int64)
    times = np.ones(len(share)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    chosen = (share > COMPLETE, (share >= PARTIAL) & (share <= COMPLETE), (share > 0) & (share < PARTIAL))
    counts = [np.bincount(group, weights=times * rows, minlength=n_groups).astype(np.int64) for rows in chosen]
    return Completion(*counts)


@dataclass(frozen=True, slots=True)
class UnitRates:
    """Response rates by unit, 0..1, with Wilson's interval; NaN where the eligible are not known."""

    rr1: Floats
    rr2: Floats
    low: Floats
    high: Floats


def unit_rates(found: Completion, n_eligible: ArrayLike, *, level: float = 0.95) -> UnitRates:
    """RR1 and RR2 (G,) with the interval of RR2.

    The interval takes the unit's people as drawn from a larger population of such people; for the unit as it was that
    day a rate has no sampling error.
    """
    eligible = np.asarray(n_eligible, dtype=np.float64)
    known = eligible > 0
    safe = np.where(known, eligible, 1.0)
    usable = found.complete + found.partial
    limits = np.array(
        [
            share_wilson(min(n, whole), whole, level) if is_known else (np.nan, np.nan)
            for n, whole, is_known in zip(usable.tolist(), safe.tolist(), known.tolist(), strict=True)
        ]
    ).reshape(-1, 2)
    rates = [np.where(known, part / safe, np.nan) for part in (found.complete, usable)]
    return UnitRates(rates[0], rates[1], limits[:, 0] / 100, limits[:, 1] / 100)


def response_rates(
    found: Completion, n_eligible: ArrayLike, *, term: str, level: float = 0.95, threshold: int = 0
) -> tuple[Result, Result]:
    """`<term>.rr1` and `<term>.rr2` of all units together, with an interval whose error is taken between units.

    A rate is a ratio of two totals over units, linearised: e_j = answers_j - rate * eligible_j. Units whose eligible
    people are not known are left out. Where so few answered partially that both rates together would tell of fewer than
    `threshold` people, only the second is given; where so few broke off that the second and the number of people would
    tell of them, only the first.
    """
    eligible = np.asarray(n_eligible, dtype=np.float64)
    known = eligible > 0
    usable = found.complete + found.partial
    first = _rate(found.complete[known], eligible[known], f"{term}.rr1", "nonresponse.rr1", level)
    second = _rate(usable[known], eligible[known], f"{term}.rr2", "nonresponse.rr2", level)
    few = {name: 0 < int(counts.sum()) < threshold for name, counts in _dispositions(found)}
    hides_first = few["complete"] or (few["partial"] and not few["broken_off"])
    hides_second = few["broken_off"] or 0 < int(usable.sum()) < threshold
    return _few_people(first, threshold) if hides_first else first, (
        _few_people(second, threshold) if hides_second else second
    )


def _dispositions(found: Completion) -> tuple[tuple[str, Ints], ...]:
    return (("complete", found.complete), ("partial", found.partial), ("broken_off", found.broken_off))


def _few_people(result: Result, threshold: int) -> Result:
    """Why a share is not told; a share that is not known keeps its own reason."""
    if isinstance(result, NotEstimable):
        return result
    return NotEstimable(term=result.term, reason="nonresponse.few_people", details={"threshold": threshold})


def _rate(answered: Ints, eligible: Floats, term: str, method: str, level: float) -> Result:
    if not len(eligible):
        return NotEstimable(term=term, reason="nonresponse.eligible_unknown")
    whole, n_units = float(eligible.sum()), len(eligible)
    rate = float(answered.sum() / whole)
    base = Estimate(term=term, estimate=rate, n_units=n_units, n_respondents=int(answered.sum()), method=method)
    if n_units < 2:
        return base
    error = float(np.sqrt(between_variance((answered - rate * eligible) / whole)))
    reach = float(stats.t.ppf((1 + level) / 2, n_units - 1)) * error
    return replace(
        base, std_error=error, df=float(n_units - 1), conf_low=max(rate - reach, 0.0), conf_high=min(rate + reach, 1.0),
        conf_level=level, health=few_units(n_units),
    )  # fmt: skip


def completion_results(found: Completion, *, term: str, threshold: int = 0) -> tuple[Result, ...]:
    """`<term>.complete`, `.partial` and `.broken_off`: shares of those who started.

    Parameters
    ----------
    threshold : of anonymity: a share that stands for fewer people (but not none) is not told, nor one by which it could
        be worked out from the others or from the response rates.
    """
    started = int(found.started.sum())
    counts = {name: int(part.sum()) for name, part in _dispositions(found)}
    hidden = _untold(counts, threshold)
    results: list[Result] = []
    for name, count in counts.items():
        one = f"{term}.{name}"
        if not started:
            results.append(NotEstimable(term=one, reason="nonresponse.nobody_started"))
            continue
        method = f"nonresponse.{name}"
        share = Estimate(term=one, estimate=count / started, n_respondents=started, method=method)
        results.append(_few_people(share, threshold) if name in hidden else share)
    return tuple(results)


def _untold(counts: Mapping[str, int], threshold: int) -> frozenset[str]:
    """Dispositions that are not told: the small ones, and with them the one that the told response rate leaves open."""
    small = {name for name, count in counts.items() if 0 < count < threshold}
    if not small:
        return frozenset()
    partner = "complete" if small == {"partial"} else "partial"
    hidden = small | {partner}
    return frozenset(hidden if sum(counts[name] for name in hidden) >= threshold else counts)


def item_nonresponse(
    codes: ArrayLike,
    items: ArrayLike,
    n_groups: int,
    *,
    term: str,
    level: float = 0.95,
    started: ArrayLike | None = None,
    frequency: ArrayLike | None = None,
) -> Result:
    """Share of items left unanswered by those who started, with the error between units.

    Parameters
    ----------
    codes : (N,) unit 0..n_groups-1. items : (N, K), NaN missing. frequency : (N,) respondents each row stands for.
    started : (N,) who answered anything in the questionnaire; None = who answered one of these items.
    """
    answers = np.asarray(items, dtype=np.float64)
    missing = np.isnan(answers)
    began = ~missing.all(axis=1) if started is None else np.asarray(started, dtype=bool)
    share = np.where(began, missing.mean(axis=1), np.nan)
    moments = score_moments(codes, share, n_groups, frequency=frequency)
    found = cluster_mean(moments, term=term, level=level)
    if isinstance(found, NotEstimable):
        return found
    low = None if found.conf_low is None else max(found.conf_low, 0.0)
    return replace(found, conf_low=low, n_items=answers.shape[1], method="nonresponse.items")


def early_late(
    codes: ArrayLike,
    days: ArrayLike,
    scores: ArrayLike,
    n_groups: int,
    *,
    term: str,
    periods: ArrayLike | None = None,
    level: float = 0.95,
    threshold: int = 0,
) -> Result:
    """Mean score of the latest quarter of respondents less that of the earliest, with the error between units.

    Parameters
    ----------
    codes : (N,) unit 0..n_groups-1. days : (N,) when each answered, NaN where unknown. scores : (N,), NaN left out.
    periods : (N,) early and late are told apart within each period; None = one period.
    threshold : of anonymity: with fewer people than this in a quarter nothing is told.

    Returns
    -------
    `nonresponse.no_dates` without days, `nonresponse.one_day` where nobody is later than another.
    """
    day, score = np.asarray(days, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    group = np.asarray(codes, dtype=np.int64)
    known = ~np.isnan(day) & ~np.isnan(score)
    if not known.any():
        return NotEstimable(term=term, reason="nonresponse.no_dates")
    period = (
        np.zeros(len(day), dtype=np.int64)
        if periods is None
        else np.unique(np.asarray(periods), return_inverse=True)[1]
    )
    early, late = _ends(day, period, known)
    if not early.any() or not late.any():
        return NotEstimable(term=term, reason="nonresponse.one_day")
    if min(int(early.sum()), int(late.sum())) < threshold:
        return NotEstimable(term=term, reason="nonresponse.few_people", details={"threshold": threshold})
    first, last = (score_moments(group[rows], score[rows], n_groups) for rows in (early, late))
    either = (first.n + last.n) > 0
    found = difference(
        last.select(either), first.select(either), METRICS["mean"], term=term, units="shared", level=level
    )
    if isinstance(found, NotEstimable):
        return found
    return replace(found, n_respondents=int((early | late).sum()), method="nonresponse.early_late")


def _ends(
    days: Floats, period: NDArray[np.intp], known: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(N,) the earliest and the latest quarter by day within periods; days on both limits belong to neither."""
    early, late = np.zeros(len(days), dtype=bool), np.zeros(len(days), dtype=bool)
    for one in np.unique(period[known]):
        rows = known & (period == one)
        low, high = np.quantile(days[rows], [QUARTER, 1 - QUARTER], method="inverted_cdf")
        if low < high:
            early |= rows & (days <= low)
            late |= rows & (days >= high)
    return early, late
