"""Cronbach's alpha: how consistently a scale's items measure together, from the items' covariance matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy import stats

from cxresearch.inference.bootstrap import bootstrap
from cxresearch.moments import Floats, Grain, ItemMoments, pooled_covariance
from cxresearch.statistic import Estimate, NotEstimable, Result

MIN_RESPONDENTS = 10
"""Fewer complete respondents than this say nothing about a scale."""


def coefficient_alpha(covariance: Floats) -> float:
    """Alpha of a covariance matrix (K, K): K / (K - 1) (1 - trace / sum)."""
    n_items = len(covariance)
    return float(n_items / (n_items - 1) * (1 - np.trace(covariance) / covariance.sum()))


def feldt_interval(alpha: float, n: int, n_items: int, level: float) -> tuple[float, float]:
    """Exact interval of alpha under parallel normal items (Feldt, Woodruff and Salih 1987).

    (1 - alpha_population) / (1 - alpha) follows F with n - 1 and (n - 1)(K - 1) degrees of freedom.
    """
    upper, lower = stats.f.ppf([(1 + level) / 2, (1 - level) / 2], n - 1, (n - 1) * (n_items - 1))
    return float(1 - (1 - alpha) * upper), float(1 - (1 - alpha) * lower)


def alpha_error(covariance: Floats, n: int) -> float:
    """Asymptotic standard error of alpha from n respondents (Duhachek and Iacobucci 2004)."""
    n_items = len(covariance)
    total, trace = covariance.sum(), np.trace(covariance)
    squared = covariance @ covariance
    spread = total * (np.trace(squared) + trace**2) - 2 * trace * squared.sum()
    return float(np.sqrt(2 * n_items**2 / ((n_items - 1) ** 2 * total**3) * spread / n))


def _constant(covariance: Floats, moments: ItemMoments) -> list[int]:
    size = np.maximum(np.abs(moments.mean).max(axis=0), 1.0)
    return [int(item) for item in np.flatnonzero(np.diag(covariance) <= 1e-18 * size**2)]


def _obstacle(moments: ItemMoments, term: str, names: Sequence[str], min_respondents: int) -> NotEstimable | None:
    n_items, n = moments.n_items, int(moments.n_complete.sum())
    if n_items < 2:
        return NotEstimable(term=term, reason="measurement.too_few_items", details={"items": n_items, "needed": 2})
    if n < max(min_respondents, 2):
        details = {"n": n, "needed": max(min_respondents, 2)}
        return NotEstimable(term=term, reason="measurement.too_few_respondents", details=details)
    covariance, _ = pooled_covariance(moments)
    if constant := _constant(covariance, moments):
        named = ", ".join(names[item] if names else str(item + 1) for item in constant)
        return NotEstimable(term=term, reason="measurement.constant_items", details={"items": named})
    if covariance.sum() <= 1e-12 * np.trace(covariance):
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n})
    return None


def alpha(
    moments: ItemMoments | None,
    *,
    term: str,
    names: Sequence[str] = (),
    level: float = 0.95,
    interval: Literal["feldt", "duhachek"] = "feldt",
    grain: Grain = "respondents",
    min_respondents: int = MIN_RESPONDENTS,
) -> Result:
    """Cronbach's alpha of the respondents who answered every item.

    Parameters
    ----------
    moments : of the scale's items, by unit or in one group; None where the grain has none.
    names : the items' names, for the reason if some are constant.
    interval : Feldt's, or the symmetric one from the asymptotic error. `std_error` is asymptotic in both.

    Returns
    -------
    Estimate (may be negative: `measurement.negative_alpha`), or the reason: `measurement.grain_counts` or
    `measurement.grain_unit_scores`, `too_few_items`, `too_few_respondents`, `constant_items`, `no_variation`.
    """
    if grain != "respondents" or moments is None:
        known = "unit_scores" if grain == "respondents" else grain
        return NotEstimable(term=term, reason=f"measurement.grain_{known}")
    if obstacle := _obstacle(moments, term, names, min_respondents):
        return obstacle
    covariance, n = pooled_covariance(moments)
    value, error = coefficient_alpha(covariance), alpha_error(covariance, n)
    if interval == "feldt":
        low, high = feldt_interval(value, n, len(covariance), level)
    else:
        reach = float(stats.norm.ppf((1 + level) / 2)) * error
        low, high = value - reach, value + reach
    return Estimate(
        term=term,
        estimate=value,
        std_error=error,
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_respondents=n,
        n_items=len(covariance),
        method=f"measurement.{interval}",
        health=("measurement.negative_alpha",) if value < 0 else (),
    )


def standardised_alpha(
    moments: ItemMoments, *, term: str, names: Sequence[str] = (), min_respondents: int = MIN_RESPONDENTS
) -> Result:
    """Alpha of the items' correlations: K r / (1 + (K - 1) r), r the mean correlation between items."""
    if obstacle := _obstacle(moments, term, names, min_respondents):
        return obstacle
    covariance, n = pooled_covariance(moments)
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    if correlation.sum() <= 1e-12 * len(sd):
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n})
    return Estimate(
        term=term,
        estimate=coefficient_alpha(correlation),
        n_respondents=n,
        n_items=len(sd),
        method="measurement.alpha_standardised",
    )


def alpha_bootstrap(
    moments: ItemMoments,
    *,
    term: str,
    rng: np.random.Generator,
    n_draws: int = 2000,
    names: Sequence[str] = (),
    level: float = 0.95,
    min_respondents: int = MIN_RESPONDENTS,
) -> Result:
    """Alpha with an interval from drawing whole units: right also where colleagues answer alike.

    A draw costs a product with the units' moments; the rows are not touched again. Bias-corrected and accelerated.
    """
    if obstacle := _obstacle(moments, term, names, min_respondents):
        return obstacle
    units = moments.select(moments.n_complete > 0)
    n_units = len(units.n_complete)
    if n_units < 2:
        return NotEstimable(term=term, reason="measurement.too_few_units", details={"units": n_units, "needed": 2})
    n_total = int(units.n_complete.sum())
    n = units.n_complete.astype(np.float64)
    centred = units.mean - n @ units.mean / n_total
    trace = np.einsum("jkk->j", units.cross) + n * (centred**2).sum(axis=1)
    total = units.cross.sum(axis=(1, 2)) + n * centred.sum(axis=1) ** 2
    sums = n[:, None] * centred
    n_items = units.n_items

    def statistic(counts: Floats) -> Floats:
        drawn = counts @ n
        moved = counts @ sums
        item_ss = counts @ trace - (moved**2).sum(axis=1) / drawn
        sum_ss = counts @ total - moved.sum(axis=1) ** 2 / drawn
        ratio = np.divide(item_ss, sum_ss, out=np.full(len(drawn), np.nan), where=sum_ss > 1e-12 * item_ss)
        drawn_alpha: Floats = n_items / (n_items - 1) * (1 - ratio)
        return drawn_alpha

    result = bootstrap(
        statistic, n_units, term=term, level=level, rng=rng, n_draws=n_draws, method="measurement.alpha_bootstrap"
    )
    return result if isinstance(result, NotEstimable) else replace(result, n_respondents=n_total, n_items=n_items)
