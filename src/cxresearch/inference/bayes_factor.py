"""Bayes factors: how many times better does a connection predict the data than no connection, under a stated prior?

A Bayes factor is a property of the data *and* of the prior, so the width of the prior is a result beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

PRIORS = {"medium": 1 / 3, "wide": 1 / math.sqrt(3), "ultrawide": 1.0}
"""Named widths kappa of the stretched beta prior on a correlation; 1 is uniform, 1/3 expects small effects."""

_FEWEST_UNITS = 4
_LARGEST_LOG = 700.0


def log_correlation_factor(r: float, n_units: int, width: float) -> float:
    """Natural logarithm of BF10 for a correlation r of `n_units` units (Ly, Verhagen and Wagenmakers 2016).

    rho has a stretched beta prior on -1..1 with both parameters 1 / `width`. Of the hypergeometric function only a
    factor near 1 is computed, for any number of units, after Euler's transformation:
    2F1((n - 1)/2, (n - 1)/2; n/2 + 1/k; r^2) = (1 - r^2)^(1/k + 1 - n/2) 2F1(1/k + 1/2, 1/k + 1/2; n/2 + 1/k; r^2).

    Raises
    ------
    ValueError
        If the width is not above 0, or the correlation is perfect.
    """
    if not width > 0:
        raise ValueError(f"the prior's width is above 0, got {width!r}")
    if not abs(r) < 1:
        raise ValueError(f"a Bayes factor needs a correlation within -1..1, got {r!r}")
    inverse, half = 1 / width, n_units / 2
    hyper = _log_hypergeometric(inverse + 0.5, inverse + 0.5, half + inverse, r * r)
    constant = (1 - 2 * inverse) * math.log(2) + 0.5 * math.log(math.pi) - float(special.betaln(inverse, inverse))
    gammas = float(special.gammaln(half + inverse - 0.5) - special.gammaln(half + inverse))
    return constant + gammas + hyper + (inverse + 1 - half) * math.log1p(-r * r)


def correlation_bayes_factor(observed: Result, *, width: float, term: str) -> tuple[Result, ...]:
    """BF10 of an observed Pearson correlation, with its prior.

    Returns
    -------
    `term` BF10 under `width`; `term.prior_width` that width; `term.<name>` BF10 under each of the named `PRIORS`, so
    that a reader sees how much the answer owes to the prior.
    """
    terms = (term, f"{term}.prior_width", *(f"{term}.{name}" for name in PRIORS))
    if isinstance(observed, NotEstimable):
        return tuple(observed.named(name) for name in terms)
    n_units = observed.n_units or 0
    if n_units < _FEWEST_UNITS:
        details = {"count": n_units, "needed": _FEWEST_UNITS}
        return tuple(NotEstimable(term=name, reason="linkage.too_few_units", details=details) for name in terms)
    if abs(observed.estimate) >= 1:
        return tuple(NotEstimable(term=name, reason="linkage.perfect") for name in terms)
    prior = Estimate(term=terms[1], estimate=width, n_units=n_units, method="honesty.prior_width")
    factors = [_factor(observed.estimate, n_units, width, name) for width, name in ((width, term), *_named(term))]
    return factors[0], prior, *factors[1:]


def _named(term: str) -> list[tuple[float, str]]:
    return [(width, f"{term}.{name}") for name, width in PRIORS.items()]


def _factor(r: float, n_units: int, width: float, term: str) -> Result:
    log_factor = log_correlation_factor(r, n_units, width)
    if log_factor > _LARGEST_LOG:
        return NotEstimable(term=term, reason="honesty.factor_too_large", details={"log10": log_factor / math.log(10)})
    named = next((name for name, known in PRIORS.items() if math.isclose(known, width)), "declared")
    return Estimate(term=term, estimate=math.exp(log_factor), n_units=n_units, method=f"honesty.bayes_factor_{named}")


def log_jzs_factor(r_squared: float, df: float, n_tested: int, spread: float) -> float:
    """Natural logarithm of the Jeffreys-Zellner-Siow Bayes factor of `n_tested` coefficients against none.

    `r_squared` is the share of the null model's variance that they explain, `df` the residual degrees of freedom, and
    g ~ inverse gamma(1/2, spread / 2): n * scale^2 for regression (Liang et al. 2008) and for a one-sample t test
    (Rouder et al. 2009), where R^2 = t^2 / (t^2 + df).
    """
    if not 0 <= r_squared < 1 or not spread > 0:
        raise ValueError(f"R^2 lies in 0..1 and the prior's spread above 0, got {r_squared!r} and {spread!r}")

    def log_integrand(u: Floats) -> Floats:
        g = np.exp(u)
        prior = 0.5 * math.log(spread / 2) - math.lgamma(0.5) - 0.5 * u - spread / (2 * g)
        return np.asarray(0.5 * df * np.log1p(g) - 0.5 * (df + n_tested) * np.log1p(g * (1 - r_squared)) + prior)

    return _log_integral(log_integrand, math.log(spread) - 30, math.log(spread) + 90)


def _log_hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Natural logarithm of 2F1(a, b; c; z), c > b > 0 and 0 <= z < 1, by Euler's integral over t = 1 - exp(-exp(v)).

    scipy's own function overflows where c is large and z near 1.
    """

    def log_integrand(v: Floats) -> Floats:
        u = np.exp(v)
        power = (b - 1) * np.log(-np.expm1(-u)) - a * np.log1p(-z * -np.expm1(-u))
        return np.asarray(v + power - (c - b) * u)

    return _log_integral(log_integrand, -60.0, 9.0) - float(special.betaln(b, c - b))


def _log_integral(log_integrand: Callable[[Floats], Floats], low: float, high: float) -> float:
    """Logarithm of the integral of exp(log_integrand), which has one peak, by Gauss and Legendre in 40 panels."""
    grid = np.linspace(low, high, 4001)
    values = log_integrand(grid)
    inside = grid[values > values.max() - 45]
    edges = np.linspace(max(low, inside[0] - 0.1), min(high, inside[-1] + 0.1), 41)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges) / 2
    points = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    logs = log_integrand(points)
    return float(logs.max() + np.log((half[:, None] * weights * np.exp(logs - logs.max())).sum()))
