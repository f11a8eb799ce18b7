"""Random-effects synthesis of several estimates of one effect: waves, regions, companies.

Estimates may share units (waves of the same branches), so their errors may be correlated: the model is
y ~ N(mu, V + tau2 I) with a known V, and a diagonal V is the ordinary random-effects meta-analysis. REML is profiled to
tau2, one-dimensional, searched on a grid and refined; the boundary tau2 = 0 is compared and is a result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from cxresearch.inference.wald import t_quantile
from cxresearch.moments import Floats

Heterogeneity = Literal["reml", "dl"]
"""How tau2 is estimated: restricted maximum likelihood, or DerSimonian and Laird's moments."""


@dataclass(frozen=True, slots=True)
class Synthesis:
    """A random-effects synthesis of K estimates.

    Attributes
    ----------
    effect, std_error : weighted mean and its error sqrt(1 / sum w). adjusted_error : Knapp and Hartung's, K - 1 df.
    tau2 : variance of the true effects. i2 : its share of the variance of a typical estimate, as metafor has it.
    q, q_p : test of one common effect, chi-squared with K - 1 df. criterion : restricted log-likelihood at tau2.
    n_estimates : K. at_boundary : whether tau2 is 0.
    """

    effect: float
    std_error: float
    adjusted_error: float
    tau2: float
    i2: float
    q: float
    q_p: float
    criterion: float
    n_estimates: int
    at_boundary: bool

    def interval(self, level: float, *, adjusted: bool = False) -> tuple[float, float]:
        """Confidence interval of the mean effect: normal, or Knapp and Hartung's t interval."""
        df = self.n_estimates - 1 if adjusted else math.inf
        half = t_quantile(level, df) * (self.adjusted_error if adjusted else self.std_error)
        return self.effect - half, self.effect + half

    def prediction(self, level: float, *, adjusted: bool = False) -> tuple[float, float]:
        """Where the true effect of a further wave or region lies, effect +- q sqrt(tau2 + se^2)."""
        df = self.n_estimates - 1 if adjusted else math.inf
        error = self.adjusted_error if adjusted else self.std_error
        half = t_quantile(level, df) * math.sqrt(self.tau2 + error**2)
        return self.effect - half, self.effect + half


def random_effects(effects: ArrayLike, variances: ArrayLike, *, heterogeneity: Heterogeneity = "reml") -> Synthesis:
    """Synthesis of `effects` (K,) with error variances (K,) or, where they share units, an error covariance (K, K).

    Raises
    ------
    ValueError
        If there are fewer than two estimates, or the covariance is not positive definite.
    """
    y = np.asarray(effects, dtype=np.float64)
    covariance = _covariance(variances, len(y))
    if len(y) < 2:
        raise ValueError(f"a synthesis needs two estimates, got {len(y)}")
    if np.linalg.eigvalsh(covariance).min() <= 0:
        raise ValueError("the errors' covariance is not positive definite")
    q = _generalised(y, covariance, 0.0)[2]
    tau2 = _moments_tau2(q, covariance) if heterogeneity == "dl" else _restricted_tau2(y, covariance)
    mean, precision, quadratic = _generalised(y, covariance, tau2)
    free = len(y) - 1
    return Synthesis(
        effect=mean,
        std_error=math.sqrt(1 / precision),
        adjusted_error=math.sqrt(quadratic / free / precision),
        tau2=tau2,
        i2=tau2 / (tau2 + _typical_variance(covariance)),
        q=q,
        q_p=float(stats.chi2.sf(q, free)),
        criterion=_criterion(y, covariance, tau2),
        n_estimates=len(y),
        at_boundary=tau2 == 0,
    )


def _covariance(variances: ArrayLike, size: int) -> Floats:
    given = np.asarray(variances, dtype=np.float64)
    covariance = np.diag(given) if given.ndim == 1 else given
    if covariance.shape != (size, size):
        raise ValueError(f"{size} estimates need as many variances, got {given.shape}")
    return covariance


def _generalised(y: Floats, covariance: Floats, tau2: float) -> tuple[float, float, float]:
    """Weighted mean, its precision, and the weighted sum of squares about it."""
    total = covariance + tau2 * np.eye(len(y))
    weights = np.linalg.solve(total, np.ones(len(y)))
    precision = float(weights.sum())
    mean = float(weights @ y) / precision
    rest = y - mean
    return mean, precision, float(rest @ np.linalg.solve(total, rest))


def _criterion(y: Floats, covariance: Floats, tau2: float) -> float:
    """Restricted log-likelihood at tau2, with metafor's constant."""
    _, precision, quadratic = _generalised(y, covariance, tau2)
    determinant = float(np.linalg.slogdet(covariance + tau2 * np.eye(len(y)))[1])
    size = len(y)
    constant = (size - 1) * math.log(2 * math.pi) - math.log(size)
    return -0.5 * (constant + determinant + math.log(precision) + quadratic)


def _score(y: Floats, covariance: Floats, tau2: float) -> float:
    """Derivative of the restricted log-likelihood, (y' P P y - tr P) / 2."""
    inverse = np.linalg.inv(covariance + tau2 * np.eye(len(y)))
    weights = inverse.sum(axis=1)
    projection = inverse - np.outer(weights, weights) / weights.sum()
    return float(0.5 * (float((projection @ y) @ (projection @ y)) - np.trace(projection)))


def _restricted_tau2(y: Floats, covariance: Floats) -> float:
    """The global maximum of the restricted likelihood: every sign change of its score, and 0."""
    scale = float(np.diag(covariance).mean())
    most = max(scale, float(np.var(y, ddof=1))) * 100
    grid = np.concatenate([[0.0], np.geomspace(scale * 1e-6, most, 80)])
    scores = [_score(y, covariance, float(tau2)) for tau2 in grid]
    candidates = [0.0]
    for place in range(len(grid) - 1):
        if scores[place] > 0 >= scores[place + 1]:
            low, high = float(grid[place]), float(grid[place + 1])
            candidates.append(
                float(optimize.brentq(lambda t: _score(y, covariance, t), low, high, xtol=1e-15, rtol=1e-13))
            )
    return max(candidates, key=lambda tau2: _criterion(y, covariance, tau2))


def _moments_tau2(q: float, covariance: Floats) -> float:
    """DerSimonian and Laird: (Q - E Q) / (coefficient of tau2 in E Q), at least 0."""
    inverse = np.linalg.inv(covariance)
    weights = inverse.sum(axis=1)
    slope = float(np.trace(inverse) - weights @ weights / weights.sum())
    return max(0.0, (q - (len(covariance) - 1)) / slope)


def _typical_variance(covariance: Floats) -> float:
    """Higgins and Thompson's variance of a typical estimate: (K - 1) / tr P, P at tau2 = 0."""
    inverse = np.linalg.inv(covariance)
    weights = inverse.sum(axis=1)
    return float((len(covariance) - 1) / (np.trace(inverse) - weights @ weights / weights.sum()))


def heterogeneity_interval(effects: ArrayLike, variances: ArrayLike, level: float) -> tuple[float, float]:
    """Q-profile interval of tau2 (Viechtbauer 2007): where the weighted sum of squares meets its chi-squared quantiles.

    An end that no tau2 >= 0 reaches is 0.
    """
    y = np.asarray(effects, dtype=np.float64)
    covariance = _covariance(variances, len(y))
    free = len(y) - 1
    return (
        _profile_end(y, covariance, float(stats.chi2.ppf((1 + level) / 2, free))),
        _profile_end(y, covariance, float(stats.chi2.ppf((1 - level) / 2, free))),
    )


def _profile_end(y: Floats, covariance: Floats, target: float) -> float:
    def excess(tau2: float) -> float:
        return _generalised(y, covariance, tau2)[2] - target

    if excess(0.0) <= 0:
        return 0.0
    high = float(np.diag(covariance).mean() + np.var(y))
    while excess(high) > 0:
        high *= 4
    return float(optimize.brentq(excess, 0.0, high, xtol=1e-14, rtol=1e-12))
