"""The unrestricted covariances within and between units, which tests and reliabilities hold models against."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from cxresearch.inference.latent.two_level_fit import (
    Structure,
    TwoLevelFit,
    deviance_objective,
    fit_two_level,
    starting_matrices,
)
from cxresearch.inference.latent.two_level_likelihood import TwoLevelMoments, two_level_deviance
from cxresearch.moments import Floats


def saturated(n_scores: int) -> Structure:
    """Every variance and covariance of W, then of B, free; parameters are their lower triangles by rows."""
    rows, columns = np.tril_indices(n_scores)
    count = len(rows)
    unit = np.zeros((count, n_scores, n_scores))
    unit[np.arange(count), rows, columns] = unit[np.arange(count), columns, rows] = 1.0
    zero = np.zeros_like(unit)
    slopes = np.concatenate([unit, zero]), np.concatenate([zero, unit])

    def structure(parameters: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        within = np.tensordot(parameters[:count], unit, axes=1)
        between = np.tensordot(parameters[count:], unit, axes=1)
        return within, between, *slopes

    return structure


def fit_saturated(moments: TwoLevelMoments) -> TwoLevelFit | None:
    """The unrestricted W and B by maximum likelihood; B need not be a covariance matrix."""
    within, between = starting_matrices(moments)
    lower = np.tril_indices(moments.n_scores)
    return fit_two_level(moments, saturated(moments.n_scores), np.concatenate([within[lower], between[lower]]))


def saturated_covariance(n_scores: int) -> Structure:
    """W = L L' and B = M M' from lower triangles, so that both are covariance matrices, singular if need be."""
    rows, columns = np.tril_indices(n_scores)
    count = len(rows)
    place = np.arange(count)

    def part(parameters: Floats) -> tuple[Floats, Floats]:
        root = np.zeros((n_scores, n_scores))
        root[rows, columns] = parameters
        slopes = np.zeros((count, n_scores, n_scores))
        slopes[place, rows, :] += root[:, columns].T
        slopes[place, :, rows] += root[:, columns].T
        return root @ root.T, slopes

    def structure(parameters: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        within, of_within = part(parameters[:count])
        between, of_between = part(parameters[count:])
        none = np.zeros_like(of_within)
        return within, between, np.concatenate([of_within, none]), np.concatenate([none, of_between])

    return structure


def fit_saturated_covariance(moments: TwoLevelMoments) -> TwoLevelFit | None:
    """The unrestricted W and B by maximum likelihood, B being a covariance matrix, as a test's alternative.

    The optimum often has a singular B, where scoring crawls; L-BFGS on the triangles does not.
    """
    within, between = starting_matrices(moments)
    lower = np.tril_indices(moments.n_scores)
    structure = saturated_covariance(moments.n_scores)
    start = np.concatenate([np.linalg.cholesky(matrix)[lower] for matrix in (within, between)])

    objective = deviance_objective(moments, structure)
    options = {"maxiter": 5000, "maxfun": 10000, "ftol": 1e-12, "gtol": 1e-5, "maxcor": 40}
    if not np.isfinite(objective(start)[0]):
        return None
    found = optimize.minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
    first, second, _, _ = structure(found.x)
    point = two_level_deviance(moments, first, second)
    if point is None:
        return None
    return TwoLevelFit(found.x, first, second, point.means, point.value, None, bool(found.success))
