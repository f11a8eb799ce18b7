"""Minimum of a factor model's discrepancy over the items' unique variances, for a stack of matrices at once.

Loadings are known once the unique variances are (leading eigenvectors), so that only K numbers are sought per matrix:
Newton's method with exact second derivatives, bounds, and halving of steps that do not descend.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxresearch.moments import Floats, Ints

Discrepancy = Callable[[Floats, Ints], Floats]
"""From points (b, K) of the matrices with these indices (b,) to the discrepancy of each (b,)."""
Derivatives = Callable[[Floats, Ints], tuple[Floats, Floats]]
"""From the same to gradients (b, K) and Hessians (b, K, K)."""

GRADIENT = 1e-8
_ROUNDS = 200
_HALVINGS = 30
_LONGEST_STEP = 2.0


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the discrepancies are least: point (B, K), value (B,), converged (B,), at_low (B, K) by the lower bound."""

    point: Floats
    value: Floats
    converged: NDArray[np.bool_]
    at_low: NDArray[np.bool_]


def minimise(discrepancy: Discrepancy, derivatives: Derivatives, start: Floats, low: Floats, high: Floats) -> Minimum:
    """Minimise each row's discrepancy between the bounds `low` and `high` (B, K), from `start` (B, K).

    A row has converged when the gradient, where no bound holds it back, is below `GRADIENT`.
    """
    point = np.clip(start, low, high)
    value = discrepancy(point, np.arange(len(point)))
    converged = np.zeros(len(point), dtype=bool)
    moving = np.arange(len(point))
    for _ in range(_ROUNDS):
        gradient, hessian = derivatives(point[moving], moving)
        held = _held(point[moving], gradient, low[moving], high[moving])
        free = np.where(held, 0.0, gradient)
        done = np.abs(free).max(axis=1) < GRADIENT
        converged[moving[done]] = True
        going = ~done
        moving = moving[going]
        if not len(moving):
            break
        step = _newton_step(free[going], hessian[going], held[going])
        moved = _descend(discrepancy, point, value, moving, step, free[going], (low, high))
        stuck = ~moved
        converged[moving[stuck]] = np.abs(free[going][stuck]).max(axis=1) < 1e3 * GRADIENT
        moving = moving[moved]
        if not len(moving):
            break
    return Minimum(point, value, converged, point <= low)


def _held(point: Floats, gradient: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = ((point <= low) & (gradient > 0)) | ((point >= high) & (gradient < 0))
    return held


def _newton_step(gradient: Floats, hessian: Floats, held: NDArray[np.bool_]) -> Floats:
    """Newton's step over the free coordinates; negative curvature counts as positive, so that every step descends."""
    curved = np.where(held[:, :, None] | held[:, None, :], 0.0, hessian)
    diagonal = np.arange(hessian.shape[1])
    curved[:, diagonal, diagonal] = np.where(held, 1.0, curved[:, diagonal, diagonal])
    values, vectors = np.linalg.eigh(curved)
    size = np.maximum(np.abs(values), 1e-8 * np.abs(values).max(axis=1, keepdims=True) + 1e-300)
    along = np.einsum("bkm,bk->bm", vectors, gradient) / size
    step = -np.einsum("bkm,bm->bk", vectors, along)
    longest = np.abs(step).max(axis=1, keepdims=True)
    shortened: Floats = step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))
    return shortened


def _descend(
    discrepancy: Discrepancy,
    point: Floats,
    value: Floats,
    moving: Ints,
    step: Floats,
    gradient: Floats,
    bounds: tuple[Floats, Floats],
) -> NDArray[np.bool_]:
    """Move the rows in place along their steps, each halved until its discrepancy falls; which rows moved."""
    low, high = bounds
    moved = np.zeros(len(moving), dtype=bool)
    trying = np.arange(len(moving))
    share = 1.0
    for _ in range(_HALVINGS):
        rows = moving[trying]
        tried = np.clip(point[rows] + share * step[trying], low[rows], high[rows])
        reached = discrepancy(tried, rows)
        slope = ((tried - point[rows]) * gradient[trying]).sum(axis=1)
        room = 1e-14 * (1 + np.abs(value[rows]))
        better = np.isfinite(reached) & (reached <= value[rows] + 1e-4 * slope + room) & (slope < 0)
        point[rows[better]], value[rows[better]] = tried[better], reached[better]
        moved[trying[better]] = True
        trying = trying[~better]
        if not len(trying):
            break
        share /= 2
    return moved
