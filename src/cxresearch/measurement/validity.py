"""Whether the scales of a questionnaire measure different things, and each of them one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy import stats

from cxresearch.inference.factors.correlated_factors import CorrelatedFactors, Functional, correlated_factors, errors
from cxresearch.inference.factors.covariance_draws import (
    FEWEST_UNITS,
    bootstrap_statistics,
    normal_directions,
    unit_products,
)
from cxresearch.moments import Floats, Ints, ItemMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

HTMT_STRICT, HTMT_LIBERAL = 0.85, 0.90
"""Above these two scales are hardly told apart (Henseler, Ringle and Sarstedt 2015)."""

Pair = tuple[int, int]


def scale_pairs(n_scales: int) -> list[Pair]:
    """Pairs of scales (later, earlier), in the order in which results are given."""
    return [(second, first) for first, second in combinations(range(n_scales), 2)]


def htmt(covariance: Floats, scale: Ints, *, geometric: bool = False) -> Floats:
    """(B, P) heterotrait-monotrait ratios of the scales' pairs, of covariance matrices (B, K, K).

    Mean absolute correlation between the items of two scales over the geometric mean of the mean absolute correlations
    within them (Henseler et al. 2015); `geometric` means are HTMT2 (Roemer et al. 2021), for items that are congeneric.
    """
    sd = np.sqrt(np.einsum("bkk->bk", covariance))
    correlation = np.abs(covariance / (sd[:, :, None] * sd[:, None, :]))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(correlation) if geometric else correlation
        own = [_within(values[:, scale == m][:, :, scale == m]) for m in range(int(scale.max()) + 1)]
        ratios = []
        for second, first in scale_pairs(len(own)):
            between = values[:, scale == second][:, :, scale == first].mean(axis=(1, 2))
            if geometric:
                ratios.append(np.exp(between - (own[second] + own[first]) / 2))
            else:
                ratios.append(between / np.sqrt(own[second] * own[first]))
    return np.stack(ratios, axis=1)


def _within(values: Floats) -> Floats:
    lower = np.tril_indices(values.shape[1], -1)
    mean: Floats = values[:, lower[0], lower[1]].mean(axis=1)
    return mean


def discriminant_ratios(
    moments: ItemMoments,
    scales: Mapping[str, Sequence[int]],
    *,
    term: str,
    rng: np.random.Generator,
    n_draws: int = 2000,
    level: float = 0.95,
) -> tuple[Result, ...]:
    """`<term>.htmt.<a>.<b>` and `<term>.htmt2.<a>.<b>` of all pairs of scales, intervals from drawing whole units.

    Parameters
    ----------
    moments : of all items, by unit. scales : each scale's columns in them, two or more each.
    term : prefix, `validity.<source>`.
    """
    names, scale, columns = _layout(scales)
    pairs = [f"{names[first]}.{names[second]}" for second, first in scale_pairs(len(names))]

    def ratios(covariance: Floats) -> Floats:
        chosen = covariance[:, columns][:, :, columns]
        return np.concatenate([htmt(chosen, scale), htmt(chosen, scale, geometric=True)], axis=1)

    found = []
    for name in ("htmt", "htmt2"):
        found += [f"{term}.{name}.{pair}" for pair in pairs]
    return bootstrap_statistics(
        ratios, moments, terms=found, rng=rng, n_draws=n_draws, level=level, method="reliability.htmt"
    )


def latent_validity(
    moments: ItemMoments, scales: Mapping[str, Sequence[int]], *, term: str, level: float = 0.95
) -> tuple[Result, ...]:
    """What a model with one correlated factor for each scale tells (maximum likelihood).

    Returns
    -------
    For each scale `<term>.cr.<a>` (composite reliability: omega, model-implied), `<term>.cr_observed.<a>` (observed
    variance, semTools' default), `<term>.ave.<a>` and `<term>.ave_weighted.<a>`; for each pair
    `<term>.correlation.<a>.<b>` of the factors, and `<term>.fornell_larcker.<a>.<b>`: the smaller AVE less the squared
    correlation, not negative where the two scales are told apart (Fornell and Larcker 1981).
    Errors hold for clusters of units; with fewer than ten units, for independent normal respondents.
    """
    names, scale, columns = _layout(scales)
    terms = _terms(term, names)
    units = unit_products(moments)
    covariance = units.covariances(np.ones((1, units.n_units)))[0][np.ix_(columns, columns)]
    sd = np.sqrt(np.diag(covariance))
    if len(names) < 2 or np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0] < 1e-8:
        reason = "reliability.one_scale" if len(names) < 2 else "reliability.redundant_items"
        return tuple(NotEstimable(term=one, reason=reason) for one in terms)
    fit = correlated_factors(covariance, scale)
    if not fit.converged:
        return tuple(NotEstimable(term=one, reason="reliability.no_factor") for one in terms)
    clustered = units.n_units >= FEWEST_UNITS
    pulls = units.directions()[:, columns][:, :, columns] if clustered else normal_directions(covariance, units.n_total)
    values, spread = errors(fit, _figures(fit), pulls)
    df = float(units.n_units - 1) if clustered else float("inf")
    counts = (units.n_units, units.n_total, len(columns))
    return tuple(
        _estimate(one, value, error, df, level, fit, counts)
        for one, value, error in zip(terms, values.tolist(), spread.tolist(), strict=True)
    )


def _layout(scales: Mapping[str, Sequence[int]]) -> tuple[list[str], Ints, Ints]:
    names = list(scales)
    scale = np.concatenate([np.full(len(scales[name]), place) for place, name in enumerate(names)]).astype(np.int64)
    return names, scale, np.concatenate([np.asarray(scales[name], dtype=np.int64) for name in names])


def _terms(term: str, names: Sequence[str]) -> list[str]:
    pairs = [f"{names[first]}.{names[second]}" for second, first in scale_pairs(len(names))]
    of_scales = [f"{term}.{kind}.{name}" for kind in ("cr", "cr_observed", "ave", "ave_weighted") for name in names]
    return of_scales + [f"{term}.{kind}.{pair}" for kind in ("correlation", "fornell_larcker") for pair in pairs]


def _figures(fit: CorrelatedFactors) -> Functional:
    n_scales = len(fit.correlations)
    members = [np.flatnonzero(fit.scale == m) for m in range(n_scales)]
    pairs = scale_pairs(n_scales)

    def figures(loadings: Floats, unique: Floats, correlations: Floats, covariance: Floats) -> Floats:
        common = [loadings[own].sum() ** 2 for own in members]
        squared = loadings**2
        ave = [(squared[own] / (squared[own] + unique[own])).mean() for own in members]
        between = [correlations[pair] for pair in pairs]
        gaps = [(ave[a] if np.real(ave[a]) < np.real(ave[b]) else ave[b]) - correlations[a, b] ** 2 for a, b in pairs]
        return np.array(
            [part / (part + unique[own].sum()) for part, own in zip(common, members, strict=True)]
            + [part / covariance[np.ix_(own, own)].sum() for part, own in zip(common, members, strict=True)]
            + ave
            + [squared[own].sum() / (squared[own].sum() + unique[own].sum()) for own in members]
            + between
            + gaps
        )

    return figures


def _estimate(
    term: str, value: float, error: float, df: float, level: float, fit: CorrelatedFactors, counts: tuple[int, int, int]
) -> Result:
    reach = float(stats.t.ppf((1 + level) / 2, df)) * error
    return Estimate(
        term=term,
        estimate=value,
        std_error=error,
        df=df,
        conf_low=value - reach,
        conf_high=value + reach,
        conf_level=level,
        n_units=counts[0],
        n_respondents=counts[1],
        n_items=counts[2],
        method="reliability.correlated_factors",
        health=("reliability.improper",) if fit.improper else (),
    )
