"""One factor within units and one between: does a scale measure one thing in persons, and one thing in units?

W = lambda_w lambda_w' + diag(theta_w) and B = lambda_b lambda_b' + diag(theta_b), both factors with variance 1, by
maximum likelihood as lavaan's two-level CFA. Residual variances are not bound to be positive, as in lavaan, unless a
`proper` fit is asked for: negative ones, common between units, are then held at 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from cxresearch.inference.latent.two_level_fit import (
    Structure,
    TwoLevelFit,
    deviance_objective,
    fit_two_level,
    parameter_covariance,
    starting_matrices,
)
from cxresearch.inference.latent.two_level_likelihood import TwoLevelMoments, two_level_deviance
from cxresearch.inference.latent.two_level_saturated import fit_saturated_covariance
from cxresearch.moments import Floats


def factor_structure(n_items: int) -> Structure:
    """Parameters: loadings within, residual variances within, loadings between, residual variances between (4 K)."""
    place = np.arange(n_items)

    def part(loadings: Floats, residuals: Floats) -> tuple[Floats, Floats]:
        slopes = np.zeros((2 * n_items, n_items, n_items))
        slopes[place, place, :] += loadings
        slopes[place, :, place] += loadings
        slopes[n_items + place, place, place] = 1.0
        return np.outer(loadings, loadings) + np.diag(residuals), slopes

    def structure(parameters: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        groups = parameters.reshape(4, n_items)
        within, of_within = part(groups[0], groups[1])
        between, of_between = part(groups[2], groups[3])
        none = np.zeros_like(of_within)
        return within, between, np.concatenate([of_within, none]), np.concatenate([none, of_between])

    return structure


def _principal(matrix: Floats) -> tuple[Floats, Floats]:
    """Loadings and residual variances by a few rounds of principal factors, the start of the search."""
    residuals = np.diag(matrix) / 2
    loadings = np.zeros(len(matrix))
    for _ in range(20):
        values, vectors = np.linalg.eigh(matrix - np.diag(residuals))
        loadings = vectors[:, -1] * np.sqrt(max(values[-1], 1e-8))
        residuals = np.maximum(np.diag(matrix) - loadings**2, 0.05 * np.diag(matrix))
    return loadings * np.sign(loadings.sum() or 1.0), residuals


def _starts(moments: TwoLevelMoments) -> list[Floats]:
    """Principal factors at both levels, and even loadings between."""
    within, between = starting_matrices(moments)
    n_items = moments.n_scores
    even = np.full(n_items, np.sqrt(np.trace(between) / n_items / 2)), np.diag(between) / 2
    return [np.concatenate([*_principal(within), *part]) for part in (_principal(between), even)]


@dataclass(frozen=True, slots=True)
class TwoLevelFactor:
    """A fitted one-factor model within and between units.

    Attributes
    ----------
    fit : parameters as `factor_structure` orders them. omega_within, omega_between : share of the variance of the sum
        score, within and between units, that the factor explains: (sum lambda)^2 over the model's variance of the sum.
    omega_within_se, omega_between_se : by the delta method; None where the Hessian is not positive.
    chi2, df, p_value : likelihood-ratio test against the unrestricted W and B; None where that has no optimum.
    improper : whether a residual variance is below 0, or was held at 0.
    """

    fit: TwoLevelFit
    omega_within: float
    omega_between: float
    observed_within: float | None
    observed_between: float | None
    omega_within_se: float | None
    omega_between_se: float | None
    chi2: float | None
    df: int
    p_value: float | None
    improper: bool

    @property
    def log_likelihood(self) -> float:
        """Of all rows."""
        return -self.fit.deviance / 2


def _free(moments: TwoLevelMoments, starts: list[Floats], errors: bool) -> TwoLevelFit | None:
    """The best fit whose residual variances may be negative."""
    structure = factor_structure(moments.n_scores)
    found = [fit_two_level(moments, structure, place, errors=errors) for place in starts]
    fits = [fit for fit in found if fit is not None and fit.converged]
    return min(fits, key=lambda item: item.deviance) if fits else None


def _bounded(moments: TwoLevelMoments, starts: list[Floats], errors: bool) -> TwoLevelFit | None:
    """The best fit whose residual variances are not negative; errors are those given the ones at 0.

    L-BFGS-B tells which are 0, and scoring takes the others to full precision.
    """
    n_items = moments.n_scores
    whole = factor_structure(n_items)
    residual = np.repeat([False, True, False, True], n_items)
    objective = deviance_objective(moments, whole)
    bounds = [(0.0, None) if bound else (None, None) for bound in residual]
    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-12, "gtol": 1e-5, "maxcor": 30}
    found = [
        optimize.minimize(
            objective, np.where(residual, np.maximum(start, 1e-3), start), jac=True, bounds=bounds, options=options
        )
        for start in starts
    ]
    ended = [item for item in found if item.success and np.isfinite(item.fun)]
    if not ended:
        return None
    place = np.asarray(min(ended, key=lambda item: float(item.fun)).x, dtype=np.float64)
    free = ~residual | (place > 0)
    polished = fit_two_level(moments, _part(whole, free), place[free], errors=False)
    if polished is not None and polished.converged:
        better = np.zeros(len(place))
        better[free] = polished.parameters
        if (better[residual] >= 0).all():
            place = better
    return _at(moments, whole, place, free, errors)


def _at(
    moments: TwoLevelMoments, whole: Structure, place: Floats, free: NDArray[np.bool_], errors: bool
) -> TwoLevelFit | None:
    """A fit at parameters that are known, with the covariance of the `free` ones."""
    within, between, _, _ = whole(place)
    point = two_level_deviance(moments, within, between)
    if point is None:
        return None
    covariance = None
    inner = parameter_covariance(moments, _part(whole, free), place[free]) if errors else None
    if inner is not None:
        covariance = np.zeros((len(place), len(place)))
        covariance[np.ix_(free, free)] = inner
    return TwoLevelFit(place, within, between, point.means, point.value, covariance, True)


def _part(whole: Structure, free: NDArray[np.bool_]) -> Structure:
    """The structure with only some parameters free, the others 0."""

    def structure(parameters: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        place = np.zeros(len(free))
        place[free] = parameters
        within, between, of_within, of_between = whole(place)
        return within, between, of_within[free], of_between[free]

    return structure


def omega(loadings: Floats, residuals: Floats) -> float:
    """(sum lambda)^2 / ((sum lambda)^2 + sum theta)."""
    common = float(loadings.sum()) ** 2
    return common / (common + float(residuals.sum()))


def _omega_error(groups: Floats, covariance: Floats | None, level: int) -> float | None:
    if covariance is None:
        return None
    loadings, residuals = groups[2 * level], groups[2 * level + 1]
    total, noise = float(loadings.sum()), float(residuals.sum())
    common = total**2 + noise
    n_items = len(loadings)
    slope = np.concatenate([np.full(n_items, 2 * total * noise), np.full(n_items, -(total**2))]) / common**2
    block = slice(2 * level * n_items, 2 * (level + 1) * n_items)
    return float(np.sqrt(slope @ covariance[block, block] @ slope))


def fit_two_level_factor(
    moments: TwoLevelMoments,
    *,
    unrestricted: bool = True,
    proper: bool = False,
    start: Floats | None = None,
    errors: bool = True,
) -> TwoLevelFactor | None:
    """Fit by maximum likelihood; None where no start leads to an optimum.

    At least three items are needed, and more units than items for the unrestricted model.

    Parameters
    ----------
    unrestricted : also fit the unrestricted W and B, for the test and the omegas over observed variance.
    proper : hold residual variances at 0 that would be negative, so that no omega exceeds 1.
    start : (4 K,) where to start, instead of two starts of the model's own. errors : also compute standard errors.
    """
    n_items = moments.n_scores
    if n_items < 3 or moments.n_rows - len(moments.n) <= n_items or len(moments.n) < 3:
        return None
    starts = _starts(moments) if start is None else [start]
    fit = _bounded(moments, starts, errors) if proper else _free(moments, starts, errors)
    if fit is None:
        return None
    groups = fit.parameters.reshape(4, n_items)
    df = n_items * (n_items + 1) - 4 * n_items
    whole = fit_saturated_covariance(moments) if unrestricted and len(moments.n) > n_items else None
    whole = whole if whole is not None and whole.converged else None
    chi2 = max(0.0, fit.deviance - whole.deviance) if whole is not None and df > 0 else None
    return TwoLevelFactor(
        fit,
        omega(groups[0], groups[1]),
        omega(groups[2], groups[3]),
        None if whole is None else float(groups[0].sum() ** 2 / whole.within.sum()),
        None if whole is None else float(groups[2].sum() ** 2 / whole.between.sum()),
        _omega_error(groups, fit.covariance, 0),
        _omega_error(groups, fit.covariance, 1),
        chi2,
        df,
        None if chi2 is None else float(stats.chi2.sf(chi2, df)),
        bool((groups[[1, 3]] <= 0).any()),
    )
