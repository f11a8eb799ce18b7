"""Maximum likelihood by damped Fisher scoring from several starts, with an explicit check of the optimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.model import GroupLayout, Layout
from cxresearch.sem.objective import Objective, Point

_ENOUGH = 1e-11
_CLOSE = 0.5
ROUGH = 0.05
"""Starts are compared when a further step would lower the deviance by less than this."""

CONVERGED = 1e-6
"""A fit counts as converged when a further step would lower the deviance by less than this."""

_MAX_STEPS = 500


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the search ended: the point, and `decrement`, by how much a further step would lower the deviance."""

    point: Point
    decrement: float

    @property
    def converged(self) -> bool:
        """Whether the gradient vanishes there, in units of the deviance."""
        return self.decrement < CONVERGED


def minimise(objective: Objective, start: Floats, *, enough: float = _ENOUGH) -> Optimum | None:
    """Descend until a further step promises less than `enough`; None if the start implies no covariance matrix.

    Levenberg-Marquardt steps on the expected information, which is always positive definite; close to the optimum
    on the observed information, which gets there quadratically.
    """
    point = objective.at(start)
    if point is None:
        return None
    decrement = np.inf
    for _ in range(_MAX_STEPS):
        gradient = objective.gradient(point)
        hessian = objective.information(point, observed=decrement < _CLOSE)
        if decrement < _CLOSE and not _positive(hessian):
            hessian = objective.information(point)
        step, decrement = _step(hessian, gradient, 0.0)
        if decrement < enough:
            break
        advanced = _advance(objective, point, hessian, gradient, step)
        if advanced is None:
            break
        point = advanced
    return Optimum(point, float(decrement))


def _positive(matrix: Floats) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _step(fisher: Floats, gradient: Floats, damping: float) -> tuple[Floats, float]:
    """The scoring step and the fall of the deviance that it promises."""
    scale = np.sqrt(np.maximum(np.diag(fisher), 1e-300))
    scaled = fisher / np.outer(scale, scale) + (damping + 1e-13) * np.eye(len(scale))
    half = -gradient / (2 * scale)
    try:
        moved = np.linalg.solve(scaled, half)
    except np.linalg.LinAlgError:
        moved = np.linalg.lstsq(scaled, half, rcond=None)[0]
    return moved / scale, float(abs(half @ moved))


def _advance(objective: Objective, point: Point, hessian: Floats, gradient: Floats, step: Floats) -> Point | None:
    """The next lower point: the full step if it descends, else the least damped one that does."""
    damping = 1e-3
    while damping < 1e12:
        tried = objective.at(point.theta + step)
        if tried is not None and tried.deviance < point.deviance:
            return tried
        step, _ = _step(hessian, gradient, damping)
        damping *= 10
    return None


def starts(layout: Layout, moments: Sequence[tuple[Floats, Floats]], share: float, effect: float) -> Floats:
    """Start values (Q,) from each group's means and covariances.

    `share` is the part of an observed variable's variance that its factors start with; `effect` the start of effects
    between variables of one level. Equal parameters start at the mean of their groups' values.
    """
    total, count = np.zeros(len(layout.labels)), np.zeros(len(layout.labels))
    for group, (mean, covariance) in zip(layout.groups, moments, strict=True):
        variance = _start_variances(group, covariance, share)
        for row, column, own in group.a_at:
            index = group.parameters[own]
            total[index] += _start_effect(group, covariance, variance, (int(row), int(column)), share, effect)
            count[index] += 1
        for row, column, own in group.s_at:
            index = group.parameters[own]
            total[index] += variance[row] if row == column else 0.0
            count[index] += 1
        for row, own in group.m_at:
            index = group.parameters[own]
            total[index] += mean[row] if row < group.n_observed else 0.0
            count[index] += 1
    return total / np.maximum(count, 1)


def _indicators(group: GroupLayout, latent: int) -> list[int]:
    loaded = {int(row) for row, column, _ in group.a_at if column == latent and row < group.n_observed}
    return sorted(loaded | {int(row) for row in np.flatnonzero(group.a[: group.n_observed, latent])})


def _start_variances(group: GroupLayout, covariance: Floats, share: float) -> Floats:
    """Start of every variable's own variance: (1 - share) of an observed one's, and of a factor's what it explains."""
    variance = np.diag(group.s).copy()
    free = {int(row) for row, column, _ in group.s_at if row == column}
    for index in free:
        if index < group.n_observed:
            variance[index] = (1 - share) * covariance[index, index]
            continue
        loaded = _indicators(group, index)
        factors = [int((group.a[item, group.n_observed :] != 0).sum()) for item in loaded]
        spread = [covariance[item, item] for item in loaded]
        part = share if max(factors, default=1) < 2 or len(loaded) > 1 else 1 - share
        variance[index] = part * float(np.mean(spread)) if loaded else 1.0
        if len(loaded) > 1 and (marked := [item for item in loaded if group.a[item, index] != 0]):
            variance[index] = part * covariance[marked[0], marked[0]] / group.a[marked[0], index] ** 2
    return variance


def _start_effect(
    group: GroupLayout, covariance: Floats, variance: Floats, at: tuple[int, int], share: float, effect: float
) -> float:
    row, column = at
    if row >= group.n_observed or column < group.n_observed:
        return effect
    reference = _indicators(group, column)[0]
    direction = 1.0 if row == reference or covariance[row, reference] >= 0 else -1.0
    return float(direction * np.sqrt(share * covariance[row, row] / max(variance[column], 1e-12)))
