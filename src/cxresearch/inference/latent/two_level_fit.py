"""Models of the covariances within and between units, fitted by Fisher scoring.

The information matrix is exact and cheap, so that a model of eleven items takes some milliseconds an iteration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cxresearch.inference.latent.two_level_likelihood import (
    TwoLevelMoments,
    TwoLevelPoint,
    information,
    two_level_deviance,
)
from cxresearch.moments import Floats

Structure = Callable[[Floats], tuple[Floats, Floats, Floats, Floats]]
"""Parameters (Q,) to W (K, K), B (K, K) and their derivatives (Q, K, K) each."""

MOST_STEPS = 100
_STEEPEST = 1e-6
"""The deviance still to be gained, below which a fit has converged."""
_TRUSTED = 1e-9
"""Gains below this drown in the deviance's rounding, so that the step is taken on trust."""
_DONE = 1e-18


@dataclass(frozen=True, slots=True)
class TwoLevelFit:
    """A fitted model of W and B.

    Attributes
    ----------
    parameters : (Q,). within, between : (K, K). means : (K,). deviance : -2 log likelihood.
    covariance : (Q, Q) of the parameters, twice the inverse of the observed Hessian; None where that is not positive.
    converged : whether less than 1e-6 of the deviance is left to gain.
    """

    parameters: Floats
    within: Floats
    between: Floats
    means: Floats
    deviance: float
    covariance: Floats | None
    converged: bool


def fit_two_level(
    moments: TwoLevelMoments, structure: Structure, start: Floats, *, errors: bool = True
) -> TwoLevelFit | None:
    """Maximum likelihood from `start` (Q,) by Fisher scoring with shortened steps; None if `start` is not allowed.

    Without `errors` the parameters' covariance is left out.
    """
    place = np.array(start, dtype=np.float64)
    within, between, of_within, of_between = structure(place)
    point = two_level_deviance(moments, within, between)
    if point is None:
        return None
    gain, length = np.inf, 1.0
    for _ in range(MOST_STEPS):
        step, gain = _scoring_step(moments, point, of_within, of_between)
        if gain < _DONE:
            break
        while length > 1e-10:
            tried = structure(place + length * step)
            new = two_level_deviance(moments, tried[0], tried[1])
            if new is not None and (new.value <= point.value or gain < _TRUSTED):
                break
            length /= 2
        else:
            break
        place, point = place + length * step, new
        within, between, of_within, of_between = tried
        length = min(1.0, 2 * length)
    return TwoLevelFit(
        place,
        within,
        between,
        point.means,
        point.value,
        parameter_covariance(moments, structure, place) if errors else None,
        bool(gain < _STEEPEST),
    )


def structure_gradient(point: TwoLevelPoint, of_within: Floats, of_between: Floats) -> Floats:
    """Gradient (Q,) by parameters with the derivatives (Q, K, K) of W and B."""
    return np.asarray(
        np.tensordot(of_within, point.of_within, axes=2) + np.tensordot(of_between, point.of_between, axes=2)
    )


def deviance_objective(moments: TwoLevelMoments, structure: Structure) -> Callable[[Floats], tuple[float, Floats]]:
    """The deviance with its gradient for a general optimiser; infinite where the matrices are not allowed."""

    def objective(parameters: Floats) -> tuple[float, Floats]:
        within, between, of_within, of_between = structure(parameters)
        point = two_level_deviance(moments, within, between)
        if point is None:
            return np.inf, np.zeros(len(parameters))
        return point.value, structure_gradient(point, of_within, of_between)

    return objective


def _scoring_step(
    moments: TwoLevelMoments, point: TwoLevelPoint, of_within: Floats, of_between: Floats
) -> tuple[Floats, float]:
    gradient = structure_gradient(point, of_within, of_between)
    matrix = information(moments, point, of_within, of_between)
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    along = vectors.T @ (gradient / scale)
    step = -(vectors @ (along / np.maximum(values, 1e-9))) / scale
    return step, float(-(gradient @ step))


def parameter_covariance(moments: TwoLevelMoments, structure: Structure, place: Floats) -> Floats | None:
    """Twice the inverse Hessian, by central differences of the exact gradient."""
    steps = 1e-5 * np.maximum(np.abs(place), 0.01)
    rows = []
    for index, step in enumerate(steps):
        ends = []
        for sign in (1, -1):
            moved = place.copy()
            moved[index] += sign * step
            within, between, of_within, of_between = structure(moved)
            point = two_level_deviance(moments, within, between)
            if point is None:
                return None
            ends.append(structure_gradient(point, of_within, of_between))
        rows.append((ends[0] - ends[1]) / (2 * step))
    hessian = (np.array(rows) + np.array(rows).T) / 2
    scale = np.sqrt(np.abs(np.diag(hessian)))
    if not (scale > 0).all() or np.linalg.eigvalsh(hessian / np.outer(scale, scale)).min() <= 1e-10:
        return None
    return np.asarray(2 * np.linalg.inv(hessian))


def starting_matrices(moments: TwoLevelMoments) -> tuple[Floats, Floats]:
    """W and B by the method of moments, B with its eigenvalues kept above a hundredth of W's average variance."""
    free = max(moments.n_rows - len(moments.n), 1)
    within = moments.cross / free
    rest = moments.mean - moments.n @ moments.mean / moments.n.sum()
    spread = rest.T @ rest / max(len(rest) - 1, 1) - within * float(np.mean(1 / moments.n))
    values, vectors = np.linalg.eigh((spread + spread.T) / 2)
    floor = 0.01 * float(np.trace(within)) / len(within)
    return within, np.asarray((vectors * np.maximum(values, floor)) @ vectors.T)
