"""Do the people of a unit agree? The r_wg family, average deviation and a_wg, by unit.

Everything is exact from variances by unit, except the average deviation, which needs the answers or their counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxresearch.aggregation.nulls import NullDistribution
from cxresearch.moments import Floats, Ints


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
        stepped: Floats = self.n_items * (1 - ratio) / (self.n_items * (1 - ratio) + ratio)
        return stepped

    def rwg_star(self, null: NullDistribution) -> Floats:
        """(G,) r*_wg(j) = 1 - q, which does not grow with the number of items (Lindell et al. 1999)."""
        star: Floats = 1 - self.variance / null.variance
        return star


def _awg(mean: Floats, variance: Floats, n: Floats, minimum: float, maximum: float) -> Floats:
    """a_wg of each item: 1 where all chose an end of the scale, NaN where the mean is too near an end to judge."""
    room = (maximum + minimum) * mean - mean**2 - maximum * minimum
    at_end: NDArray[np.bool_] = (mean == minimum) | (mean == maximum)
    safe_n, safe_room = np.maximum(n, 2), np.where(at_end, 1.0, room)
    value = 1 - 2 * variance / (safe_room * safe_n / (safe_n - 1))
    low, high = (minimum * (n - 1) + maximum) / safe_n, (maximum * (n - 1) + minimum) / safe_n
    judged: Floats = np.where((mean < low) | (mean > high), np.nan, value)
    return np.where(at_end, 1.0, judged)


def _spread_of(group: Ints, values: Floats, weight: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """One item's mean, sum of squares and sum of absolute deviations about it, by group (G,)."""

    def sums(terms: Floats) -> Floats:
        return np.asarray(np.bincount(group, weights=weight * terms, minlength=len(n)), dtype=np.float64)

    mean = sums(values) / np.maximum(n, 1)
    apart = values - mean[group]
    return mean, sums(apart**2), sums(np.abs(apart))


def _mean_known(values: Floats) -> Floats:
    """Row means of the entries that are not NaN; NaN in rows without any."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0.0).sum(axis=1)
    means: Floats = np.divide(sums, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1))
    return means


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
    codes: ArrayLike,
    items: ArrayLike,
    n_groups: int,
    *,
    minimum: float,
    maximum: float,
    frequency: ArrayLike | None = None,
) -> UnitAgreement:
    """Agreement by unit from the answers of complete respondents.

    Parameters
    ----------
    codes : (N,) unit 0..G-1. items : (N, K) answers, reversed items turned; rows with NaN are left out.
    minimum, maximum : ends of the answering scale; its options are one apart.
    frequency : (N,) how many respondents each row stands for; 1 unless given.
    """
    answers = np.asarray(items, dtype=np.float64)
    answers = answers[:, None] if answers.ndim == 1 else answers
    weight = np.ones(len(answers)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    complete = ~np.isnan(answers).any(axis=1)
    group, answers, weight = np.asarray(codes, dtype=np.int64)[complete], answers[complete], weight[complete]
    n = np.bincount(group, weights=weight, minlength=n_groups).astype(np.float64)
    item_n = np.broadcast_to(n[:, None], (n_groups, answers.shape[1])).astype(np.float64)
    found = [_spread_of(group, column, weight, n) for column in np.ascontiguousarray(answers.T)]
    mean, ss, deviation = (np.stack(part, axis=1) for part in zip(*found, strict=True))
    return _assembled(
        n.astype(np.int64),
        item_n,
        mean,
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
