"""Covariance matrices of bootstrap draws of units, from the units' own moments, and what a statistic of them varies by.

The rows are never touched again: a draw of units is a row of counts, and its covariance matrix one product with the
units' sums of squares and products about the grand mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cxresearch.inference.bootstrap import bca_interval, draw_counts
from cxresearch.moments import Floats, ItemMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

MatrixStatistic = Callable[[Floats], Floats]
"""From covariance matrices (B, K, K) to the statistics of each (B, M); NaN where undefined."""

_CELLS = 4_000_000
_FEWEST_DRAWS = 0.9
FEWEST_UNITS = 10
"""With fewer units, drawing units says too little about their variation."""


@dataclass(frozen=True, slots=True)
class UnitProducts:
    """Sums of products of the complete respondents of each unit about the grand mean.

    Attributes
    ----------
    n : (J,) complete respondents. sums : (J, K) sums of deviations from the grand mean. products : (J, K, K).
    """

    n: Floats
    sums: Floats
    products: Floats

    @property
    def n_units(self) -> int:
        """How many units have complete respondents, J."""
        return len(self.n)

    @property
    def n_total(self) -> int:
        """Complete respondents of all units."""
        return int(self.n.sum())

    def covariances(self, counts: Floats) -> Floats:
        """Covariance matrices (B, K, K), divisor N - 1, of draws of units `counts` (B, J)."""
        n_items = self.sums.shape[1]
        drawn = counts @ self.n
        moved = counts @ self.sums
        upper, lower = np.triu_indices(n_items)
        products = counts @ self.products[:, upper, lower]
        products -= moved[:, upper] * moved[:, lower] / drawn[:, None]
        stack = np.empty((len(counts), n_items, n_items))
        stack[:, upper, lower] = stack[:, lower, upper] = products / (drawn[:, None] - 1)
        return stack

    def directions(self) -> Floats:
        """(J, K, K) each unit's pull on the covariance matrix; their outer products sum to its sampling covariance."""
        total, n_units = self.products.sum(axis=0) / self.n_total, self.n_units
        pull: Floats = self.products - self.n[:, None, None] * total
        scaled: Floats = pull / (self.n_total - 1) * np.sqrt(n_units / (n_units - 1))
        return scaled


def normal_directions(covariance: Floats, n: int) -> Floats:
    """(K (K + 1) / 2, K, K) the same for `n` independent normal respondents with this covariance matrix (K, K)."""
    root = np.linalg.cholesky(covariance)
    upper, lower = np.triu_indices(len(covariance))
    pulls = root[:, upper].T[:, :, None] * root[:, lower].T[:, None, :]
    scaled: Floats = (pulls + pulls.transpose(0, 2, 1)) / np.sqrt(n)
    scaled[upper == lower] /= np.sqrt(2)
    return scaled


def unit_products(moments: ItemMoments) -> UnitProducts:
    """The units that have complete respondents, centred at the grand mean."""
    units = moments.select(moments.n_complete > 0)
    n = units.n_complete.astype(np.float64)
    deviation = units.mean - n @ units.mean / n.sum()
    products = units.cross + n[:, None, None] * deviation[:, :, None] * deviation[:, None, :]
    return UnitProducts(n, n[:, None] * deviation, products)


def draw_statistics(statistic: MatrixStatistic, units: UnitProducts, counts: Floats) -> Floats:
    """The statistics (B, M) of given draws of units (B, J), in blocks of bounded memory."""
    block = max(1, _CELLS // units.sums.shape[1] ** 2)
    starts = range(0, len(counts), block)
    return np.concatenate([statistic(units.covariances(counts[start : start + block])) for start in starts])


def bootstrap_statistics(
    statistic: MatrixStatistic,
    moments: ItemMoments,
    *,
    terms: Sequence[str],
    rng: np.random.Generator,
    n_draws: int = 2000,
    level: float = 0.95,
    method: str,
) -> tuple[Result, ...]:
    """Several statistics of one covariance matrix, each with the interval from drawing whole units (BCa).

    A statistic whose draws are undefined in more than a tenth of cases, or that rests on fewer than `FEWEST_UNITS`
    units, comes without an interval (`reliability.no_interval`); an undefined one is `reliability.undefined`.
    """
    units = unit_products(moments)
    whole = statistic(units.covariances(np.ones((1, units.n_units))))[0]
    if units.n_units >= FEWEST_UNITS:
        block = max(1, _CELLS // units.n_units)
        sizes = [min(block, n_draws - start) for start in range(0, n_draws, block)]
        parts = [draw_statistics(statistic, units, draw_counts(rng, units.n_units, size)) for size in sizes]
        draws, without = np.concatenate(parts), without_each_unit(statistic, units)
    else:
        draws = without = np.full((1, len(terms)), np.nan)
    return tuple(
        _result(term, float(whole[m]), draws[:, m], without[:, m], units, level, method) for m, term in enumerate(terms)
    )


def without_each_unit(statistic: MatrixStatistic, units: UnitProducts) -> Floats:
    """The statistics (J, M) without each unit in turn."""
    block = max(1, _CELLS // units.n_units)
    parts = []
    for start in range(0, units.n_units, block):
        rows = np.arange(start, min(start + block, units.n_units))
        counts = np.ones((len(rows), units.n_units))
        counts[np.arange(len(rows)), rows] = 0
        parts.append(draw_statistics(statistic, units, counts))
    return np.concatenate(parts)


def _result(
    term: str, value: float, draws: Floats, without: Floats, units: UnitProducts, level: float, method: str
) -> Result:
    if not np.isfinite(value):
        return NotEstimable(term=term, reason="reliability.undefined")
    found = Estimate(
        term=term,
        estimate=value,
        n_units=units.n_units,
        n_respondents=units.n_total,
        n_items=units.sums.shape[1],
        method=method,
    )
    known = draws[np.isfinite(draws)]
    if len(known) < max(2, _FEWEST_DRAWS * len(draws)) or not np.isfinite(without).all():
        return replace(found, health=("reliability.no_interval",))
    low, high = bca_interval(known, value, without, level)
    health = ("reliability.draws_dropped",) if len(known) < len(draws) else ()
    error = float(known.std(ddof=1))
    return replace(found, std_error=error, conf_low=low, conf_high=high, conf_level=level, health=health)
