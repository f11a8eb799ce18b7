"""Omega: how much of a scale's sum score its one factor gives, when items need not measure it equally well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from cxresearch.inference.factors.correlated_factors import correlated_factors, errors
from cxresearch.inference.factors.covariance_draws import (
    FEWEST_UNITS,
    bootstrap_statistics,
    normal_directions,
)
from cxresearch.inference.factors.one_factor import omega_observed, one_factor
from cxresearch.measurement.alpha import alpha
from cxresearch.moments import Floats, Grain, ItemMoments, pooled_covariance
from cxresearch.statistic import Estimate, NotEstimable, Result

FIGURES = ("omega", "omega_observed", "ave", "ave_weighted")
"""What one factor tells of a scale, in the order of the results of `omega`."""


def factor_figures(covariance: Floats) -> Floats:
    """(B, 4) the `FIGURES` of each covariance matrix (B, K, K); NaN where no solution was found."""
    fit = one_factor(covariance)
    figures = np.stack([fit.omega, omega_observed(fit, covariance), fit.ave, fit.ave_weighted], axis=1)
    return np.where(fit.converged[:, None], figures, np.nan)


def omega(
    moments: ItemMoments | None,
    *,
    term: str,
    rng: np.random.Generator,
    n_draws: int = 2000,
    names: Sequence[str] = (),
    level: float = 0.95,
    grain: Grain = "respondents",
) -> tuple[Result, ...]:
    """Omega total and average variance extracted of the respondents who answered every item.

    Parameters
    ----------
    moments : of the scale's items, by unit; None where the grain has none. term : prefix, `scale.<measure>`.

    Returns
    -------
    `<term>.omega`, (sum of loadings)^2 over the model-implied variance of the sum score (McDonald 1999);
    `<term>.omega_observed`, the same over its observed variance (the default of R's semTools);
    `<term>.ave`, the mean squared standardised loading (Fornell and Larcker 1981);
    `<term>.ave_weighted`, with items weighted by their variances (semTools).
    Intervals come from drawing whole units; with fewer than `FEWEST_UNITS` units, from the delta method for
    independent normal respondents. A Heywood case carries the health `reliability.heywood`.
    """
    terms = [f"{term}.{name}" for name in FIGURES]
    found = scale_covariance(moments, names=names, grain=grain)
    if moments is None or isinstance(found, NotEstimable):
        return tuple(found.named(one) for one in terms if isinstance(found, NotEstimable))
    covariance, n = found
    fit = one_factor(covariance[None])
    if not fit.converged[0]:
        return tuple(NotEstimable(term=one, reason="reliability.no_factor") for one in terms)
    if int((moments.n_complete > 0).sum()) >= FEWEST_UNITS:
        drawn = bootstrap_statistics(
            factor_figures,
            moments,
            terms=terms,
            rng=rng,
            n_draws=n_draws,
            level=level,
            method="reliability.one_factor_bootstrap",
        )
        return tuple(_heywood(result) for result in drawn) if fit.heywood[0] else drawn
    if fit.heywood[0]:
        values = factor_figures(covariance[None])[0].tolist()
        return tuple(_boundary(term, value, covariance, n) for term, value in zip(terms, values, strict=True))
    return tuple(_by_delta(covariance, n, terms, level))


def lambda6(
    moments: ItemMoments | None, *, term: str, names: Sequence[str] = (), grain: Grain = "respondents"
) -> Result:
    """Guttman's lambda-6 of the items' correlations: 1 - sum of (1 - squared multiple correlation) over their sum."""
    found = scale_covariance(moments, names=names, grain=grain)
    if isinstance(found, NotEstimable):
        return found.named(term)
    covariance, n = found
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    value = 1 - (1 / np.diag(np.linalg.inv(correlation))).sum() / correlation.sum()
    return Estimate(
        term=term, estimate=float(value), n_respondents=n, n_items=len(sd), method="reliability.guttman_lambda6"
    )


def scale_covariance(
    moments: ItemMoments | None, *, names: Sequence[str] = (), grain: Grain = "respondents"
) -> tuple[Floats, int] | NotEstimable:
    """Covariance matrix and n of the complete respondents, or why a factor of the items cannot be sought."""
    found = alpha(moments, term="", names=names, grain=grain)
    if moments is None or isinstance(found, NotEstimable):
        return found if isinstance(found, NotEstimable) else NotEstimable(term="", reason="measurement.grain_counts")
    if moments.n_items < 3:
        return NotEstimable(term="", reason="reliability.two_items", details={"items": moments.n_items})
    covariance, n = pooled_covariance(moments)
    sd = np.sqrt(np.diag(covariance))
    if np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0] < 1e-8:
        return NotEstimable(term="", reason="reliability.redundant_items")
    return covariance, n


def _heywood(result: Result) -> Result:
    if isinstance(result, NotEstimable):
        return result
    return replace(result, health=(*result.health, "reliability.heywood"))


def _boundary(term: str, value: float, covariance: Floats, n: int) -> Result:
    return Estimate(
        term=term,
        estimate=value,
        n_respondents=n,
        n_items=len(covariance),
        method="reliability.one_factor_delta",
        health=("reliability.heywood", "reliability.no_interval"),
    )


def _by_delta(covariance: Floats, n: int, terms: Sequence[str], level: float) -> list[Result]:
    fit = correlated_factors(covariance, np.zeros(len(covariance), dtype=np.int64))
    values, spread = errors(fit, _figures_of, normal_directions(covariance, n))
    reach = float(stats.norm.ppf((1 + level) / 2))
    return [
        Estimate(
            term=term,
            estimate=value,
            std_error=error,
            conf_low=value - reach * error,
            conf_high=value + reach * error,
            conf_level=level,
            n_respondents=n,
            n_items=len(covariance),
            method="reliability.one_factor_delta",
        )
        for term, value, error in zip(terms, values.tolist(), spread.tolist(), strict=True)
    ]


def _figures_of(loadings: Floats, unique: Floats, _: Floats, covariance: Floats) -> Floats:
    common, squared = loadings.sum() ** 2, loadings**2
    return np.array(
        [
            common / (common + unique.sum()),
            common / covariance.sum(),
            (squared / (squared + unique)).mean(),
            squared.sum() / (squared.sum() + unique.sum()),
        ]
    )
