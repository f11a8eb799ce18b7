"""Do the people of a unit agree? The r_wg family, average deviation and a_wg, by unit and summed up.

Everything is exact from variances by unit, except the average deviation, which needs the answers or their counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.aggregation.nulls import NULLS, NullDistribution, null_distribution
from cxresearch.moments import Floats, Ints, item_moments
from cxresearch.statistic import Estimate, NotEstimable, Result

AGREES = 0.70
"""The customary line for acceptable agreement (LeBreton and Senter 2008)."""


@dataclass(frozen=True, slots=True)
class UnitAgreement:
    """Within-unit spread of a scale's items. Values are NaN in units with fewer than two respondents.

    Attributes
    ----------
    n : (G,) respondents. n_items : items K. n_options : response options A, one apart.
    variance : (G,) mean over items of the variance within the unit, divisor n - 1.
    deviation : (G,) AD_M(j): mean over items of the mean absolute deviation from the unit's mean.
    awg : (G,) a_wg(j) of Brown and Hauenstein (2005): mean over the items for which it is defined.
    """

    n: Ints
    n_items: int
    n_options: int
    variance: Floats
    deviation: Floats
    awg: Floats

    def rwg(self, null: NullDistribution) -> Floats:
        """(G,) r_wg(j) = K (1 - q) / (K (1 - q) + q), q = variance / null variance, at most 1 (James et al. 1984).

        It grows with the number of items; with one item it is 1 - q.
        """
        ratio = np.minimum(self.variance / null.variance, 1.0)
        return self.n_items * (1 - ratio) / (self.n_items * (1 - ratio) + ratio)

    def rwg_star(self, null: NullDistribution) -> Floats:
        """(G,) r*_wg(j) = 1 - q, which does not grow with the number of items (Lindell et al. 1999)."""
        return 1 - self.variance / null.variance


def _awg(mean: Floats, variance: Floats, n: Floats, minimum: float, maximum: float) -> Floats:
    """a_wg of each item: 1 where all chose an end of the scale, NaN where the mean is too near an end to judge."""
    room = (maximum + minimum) * mean - mean**2 - maximum * minimum
    at_end = (mean == minimum) | (mean == maximum)
    safe_n, safe_room = np.maximum(n, 2), np.where(at_end, 1.0, room)
    value = 1 - 2 * variance / (safe_room * safe_n / (safe_n - 1))
    low, high = (minimum * (n - 1) + maximum) / safe_n, (maximum * (n - 1) + minimum) / safe_n
    value = np.where((mean < low) | (mean > high), np.nan, value)
    return np.where(at_end, 1.0, value)


def _mean_known(values: Floats) -> Floats:
    """Row means of the entries that are not NaN; NaN in rows without any."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0.0).sum(axis=1)
    return np.divide(sums, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1))


def _assembled(
    n: Ints, item_n: Floats, mean: Floats, variance: Floats, deviation: Floats, minimum: float, maximum: float
) -> UnitAgreement:
    judged = (item_n >= 2).all(axis=1)
    awg = _mean_known(_awg(mean, variance, item_n, minimum, maximum))
    return UnitAgreement(
        n=n,
        n_items=mean.shape[1],
        n_options=round(maximum - minimum) + 1,
        variance=np.where(judged, variance.mean(axis=1), np.nan),
        deviation=np.where(judged, deviation.mean(axis=1), np.nan),
        awg=np.where(judged, awg, np.nan),
    )


def unit_agreement(
    codes: ArrayLike, items: ArrayLike, n_groups: int, *, minimum: float, maximum: float
) -> UnitAgreement:
    """Agreement by unit from the answers of complete respondents.

    Parameters
    ----------
    codes : (N,) unit 0..G-1. items : (N, K) answers, reversed items turned; rows with NaN are left out.
    minimum, maximum : ends of the answering scale; its options are one apart.
    """
    answers = np.asarray(items, dtype=np.float64)
    answers = answers[:, None] if answers.ndim == 1 else answers
    complete = ~np.isnan(answers).any(axis=1)
    group, answers = np.asarray(codes, dtype=np.int64)[complete], answers[complete]
    moments = item_moments(group, answers, n_groups)
    n = moments.n_complete
    ss = np.einsum("gkk->gk", moments.cross)
    apart = np.abs(answers - moments.mean[group])
    deviation = np.stack([np.bincount(group, weights=column, minlength=n_groups) for column in apart.T], axis=1)
    item_n = np.broadcast_to(n[:, None], ss.shape).astype(np.float64)
    return _assembled(
        n,
        item_n,
        moments.mean,
        ss / np.maximum(item_n - 1, 1),
        deviation / np.maximum(item_n, 1),
        minimum,
        maximum,
    )


def unit_agreement_of_counts(options: ArrayLike, counts: ArrayLike) -> UnitAgreement:
    """Agreement by unit from response-option counts: variances and deviations are the same as from the answers.

    Parameters
    ----------
    options : (A,) value of each option, one apart. counts : (G, A), or (G, K, A) for a scale of K items.
    """
    option = np.asarray(options, dtype=np.float64)
    count = np.nan_to_num(np.asarray(counts, dtype=np.float64), nan=0.0)
    count = count[:, None, :] if count.ndim == 2 else count
    item_n = count.sum(axis=2)
    mean = count @ option / np.maximum(item_n, 1)
    apart = np.abs(option - mean[:, :, None])
    return _assembled(
        item_n.min(axis=1).astype(np.int64),
        item_n,
        mean,
        (count * apart**2).sum(axis=2) / np.maximum(item_n - 1, 1),
        (count * apart).sum(axis=2) / np.maximum(item_n, 1),
        float(option.min()),
        float(option.max()),
    )


def agreement_results(agreement: UnitAgreement, *, term: str) -> tuple[Result, ...]:
    """Agreement summed up over units with at least two respondents.

    For every null of `NULLS`: `<term>.rwg.<null>.mean`, `.median` and `.share_agreeing` (share of units at .70 or more),
    and `<term>.rwg_star.<null>.mean`. Then `<term>.ad.mean`, `<term>.ad.share_agreeing` (share of units at or below
    A / 6) and `<term>.awg.mean`. The customary uniform null is the kindest one, so it never stands alone.
    """
    results: list[Result] = []
    for name in NULLS:
        null = null_distribution(name, agreement.n_options)
        terms = [f"{term}.rwg.{name}.{statistic}" for statistic in ("mean", "median", "share_agreeing")]
        if null is None:
            details = {"options": agreement.n_options}
            results += [
                NotEstimable(term=one, reason="aggregation.null_not_published", details=details)
                for one in (*terms, f"{term}.rwg_star.{name}.mean")
            ]
            continue
        rwg, health = agreement.rwg(null), ("measurement.derived_null",) if null.derived else ()
        results += [
            _summary(agreement, rwg, terms[0], f"rwg_{name}", "mean", health),
            _summary(agreement, rwg, terms[1], f"rwg_{name}", "median", health),
            _summary(agreement, _indicator(rwg >= AGREES, rwg), terms[2], f"rwg_{name}", "mean", health),
            _summary(
                agreement, agreement.rwg_star(null), f"{term}.rwg_star.{name}.mean", f"rwg_star_{name}", "mean", health
            ),
        ]
    deviation = agreement.deviation
    close = _indicator(deviation <= agreement.n_options / 6, deviation)
    results += [
        _summary(agreement, deviation, f"{term}.ad.mean", "average_deviation", "mean"),
        _summary(agreement, close, f"{term}.ad.share_agreeing", "average_deviation", "mean"),
        _summary(agreement, agreement.awg, f"{term}.awg.mean", "awg", "mean"),
    ]
    return tuple(results)


def _indicator(holds: np.ndarray, values: Floats) -> Floats:
    return np.where(np.isnan(values), np.nan, holds.astype(np.float64))


def _summary(
    agreement: UnitAgreement, values: Floats, term: str, method: str, statistic: str, health: tuple[str, ...] = ()
) -> Result:
    known = ~np.isnan(values)
    if not known.any():
        return NotEstimable(term=term, reason="aggregation.no_replication", details={"units": len(values)})
    value = np.median(values[known]) if statistic == "median" else np.mean(values[known])
    return Estimate(
        term=term,
        estimate=float(value),
        n_units=int(known.sum()),
        n_respondents=int(agreement.n[known].sum()),
        n_items=agreement.n_items,
        method=f"measurement.{method}",
        health=health,
    )
