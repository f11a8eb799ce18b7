"""Likelihood of a cumulative logit with a normal intercept for each unit, by adaptive Gauss-Hermite quadrature.

Unit j contributes log of the integral over u of exp(g_j(x_j'b + sd u) - u^2 / 2) / sqrt(2 pi), g_j being the log
likelihood of its category counts. The nodes are placed at the integrand's mode and scaled by its curvature there
(Pinheiro and Bates 1995); one node is Laplace's approximation. The gradient is that of the approximation itself: the
nodes move with the parameters, by the implicit derivative of the mode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logsumexp

from cxresearch.inference.categories.cumulative_logit import CategoryData, spacing
from cxresearch.moments import Floats

_MODE_STEPS = 100
_SETTLED = 1e-9


@dataclass(frozen=True, slots=True)
class Quadrature:
    """Nodes and log weights (Q,) of a standard normal variable, the weights times exp(z^2 / 2)."""

    nodes: Floats
    log_weights: Floats


def quadrature(n_points: int) -> Quadrature:
    """Gauss-Hermite quadrature with `n_points` nodes; 1 is Laplace's approximation."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_points)
    return Quadrature(nodes, np.log(weights / np.sqrt(2 * np.pi)) + nodes**2 / 2)


@dataclass(frozen=True, slots=True)
class _Mode:
    """The integrand's mode (J,) of each unit, its scale, and derivatives of the log likelihood there.

    first, second, third : (J,) by the linear predictor. curve, skew : (J, M) each threshold's part of the last two,
    without their signs.
    """

    place: Floats
    scale: Floats
    first: Floats
    second: Floats
    third: Floats
    curve: Floats
    skew: Floats


def _curvature(data: CategoryData, at: Floats) -> tuple[Floats, Floats, Floats]:
    """First derivative by the linear predictor (J,), each threshold's curvature (J, M), and its F (J, M)."""
    share = expit(at)
    total = data.lower + data.upper
    return (total * share - data.lower).sum(axis=1), total * share * (1 - share), share


def _mode(data: CategoryData, thresholds: Floats, eta: Floats, sd: float) -> _Mode:
    """Newton's steps inside a bracket, halved where they do not shrink: the derivative sd g' - u falls in u."""
    place = np.zeros(len(eta))
    reach = abs(sd) * (data.lower + data.upper).sum(axis=1) + 1.0
    low, high, before = -reach, reach, 2 * reach
    for _ in range(_MODE_STEPS):
        first, curve, _ = _curvature(data, thresholds - (eta + sd * place)[:, None])
        slope = sd * first - place
        low, high = np.where(slope > 0, place, low), np.where(slope > 0, high, place)
        step = slope / (1 + sd**2 * curve.sum(axis=1))
        trusted = (place + step >= low) & (place + step <= high) & (2 * np.abs(step) <= before)
        step = np.where(trusted, step, (low + high) / 2 - place)
        place, before = place + step, np.abs(step)
        if before.max() < _SETTLED * (1 + np.abs(place).max()):
            break
    first, curve, share = _curvature(data, thresholds - (eta + sd * place)[:, None])
    second, skew = -curve.sum(axis=1), curve * (1 - 2 * share)
    return _Mode(place, 1 / np.sqrt(1 - sd**2 * second), first, second, skew.sum(axis=1), curve, skew)


def log_likelihood(data: CategoryData, parameters: Floats, rule: Quadrature) -> tuple[float, Floats]:
    """Log likelihood and its gradient at thresholds (M,), slopes (P,) of the scaled design and the sd, in this order.

    The likelihood is that of the single answers, even in the sd.
    """
    count = data.n_thresholds
    thresholds, slopes, sd = parameters[:count], parameters[count:-1], float(parameters[-1])
    eta = data.design @ slopes
    mode = _mode(data, thresholds, eta, sd)
    points = mode.place[:, None] + mode.scale[:, None] * rule.nodes
    at = thresholds - (eta[:, None] + sd * points)[:, :, None]
    lower, total = data.lower[:, None, :], (data.lower + data.upper)[:, None, :]
    height = ((lower - total) * at - total * np.logaddexp(0, -at)).sum(axis=2) - points**2 / 2 + rule.log_weights
    units = logsumexp(height, axis=1)
    weight = np.exp(height - units[:, None])
    by_threshold = lower - total * expit(at)
    first = -by_threshold.sum(axis=2)
    direct = np.column_stack(
        [
            np.einsum("jq,jqm->jm", weight, by_threshold),
            (weight * first).sum(axis=1)[:, None] * data.design,
            (weight * first * points).sum(axis=1),
        ]
    )
    slope = weight * (sd * first - points)
    moving, widening = slope.sum(axis=1), slope @ rule.nodes + 1 / mode.scale
    shift, widths = _node_gradients(data, mode, sd)
    own, distance_slope = spacing(thresholds, data.middle)
    gradient = (direct + moving[:, None] * shift + widening[:, None] * widths).sum(axis=0)
    gradient[:count] += distance_slope
    return float(units.sum() + np.log(mode.scale).sum()) + own, gradient


def _node_gradients(data: CategoryData, mode: _Mode, sd: float) -> tuple[Floats, Floats]:
    """Derivatives (J, M + P + 1) of the mode and of the scale by the parameters."""
    crossed = np.column_stack(
        [
            sd * mode.curve,
            (sd * mode.second)[:, None] * data.design,
            mode.first + sd * mode.place * mode.second,
        ]
    )
    bent = np.column_stack(
        [
            -(sd**2) * mode.skew,
            (sd**2 * mode.third)[:, None] * data.design,
            2 * sd * mode.second + sd**2 * mode.place * mode.third,
        ]
    )
    shift = mode.scale[:, None] ** 2 * crossed
    widths = mode.scale[:, None] ** 3 / 2 * (bent + (sd**3 * mode.third)[:, None] * shift)
    return shift, widths
