"""The global optimum of a fit with random slopes, singular ones included.

Stationary points of lower rank are saddles unless the derivative by D is non-negative wherever D is null; that is
checked, and the search goes on along the direction that fails. So a maximum of the likelihood on the boundary is found
as such, and one inside is not mistaken for it.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from cxresearch.inference.mixed.slope_criterion import covariance_gradient, criterion, solve
from cxresearch.inference.mixed.unit_spans import UnitSpans
from cxresearch.moments import Floats

_SIZES = (0.1, 0.5, 2.0)
"""Random standard deviations to start from, in terms of a unit's own error."""
_ANGLES = 6
_FLAT = 1e-7
"""Deviance per unit of D that counts as none."""
_ROUNDS = 12
LARGEST = 1e5
"""Random standard deviations beyond this many of a unit's own error are a line search going astray."""
_EQUAL = 1e-9


def best_factor(spans: UnitSpans, *, reml: bool) -> Floats:
    """F (q, r) of the smallest deviance; r is the rank of the random covariance, 0 where all variances are 0."""
    size = spans.z.shape[1]
    values = {}
    for place, start in enumerate(_starts(size)):
        values[place] = criterion(spans, start, reml=reml)[0]
    order = sorted(values, key=values.__getitem__)
    starts = _starts(size)
    chosen = [next(p for p in order if starts[p].shape[1] == rank) for rank in {s.shape[1] for s in starts}]
    found = [_descend(spans, starts[place], reml=reml) for place in chosen]
    found.append((criterion(spans, np.zeros((size, 1)), reml=reml)[0], np.zeros((size, 0))))
    best = min(found, key=lambda item: item[0])
    for _ in range(_ROUNDS):
        best = _truncated(spans, *best, reml=reml)
        escaped = _escape(spans, best[1], reml=reml)
        if escaped is None or escaped[0] > best[0] - _EQUAL:
            break
        best = escaped
    return best[1]


def _starts(size: int) -> list[Floats]:
    """Scaled identities, and lines in evenly spread directions."""
    full = [scale * np.eye(size) for scale in _SIZES]
    if size == 1:
        return full
    lines = []
    for first in range(size):
        for second in range(first + 1, size):
            for angle in np.pi * np.arange(_ANGLES) / _ANGLES:
                line = np.zeros((size, 1))
                line[first, 0], line[second, 0] = np.cos(angle), np.sin(angle)
                lines += [scale * line for scale in _SIZES]
    return full + lines


def _descend(spans: UnitSpans, start: Floats, *, reml: bool) -> tuple[float, Floats]:
    """The local optimum over F of the start's rank."""
    per_unit = 1 / len(spans.z)

    def objective(flat: Floats) -> tuple[float, Floats]:
        beyond = max(float(np.abs(flat).max(initial=0.0)) / LARGEST, 1.0)
        value, gradient = criterion(spans, flat.reshape(start.shape) / beyond, reml=reml)
        return value * per_unit + beyond - 1, gradient.ravel() * per_unit + flat * (beyond > 1) / LARGEST**2

    found = optimize.minimize(objective, start.ravel(), jac=True, method="BFGS", options={"gtol": 1e-8})
    factor = np.asarray(found.x, dtype=np.float64).reshape(start.shape)
    return float(found.fun) / per_unit, factor


def _truncated(spans: UnitSpans, value: float, factor: Floats, *, reml: bool) -> tuple[float, Floats]:
    """The same fit with fewer dimensions wherever that costs no deviance."""
    while factor.shape[1]:
        left, sizes, _ = np.linalg.svd(factor, full_matrices=False)
        smaller = (left * sizes)[:, :-1]
        if sizes[-1] > 0.05:
            return value, left * sizes
        if smaller.shape[1]:
            reduced, smaller = _descend(spans, smaller, reml=reml)
        else:
            reduced = criterion(spans, np.zeros((len(factor), 1)), reml=reml)[0]
        if reduced > value + _EQUAL:
            return value, left * sizes
        value, factor = reduced, smaller
    return value, factor


def _escape(spans: UnitSpans, factor: Floats, *, reml: bool) -> tuple[float, Floats] | None:
    """A better fit of one dimension more, where the derivative by D shows a way; None where there is none."""
    size, rank = factor.shape
    if rank == size:
        return None
    at = solve(spans, factor if rank else np.zeros((size, 1)))
    free = spans.n_rows - len(at.beta) * reml
    slopes, ways = np.linalg.eigh(covariance_gradient(at, at.rss / free, reml=reml))
    if slopes[0] > -_FLAT:
        return None
    wider = [np.column_stack([factor, step * ways[:, 0]]) for step in (0.01, 0.1, 0.5)]
    start = min(wider, key=lambda option: criterion(spans, option, reml=reml)[0])
    return _descend(spans, start, reml=reml)
