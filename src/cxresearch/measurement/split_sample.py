"""Split-sample aggregation: one half of a unit's people measure the driver, the other half the outcome.

When the same people give both, their moods and ways of answering end up in both unit means and make them go together
(Ostroff, Kinicki and Clark 2002). Between halves nothing is shared but the unit. Rather than drawing some random
halves, the mean over all possible halves is taken: for two different people i and k of a unit, every pair is equally
likely to be on opposite sides, so that only the products x_i y_k with i != k remain, which sums and products tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.bootstrap import bootstrap
from cxresearch.inference.factors.covariance_draws import FEWEST_UNITS
from cxresearch.moments import Floats, Ints, ItemMoments
from cxresearch.statistic import NotEstimable, Result

FIGURES = ("same_source", "split_sample", "split_halves", "split_inflation")


@dataclass(frozen=True, slots=True)
class HalfMoments:
    """What all random halves of each unit tell together, about the units' grand means.

    Attributes
    ----------
    n : (J,) people with both answers. mean : (J, 2) of driver and outcome. same : (J,) product of the two means.
    shared : (J,) what the product gains because the same people are in both: within-unit covariance over n.
    square : (J, 2) squared means. extra : (J, 2) what the squared mean of a random half has more than that.
    """

    n: Floats
    mean: Floats
    same: Floats
    shared: Floats
    square: Floats
    extra: Floats


def half_moments(moments: ItemMoments) -> HalfMoments:
    """From the moments of two scores by unit; units with fewer than two people are left out."""
    units = moments.select(moments.n_complete > 1)
    n = units.n_complete.astype(np.float64)
    mean = units.mean - units.mean.sum(axis=0) / max(len(n), 1)
    within = units.cross / (n - 1)[:, None, None]
    variance = np.einsum("jkk->jk", within)
    larger, smaller = np.ceil(n / 2), np.floor(n / 2)
    part = ((1 / larger + 1 / smaller) / 2 - 1 / n)[:, None]
    return HalfMoments(
        n=n,
        mean=mean,
        same=mean[:, 0] * mean[:, 1],
        shared=within[:, 0, 1] / n,
        square=mean**2,
        extra=part * variance,
    )


def split_figures(halves: HalfMoments, counts: Floats) -> Floats:
    """(B, 4) the `FIGURES` in draws of units `counts` (B, J).

    `same_source` is the ordinary correlation of unit means. `split_halves` correlates one half's driver with the other
    half's outcome; halves are fewer people, so it is also smaller for want of reliability. `split_sample` divides the
    same covariance by the spread of the whole units' means, which undoes that (the Spearman-Brown step) and makes it
    comparable with `same_source`; `split_inflation` is the latter less it.
    """
    drawn = counts.sum(axis=1)
    mean = counts @ halves.mean / drawn[:, None]
    own = 1 - 1 / drawn
    same = counts @ halves.same / drawn - mean[:, 0] * mean[:, 1]
    apart = same - own * (counts @ halves.shared / drawn)
    full = counts @ halves.square / drawn[:, None] - mean**2
    half = full + own[:, None] * (counts @ halves.extra / drawn[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        whole, parts = np.sqrt(full.prod(axis=1)), np.sqrt(half.prod(axis=1))
        return np.stack([same / whole, apart / whole, apart / parts, (same - apart) / whole], axis=1)


def split_sample(
    moments: ItemMoments, *, term: str, rng: np.random.Generator, n_draws: int = 2000, level: float = 0.95
) -> tuple[Result, ...]:
    """`<term>.same_source`, `.split_sample`, `.split_halves` and `.split_inflation` of `split_figures`.

    Parameters
    ----------
    moments : of two scores of each respondent, driver and outcome, by unit. term : `common_method.<hypothesis>`.

    Units count alike, whatever their size, as in the correlation of unit means. Intervals come from drawing units.
    """
    halves = half_moments(moments)
    n_units, terms = len(halves.n), [f"{term}.{name}" for name in FIGURES]
    if n_units < FEWEST_UNITS:
        details = {"units": n_units, "needed": FEWEST_UNITS}
        return tuple(NotEstimable(term=one, reason="reliability.too_few_split", details=details) for one in terms)
    results: list[Result] = []
    seeds = rng.integers(2**63, size=1)
    for place, one in enumerate(terms):

        def statistic(counts: Floats, place: int = place) -> Floats:
            return split_figures(halves, counts)[:, place]

        found = bootstrap(
            statistic,
            n_units,
            term=one,
            level=level,
            rng=np.random.default_rng(seeds),
            n_draws=n_draws,
            method=f"reliability.{FIGURES[place]}",
        )
        n = int(halves.n.sum())
        results.append(found if isinstance(found, NotEstimable) else replace(found, n_respondents=n))
    return tuple(results)


def random_split_correlations(
    codes: ArrayLike, driver: ArrayLike, outcome: ArrayLike, *, rng: np.random.Generator, n_splits: int = 100
) -> Floats:
    """(S, 2) for each of `n_splits` random halvings, both ways: driver of one half, outcome of the other, over units.

    Rows (N,) without missing values; units with one person are left out. What `split_sample` gives without drawing.
    """
    group, x, y = _pairs(codes, driver, outcome)
    sizes = np.bincount(group)
    starts = np.cumsum(sizes) - sizes
    halves = sizes // 2
    found = np.empty((n_splits, 2))
    for split in range(n_splits):
        order = np.lexsort((rng.random(len(group)), group))
        first = np.arange(len(group)) - starts[group[order]] < (halves + rng.integers(2) * (sizes % 2))[group[order]]
        means = [
            np.bincount(group[order][side], values[order][side]) / np.bincount(group[order][side])
            for side, values in ((first, x), (~first, y), (~first, x), (first, y))
        ]
        found[split] = np.corrcoef(means[0], means[1])[0, 1], np.corrcoef(means[2], means[3])[0, 1]
    return found


def _pairs(codes: ArrayLike, driver: ArrayLike, outcome: ArrayLike) -> tuple[Ints, Floats, Floats]:
    group = np.asarray(codes, dtype=np.int64)
    x, y = np.asarray(driver, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    kept = np.bincount(group)[group] > 1
    return np.unique(group[kept], return_inverse=True)[1], x[kept], y[kept]
