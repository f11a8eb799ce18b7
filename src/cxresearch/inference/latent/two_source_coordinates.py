"""Three ways to name the two-source model's five variance components, each free of constraints and each with one
coordinate (the third) that is of interest: the correlation, the slope, or the share of all customer variance.

Each returns the components (B, 5), their derivatives (B, 5, 5) [component, coordinate], and a function that turns the
deviance's gradient by component (B, 5) into what the coordinates' curvature adds to the Hessian (B, 5, 5).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cxresearch.moments import Floats

Bend = Callable[[Floats], Floats]
Coordinates = Callable[[Floats], tuple[Floats, Floats, Bend]]


def _symmetric(shape: tuple[int, int, int], entries: dict[tuple[int, int], Floats]) -> Floats:
    matrix = np.zeros(shape)
    for (row, column), values in entries.items():
        matrix[:, row, column] = matrix[:, column, row] = values
    return matrix


def by_correlation(places: Floats) -> tuple[Floats, Floats, Bend]:
    """Log tau2_ex, log tau2_cx, atanh rho, log sigma2_ex, log sigma2_cx: covariance = rho sqrt(tau2_ex tau2_cx)."""
    te, tc, se, sc = np.exp(places[:, [0, 1, 3, 4]]).T
    rho, size = np.tanh(places[:, 2]), np.sqrt(te * tc)
    shared, turn = rho * size, (1 - rho * rho) * size
    slopes = np.zeros((len(places), 5, 5))
    slopes[:, 0, 0], slopes[:, 1, 1], slopes[:, 3, 3], slopes[:, 4, 4] = te, tc, se, sc
    slopes[:, 2, 0] = slopes[:, 2, 1] = shared / 2
    slopes[:, 2, 2] = turn

    def bend(g: Floats) -> Floats:
        quarter = g[:, 2] * shared / 4
        half = g[:, 2] * turn / 2
        entries = {
            (0, 0): g[:, 0] * te + quarter,
            (1, 1): g[:, 1] * tc + quarter,
            (0, 1): quarter,
            (0, 2): half,
            (1, 2): half,
            (2, 2): -2 * rho * g[:, 2] * turn,
            (3, 3): g[:, 3] * se,
            (4, 4): g[:, 4] * sc,
        }
        return _symmetric((len(places), 5, 5), entries)

    return np.column_stack([te, tc, shared, se, sc]), slopes, bend


def by_slope(places: Floats) -> tuple[Floats, Floats, Bend]:
    """Log tau2_ex, log omega, beta, log sigma2_ex, log sigma2_cx: covariance = beta tau2_ex, omega what is left of CX.

    tau2_cx = beta^2 tau2_ex + omega.
    """
    te, omega, se, sc = np.exp(places[:, [0, 1, 3, 4]]).T
    beta = places[:, 2]
    slopes = np.zeros((len(places), 5, 5))
    slopes[:, 0, 0], slopes[:, 3, 3], slopes[:, 4, 4] = te, se, sc
    slopes[:, 1, 0], slopes[:, 1, 1], slopes[:, 1, 2] = beta**2 * te, omega, 2 * beta * te
    slopes[:, 2, 0], slopes[:, 2, 2] = beta * te, te

    def bend(g: Floats) -> Floats:
        entries = {
            (0, 0): te * (g[:, 0] + beta**2 * g[:, 1] + beta * g[:, 2]),
            (0, 2): te * (2 * beta * g[:, 1] + g[:, 2]),
            (1, 1): g[:, 1] * omega,
            (2, 2): 2 * te * g[:, 1],
            (3, 3): g[:, 3] * se,
            (4, 4): g[:, 4] * sc,
        }
        return _symmetric((len(places), 5, 5), entries)

    return np.column_stack([te, beta**2 * te + omega, beta * te, se, sc]), slopes, bend


def by_share(places: Floats) -> tuple[Floats, Floats, Bend]:
    """Log tau2_ex, log omega, h, log sigma2_ex, log sigma2_cx, with h = s / sqrt(1 - s^2).

    s^2 is the share of all customer variance tau2_cx + sigma2_cx that goes with the latent EX of units:
    covariance = h sqrt(tau2_ex (omega + sigma2_cx)), tau2_cx = omega + h^2 (omega + sigma2_cx).
    """
    te, omega, se, sc = np.exp(places[:, [0, 1, 3, 4]]).T
    h, rest = places[:, 2], omega + sc
    size = np.sqrt(te * rest)
    shared, first, second = h * size, omega / rest, sc / rest
    slopes = np.zeros((len(places), 5, 5))
    slopes[:, 0, 0], slopes[:, 3, 3], slopes[:, 4, 4] = te, se, sc
    slopes[:, 1, 1], slopes[:, 1, 2], slopes[:, 1, 4] = omega * (1 + h * h), 2 * h * rest, h * h * sc
    slopes[:, 2, 0], slopes[:, 2, 1], slopes[:, 2, 4] = shared / 2, shared * first / 2, shared * second / 2
    slopes[:, 2, 2] = size

    def bend(g: Floats) -> Floats:
        of_cx, of_both = g[:, 1], g[:, 2]
        entries = {
            (0, 0): g[:, 0] * te + of_both * shared / 4,
            (0, 1): of_both * shared * first / 4,
            (0, 4): of_both * shared * second / 4,
            (0, 2): of_both * size / 2,
            (1, 1): of_cx * omega * (1 + h * h) + of_both * shared * (first / 2 - first**2 / 4),
            (4, 4): g[:, 4] * sc + of_cx * h * h * sc + of_both * shared * (second / 2 - second**2 / 4),
            (1, 4): -of_both * shared * first * second / 4,
            (1, 2): 2 * of_cx * h * omega + of_both * size * first / 2,
            (2, 4): 2 * of_cx * h * sc + of_both * size * second / 2,
            (2, 2): 2 * of_cx * rest,
            (3, 3): g[:, 3] * se,
        }
        return _symmetric((len(places), 5, 5), entries)

    return np.column_stack([te, omega + h * h * rest, shared, se, sc]), slopes, bend
