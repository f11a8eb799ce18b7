"""One pass over rows to per-group counts, means and sums of squares; everything later works on these.

Groups are units, or units by period. Sums of squares are taken about the group's own mean, so that they stay
exact when the values are large. Two grains of input end here: respondents and response-option counts (a published
unit score has no moments).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Grain = Literal["respondents", "counts", "unit_scores"]
"""What a row of the input is: a person, a unit with a count per response option, or a unit with a published score."""


@dataclass(frozen=True, slots=True)
class ScoreMoments:
    """First two moments of one score within each group.

    Attributes
    ----------
    n : (G,) how many values each group has; groups without values have 0.
    mean : (G,) mean of the group's values, 0 where n is 0.
    ss : (G,) sum of squared deviations from the group's mean.
    """

    n: Ints
    mean: Floats
    ss: Floats

    def select(self, groups: NDArray[np.bool_] | Ints) -> ScoreMoments:
        """The moments of some groups, in the order asked for."""
        return ScoreMoments(self.n[groups], self.mean[groups], self.ss[groups])

    def answered(self) -> ScoreMoments:
        """The moments of the groups that have values, in their order."""
        return self.select(self.n > 0)

    def total(self) -> tuple[int, float, float]:
        """Number of values, mean and sum of squared deviations of all groups taken together; (0, 0, 0) if empty."""
        whole = self.pooled(np.zeros(len(self.n), dtype=np.int64), 1)
        return int(whole.n[0]), float(whole.mean[0]), float(whole.ss[0])

    def pooled(self, codes: ArrayLike, n_groups: int) -> ScoreMoments:
        """Merge groups into coarser ones: `codes` (G,) gives each group's new group, 0..n_groups-1."""
        into = _group_codes(codes, n_groups)
        n = _sums(into, self.n.astype(np.float64), n_groups)
        mean = _sums(into, self.n * self.mean, n_groups) / np.maximum(n, 1)
        ss = _sums(into, self.ss + self.n * (self.mean - mean[into]) ** 2, n_groups)
        return ScoreMoments(n.astype(np.int64), mean, ss)


def _group_codes(codes: ArrayLike, n_groups: int) -> Ints:
    group = np.asarray(codes, dtype=np.int64)
    if group.size and (group.min() < 0 or group.max() >= n_groups):
        raise ValueError(f"group codes run from 0 to {n_groups - 1}, got {group.min()}..{group.max()}")
    return group


def _sums(group: Ints, weights: Floats, n_groups: int) -> Floats:
    return np.bincount(group, weights=weights, minlength=n_groups).astype(np.float64)


def score_moments(
    codes: ArrayLike, values: ArrayLike, n_groups: int, *, frequency: ArrayLike | None = None
) -> ScoreMoments:
    """Moments of `values` (N,) by group `codes` (N,), 0..n_groups-1; missing values (NaN) are left out.

    `frequency` (N,), whole numbers, tells how many equal rows each row stands for; the moments are those of all rows.

    Raises
    ------
    ValueError
        If a code lies outside 0..n_groups-1 (rows without a group are to be dropped, and counted, before).
    """
    group = _group_codes(codes, n_groups)
    value = np.asarray(values, dtype=np.float64)
    times = np.ones(value.shape) if frequency is None else np.asarray(frequency, dtype=np.float64)
    known = ~np.isnan(value)
    group, value, times = group[known], value[known], times[known]
    n = _sums(group, times, n_groups)
    mean = _sums(group, times * value, n_groups) / np.maximum(n, 1)
    ss = _sums(group, times * (value - mean[group]) ** 2, n_groups)
    return ScoreMoments(n.astype(np.int64), mean, ss)


def count_moments(options: ArrayLike, counts: ArrayLike) -> ScoreMoments:
    """Moments from response-option counts: `options` (K,) each option's value, `counts` (G, K) how many chose it.

    A count that is NaN is nobody.
    """
    value = np.asarray(options, dtype=np.float64)
    count = np.nan_to_num(np.asarray(counts, dtype=np.float64), nan=0.0)
    n = count.sum(axis=1)
    mean = count @ value / np.maximum(n, 1)
    ss = (count * (value[None, :] - mean[:, None]) ** 2).sum(axis=1)
    return ScoreMoments(np.rint(n).astype(np.int64), mean, ss)


@dataclass(frozen=True, slots=True)
class ItemMoments:
    """First two moments of a scale's items within each group, reversed items already turned.

    Attributes
    ----------
    n_complete : (G,) respondents who answered every item.
    mean : (G, K) item means of the complete respondents.
    cross : (G, K, K) sums of products of deviations from the group's means, complete respondents.
    n : (G, K) answers per item, complete or not; item_mean, item_ss : (G, K) their mean and sum of squares.
    """

    n_complete: Ints
    mean: Floats
    cross: Floats
    n: Ints
    item_mean: Floats
    item_ss: Floats

    @property
    def n_items(self) -> int:
        """How many items the scale has, K."""
        return int(self.mean.shape[1])

    def select(self, groups: NDArray[np.bool_] | Ints) -> ItemMoments:
        """The moments of some groups, in the order asked for."""
        return ItemMoments(
            n_complete=self.n_complete[groups],
            mean=self.mean[groups],
            cross=self.cross[groups],
            n=self.n[groups],
            item_mean=self.item_mean[groups],
            item_ss=self.item_ss[groups],
        )


def item_moments(
    codes: ArrayLike, items: ArrayLike, n_groups: int, *, frequency: ArrayLike | None = None
) -> ItemMoments:
    """Moments of `items` (N, K) by group `codes` (N,); NaN is a missing answer. `frequency` as in `score_moments`."""
    group = _group_codes(codes, n_groups)
    answers = np.asarray(items, dtype=np.float64)
    times = np.ones(len(answers)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    singles = [score_moments(group, column, n_groups, frequency=times) for column in answers.T]
    complete = ~np.isnan(answers).any(axis=1)
    n, mean, cross = _complete_moments(group[complete], answers[complete], n_groups, times[complete])
    return ItemMoments(
        n_complete=n,
        mean=mean,
        cross=cross,
        n=np.stack([single.n for single in singles], axis=1),
        item_mean=np.stack([single.mean for single in singles], axis=1),
        item_ss=np.stack([single.ss for single in singles], axis=1),
    )


def _complete_moments(group: Ints, answers: Floats, n_groups: int, times: Floats) -> tuple[Ints, Floats, Floats]:
    n_items = answers.shape[1]
    n = _sums(group, times, n_groups).astype(np.int64)
    sums = np.stack([_sums(group, times * column, n_groups) for column in answers.T], axis=1)
    mean = sums / np.maximum(n, 1)[:, None]
    centred = answers - mean[group]
    counted = times[:, None] * centred
    cross = np.zeros((n_groups, n_items, n_items))
    for first in range(n_items):
        for second in range(first, n_items):
            product = _sums(group, counted[:, first] * centred[:, second], n_groups)
            cross[:, first, second] = cross[:, second, first] = product
    return n, mean, cross


def pooled_covariance(moments: ItemMoments) -> tuple[Floats, int]:
    """Covariance matrix (K, K) of all complete respondents taken together, divisor n - 1, and n.

    Raises
    ------
    ValueError
        If fewer than two respondents are complete.
    """
    n_total = int(moments.n_complete.sum())
    if n_total < 2:
        raise ValueError(f"a covariance needs two complete respondents, got {n_total}")
    grand = moments.n_complete @ moments.mean / n_total
    deviation = moments.mean - grand
    between = (moments.n_complete[:, None] * deviation).T @ deviation
    return (moments.cross.sum(axis=0) + between) / (n_total - 1), n_total
