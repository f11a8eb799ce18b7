"""Profile-likelihood intervals of the two-source model: the values that the data do not contradict.

At each value of the quantity all others are at their best. A correlation stays possible wherever a side could have no
variance between units at all, which caps the profile: a weak side makes the interval reach -1 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from cxresearch.inference.latent.newton import minimise
from cxresearch.inference.latent.two_source import NOTHING, PERFECT, TwoSourceFit, free_coordinates, objective
from cxresearch.inference.latent.two_source_coordinates import Coordinates, by_correlation, by_share, by_slope
from cxresearch.moments import Floats

Interval = tuple[float, float]

_GRID = np.array([-1.0, -0.97, -0.9, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 0.9, 0.97, 1.0])
_FAR = 60
"""How often the search for an interval's end may double its distance."""


def _profile(fit: TwoSourceFit, coordinates: Coordinates, place: Floats, fixed: int, values: Floats) -> Floats:
    """Least deviance (B,) with coordinate `fixed` at each of `values` (B,), from `place` and from nearer 0 variance."""
    starts = np.repeat(place[None, :], 2 * len(values), axis=0)
    starts[:, fixed] = np.repeat(values, 2)
    starts[1::2, :2] -= 2.0 * (np.arange(2) != fixed)
    free = np.tile(free_coordinates(fit.likelihood), (len(starts), 1))
    free[:, fixed] = False
    found = minimise(objective(fit.likelihood, coordinates), starts, free)
    return np.asarray(found.values.reshape(-1, 2).min(axis=1) + fit.shift)


def correlation_profile(fit: TwoSourceFit, correlations: Floats) -> Floats:
    """Deviance (B,) at each of `correlations` (B,), all other parameters at their best: the curve under an interval."""
    with np.errstate(divide="ignore"):
        z = np.clip(np.arctanh(correlations), -PERFECT, PERFECT)
    found = _profile(fit, by_correlation, _interior(fit), 2, z)
    return np.minimum(found, min(fit.deviance_flat_ex, fit.deviance_flat_cx))


def _interior(fit: TwoSourceFit) -> Floats:
    """The fit's place, variances of 0 lifted off their boundary, from which a search starts."""
    place = fit.place.copy()
    place[:2] = np.maximum(place[:2], -8.0)
    return place


def _cut(fit: TwoSourceFit, level: float) -> float:
    return fit.deviance + float(stats.chi2.ppf(level, 1))


def correlation_interval(fit: TwoSourceFit, level: float) -> Interval:
    """Values of rho whose likelihood-ratio test does not reject them at 1 - `level`; within -1..1."""
    if fit.rho is None:
        return -1.0, 1.0
    cut = _cut(fit, level)
    grid = np.unique(np.append(_GRID, fit.rho))
    rise = correlation_profile(fit, grid) - cut
    inside = np.flatnonzero(rise <= 0)
    if not len(inside):
        return fit.rho, fit.rho

    def at(rho: float) -> float:
        return float(correlation_profile(fit, np.array([rho]))[0]) - cut

    first, last = int(inside[0]), int(inside[-1])
    low = -1.0 if first == 0 else _root(at, grid[first - 1], grid[first])
    high = 1.0 if last == len(grid) - 1 else _root(at, grid[last], grid[last + 1])
    return low, high


def _root(rise: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(rise, low, high, xtol=1e-9, rtol=1e-12))


def _end(rise: Callable[[float], float], start: float, step: float) -> float:
    """Where `rise`, negative at `start`, crosses zero in the direction of `step`; infinite where it never does."""
    inner, outer = start, start + step
    for _ in range(_FAR):
        if rise(outer) > 0:
            return _root(rise, min(inner, outer), max(inner, outer))
        inner, outer = outer, outer + (outer - start)
    return math.copysign(math.inf, step)


def _rise(
    fit: TwoSourceFit, coordinates: Coordinates, place: Floats, fixed: int, level: float, cap: float = math.inf
) -> Callable[[float], float]:
    """How far the profile lies above the interval's cut at a value of coordinate `fixed`."""
    cut = _cut(fit, level)

    def rise(value: float) -> float:
        return min(float(_profile(fit, coordinates, place, fixed, np.array([value]))[0]), cap) - cut

    return rise


def _place_of(fit: TwoSourceFit, third: float, omega: float) -> Floats:
    """The fit in coordinates whose second is the log of what EX leaves of CX, and whose third is of interest."""
    place = _interior(fit)
    place[1], place[2] = math.log(max(omega, math.exp(NOTHING))), third
    return place


def slope_interval(fit: TwoSourceFit, level: float) -> Interval:
    """Values of the slope of latent CX on latent EX; infinite where EX could have no variance between units."""
    if fit.slope is None or fit.rho is None or fit.deviance_flat_ex <= _cut(fit, level):
        return -math.inf, math.inf
    scale = fit.scale_cx / fit.scale_ex
    omega = float(np.exp(fit.place[1])) * (1 - fit.rho**2)
    place = _place_of(fit, fit.slope / scale, omega)
    step = (fit.slope_se / scale) if fit.slope_se else 0.25 * max(abs(place[2]), 0.1)
    rise = _rise(fit, by_slope, place, 2, level, fit.deviance_flat_ex)
    return _end(rise, float(place[2]), -step) * scale, _end(rise, float(place[2]), step) * scale


def explained_interval(fit: TwoSourceFit, level: float) -> Interval:
    """Values of the share of all customer variance that goes with the units' latent EX; 0 where rho could be 0."""
    if fit.rho is None or fit.explained is None or fit.likelihood.cx.known:
        return 0.0, 1.0
    share = fit.explained
    h = math.copysign(math.sqrt(share / (1 - share)), fit.rho)
    place = _place_of(fit, h, float(np.exp(fit.place[1])) * (1 - fit.rho**2))
    cap = min(fit.deviance_flat_ex, fit.deviance_flat_cx)
    rise, step = _rise(fit, by_share, place, 2, level), 0.1 * abs(h) + 0.02
    low, high = (end**2 / (1 + end**2) for end in (_end(rise, h, -step), _end(rise, h, step)))
    crosses = min(fit.deviance_independent, cap) <= _cut(fit, level)
    return (0.0, max(low, high)) if crosses else (min(low, high), max(low, high))


def variance_interval(fit: TwoSourceFit, side: str, level: float) -> Interval:
    """Values of the variance between units of the `side`, "ex" or "cx"; 0 where that could be all."""
    fixed = 0 if side == "ex" else 1
    flat, scale = (fit.deviance_flat_ex, fit.scale_ex) if fixed == 0 else (fit.deviance_flat_cx, fit.scale_cx)
    place = _interior(fit)
    if abs(place[2]) > 3:
        place[2] = math.copysign(3.0, place[2])
    rise, at = _rise(fit, by_correlation, place, fixed, level), float(place[fixed])
    low = 0.0 if flat <= _cut(fit, level) else math.exp(_end(rise, at, -0.3))
    return low * scale**2, math.exp(_end(rise, at, 0.3)) * scale**2
