"""Oblique rotation of factors to simple structure: direct oblimin with gamma 0 (quartimin)."""

from __future__ import annotations

import numpy as np

from cxresearch.moments import Floats

_ROUNDS = 1000
_GRADIENT = 1e-7


def oblimin(
    loadings: Floats, *, towards: Floats | None = None, starts: int = 8, seed: int = 0
) -> tuple[Floats, Floats]:
    """Rotated loadings (K, M) and factor correlations (M, M) of unrotated `loadings` (K, M).

    Gradient projection (Jennrich 2002; Bernaards and Jennrich 2005) from the identity and from `starts` random
    orthogonal rotations of a fixed seed; the best is kept, since the criterion can have several minima. With `towards`
    (K, M) the only start is the rotation nearest to those loadings. Each factor's sum of loadings is not negative.
    """
    n_factors = loadings.shape[1]
    if n_factors == 1:
        return loadings.copy(), np.ones((1, 1))
    found = [_project(loadings, turn) for turn in _turns(loadings, towards, starts, seed)]
    _, rotation = min(found, key=lambda pair: pair[0])
    rotated = loadings @ np.linalg.inv(rotation).T
    sign = np.where(rotated.sum(axis=0) < 0, -1.0, 1.0)
    return rotated * sign, (rotation.T @ rotation) * np.outer(sign, sign)


def _turns(loadings: Floats, towards: Floats | None, starts: int, seed: int) -> list[Floats]:
    n_factors = loadings.shape[1]
    if towards is not None:
        turn = np.linalg.inv(np.linalg.lstsq(loadings, towards, rcond=None)[0]).T
        return [turn / np.sqrt((turn**2).sum(axis=0))]
    rng = np.random.default_rng(seed)
    return [np.eye(n_factors), *(np.linalg.qr(rng.normal(size=(n_factors, n_factors)))[0] for _ in range(starts))]


def _quartimin(rotated: Floats) -> tuple[float, Floats]:
    squared = rotated**2
    others = squared.sum(axis=1, keepdims=True) - squared
    return float((squared * others).sum() / 4), rotated * others


def _project(loadings: Floats, turn: Floats) -> tuple[float, Floats]:
    step = 1.0
    rotated = loadings @ np.linalg.inv(turn).T
    value, slope = _quartimin(rotated)
    for _ in range(_ROUNDS):
        gradient = -(rotated.T @ slope @ np.linalg.inv(turn)).T
        projected = gradient - turn * (turn * gradient).sum(axis=0)
        size = float(np.sqrt((projected**2).sum()))
        if size < _GRADIENT:
            break
        step *= 2
        for _halving in range(20):
            moved = turn - step * projected
            moved = moved / np.sqrt((moved**2).sum(axis=0))
            rotated = loadings @ np.linalg.inv(moved).T
            reached, slope = _quartimin(rotated)
            if reached < value - 0.5 * size**2 * step:
                break
            step /= 2
        turn, value = moved, reached
    return value, turn
