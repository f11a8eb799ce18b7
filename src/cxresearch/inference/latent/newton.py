"""Newton's method from many starting points at once, for smooth functions of few variables with exact derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxresearch.moments import Floats

Evaluate = Callable[[Floats], tuple[Floats, Floats, Floats]]
"""Places (B, P) to values (B,), gradients (B, P) and Hessians (B, P, P)."""

FARTHEST = 2.0
"""Longest step in any one variable; the variables are logarithms or of their size."""
MOST_STEPS = 200
_SHRINK = 0.25
_FLATTEST = 1e-12
_SMALL = 0.01


@dataclass(frozen=True, slots=True)
class Minima:
    """Where each start ended.

    Attributes
    ----------
    places : (B, P). values : (B,). converged : (B,) whether Newton's decrement, the fall that the quadratic model still
        promises, was below the tolerance.
    """

    places: Floats
    values: Floats
    converged: NDArray[np.bool_]

    @property
    def best(self) -> int:
        """The start that ended lowest."""
        return int(np.argmin(self.values))


def newton_step(gradient: Floats, hessian: Floats, free: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Steps (B, P) downhill, and their decrements (B,): g' |H|^-1 g with |H| of H's eigenvalues in absolute value.

    `free` (B, P) names the variables that may move. Where H is positive definite, the step is Newton's.
    """
    slope = np.where(free, gradient, 0.0)
    both = free[:, :, None] & free[:, None, :]
    curved = np.where(both, hessian, np.eye(hessian.shape[1]))
    values, vectors = np.linalg.eigh(curved)
    size = np.abs(values)
    size = np.maximum(size, np.maximum(size.max(axis=1, keepdims=True), 1.0) * _FLATTEST)
    along = (slope[:, None, :] @ vectors)[:, 0]
    step = -(vectors @ (along / size)[:, :, None])[:, :, 0]
    decrement = (along**2 / size).sum(axis=1)
    longest = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, FARTHEST / np.maximum(longest, 1e-300)), decrement


def minimise(
    evaluate: Evaluate,
    starts: Floats,
    free: NDArray[np.bool_] | None = None,
    *,
    tolerance: float = 1e-8,
    rivals: NDArray[np.bool_] | None = None,
) -> Minima:
    """Minimise from each of `starts` (B, P); variables that `free` (B, P) does not name stay where they start.

    A step that does not fall is shortened, so that every start ends no higher than it began. Where the decrement is at
    most `tolerance`, a last step is taken on trust, its fall being half the decrement: Newton's method doubles the
    right digits with every step. Starts that have ended are not evaluated again; nor are those of `rivals` (B,), which
    are wanted only if they end lowest, once they promise less than a twentieth of what the lowest is ahead.
    """
    place = np.array(starts, dtype=np.float64)
    moving = np.ones(place.shape, dtype=bool) if free is None else free
    value, gradient, hessian = evaluate(place)
    step, decrement = newton_step(gradient, hessian, moving)
    active = np.flatnonzero(decrement > tolerance)
    for _ in range(MOST_STEPS):
        if not len(active):
            break
        new_value, gradient, hessian = evaluate(place[active] + step[active])
        fell = new_value <= value[active] + 1e-13 * np.abs(value[active])
        accepted = active[fell]
        place[accepted] += step[accepted]
        value[accepted] = new_value[fell]
        step[accepted], decrement[accepted] = newton_step(gradient[fell], hessian[fell], moving[accepted])
        step[active[~fell]] *= _SHRINK
        stuck = np.abs(step[active]).max(axis=1) < 1e-13
        active = active[(decrement[active] > tolerance) & ~stuck]
        if rivals is not None:
            beaten = (decrement[active] < _SMALL) & (value[active] - value.min() > 20 * decrement[active])
            active = active[~(rivals[active] & beaten)]
    ended = decrement <= tolerance
    place[ended] += step[ended]
    return Minima(place, value - np.where(ended, decrement / 2, 0.0), decrement <= np.sqrt(tolerance))
