"""Likelihood of two scores that different people gave the same units, from the units' means and the spread within.

A person's score is the unit's latent score plus the person's own deviation. The latent scores of a unit's two sides
have the variances tau2_ex and tau2_cx and a covariance; a unit's observed means differ from them by sampling error:
sigma2 k_j with k_j = 1 / n_j (or (1 / n_j)(1 - n_j / N_j) in a finite unit), or a known variance. Units with one side
only count with that side. The deviance is linear algebra of 2 by 2 blocks, all units and all parameter values at once;
gradient and Hessian in the five variance components are exact, for the full and for the restricted likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxresearch.inference.latent.two_source_sides import Side
from cxresearch.moments import Floats

COMPONENTS = ("tau2_ex", "tau2_cx", "covariance", "sigma2_ex", "sigma2_cx")
LOG_2PI = float(np.log(2 * np.pi))
_TYPE = np.array([0, 1, 2, 0, 1])
"""Which element of a unit's block each component adds to: EX variance, CX variance, covariance."""
_WEIGHT = np.array([0, 0, 0, 1, 2])
"""With which weight 1, k_ex, k_cx each component adds to it."""
_PAIRS = np.array([[0, 2, 3], [2, 1, 4], [3, 4, 5]])
"""Where the second derivative by two elements of the block stands among the six that are computed."""
_WEIGHTS = np.array(
    [
        [0, 0, 0, 1, 2],
        [0, 0, 0, 1, 2],
        [0, 0, 0, 1, 2],
        [1, 1, 1, 3, 5],
        [2, 2, 2, 5, 4],
    ]
)
"""Which weight 1, k_ex, k_cx, k_ex^2, k_cx^2, k_ex k_cx goes with two components."""
_BLOCK = np.array([[0, 2, 1], [1, 3, 5], [2, 4, 3]])
"""Which of a^2, ac, c^2, bc, b^2, ab + c^2 make V^-1 V_k V^-1 of each type (the third's outer blocks twice)."""


def _inverse(ex: Side, cx: Side, components: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Elements (B, J) of the inverse of each unit's block, zero where a side is absent, and the log determinants."""
    tau_e, tau_c, covariance, sigma_e, sigma_c = (column[:, None] for column in components.T)
    first, second = tau_e + sigma_e * ex.error, tau_c + sigma_c * cx.error
    both = ex.present & cx.present
    shared = np.where(both, covariance, 0.0)
    determinant = np.maximum(first * second - shared**2, 1e-14 * first * second)
    top, bottom = ex.present * second / determinant, cx.present * first / determinant
    log_determinant = np.log(
        np.where(both, determinant, np.where(ex.present, first, np.where(cx.present, second, 1.0)))
    )
    return top, bottom, -shared / determinant, log_determinant


def _together(*parts: Floats) -> Floats:
    """Arrays (B, J) as one (B, K, J)."""
    joined = np.empty((parts[0].shape[0], len(parts), parts[0].shape[1]))
    for place, part in enumerate(parts):
        joined[:, place] = part
    return joined


def _blocks(of_ex: Floats, of_both: Floats, of_cx: Floats, size: int) -> Floats:
    """Matrices (..., 2 Q, 2 Q) from their blocks (..., Q * Q)."""
    shape = (*of_ex.shape[:-1], size, size)
    joined = np.empty((*of_ex.shape[:-1], 2 * size, 2 * size))
    joined[..., :size, :size], joined[..., size:, size:] = of_ex.reshape(shape), of_cx.reshape(shape)
    joined[..., :size, size:] = joined[..., size:, :size] = of_both.reshape(shape)
    return joined


@dataclass(frozen=True, slots=True)
class TwoSourceLikelihood:
    """-2 log likelihood of the rows of both sides; the means' coefficients are at their best (GLS).

    Attributes
    ----------
    ex, cx : the sides, over the same units. design : (J, Q) unit-level predictors of both means, first the constant.
    restricted : whether the likelihood is the restricted one (REML).
    weights : (6, J) 1, k_ex, k_cx, k_ex^2, k_cx^2, k_ex k_cx. columns : (J, 3 Q) predictors by the first three of them.
    squares : (J, Q Q) products of predictors. squares_by : (J, 3 Q Q) the same by the first three weights.
    """

    ex: Side
    cx: Side
    design: Floats
    restricted: bool
    weights: Floats = field(init=False)
    squares: Floats = field(init=False)
    columns: Floats = field(init=False)
    squares_by: Floats = field(init=False)

    def __post_init__(self) -> None:
        e, c = self.ex.error, self.cx.error
        weights = np.stack([np.ones(len(e)), e, c, e * e, c * c, e * c])
        squares = (self.design[:, :, None] * self.design[:, None, :]).reshape(len(e), -1)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "squares", squares)
        for name, values in (("columns", self.design), ("squares_by", squares)):
            by_weight = weights[:3].T[:, :, None] * values[:, None, :]
            object.__setattr__(self, name, by_weight.reshape(len(e), -1))

    def deviance(self, components: Floats) -> tuple[Floats, Floats, Floats]:
        """Deviances (B,), gradients (B, 5) and Hessians (B, 5, 5) at `components` (B, 5)."""
        a, b, c, log_determinant = _inverse(self.ex, self.cx, components)
        m = self._normal(a, b, c)
        inverse: Floats = np.linalg.inv(m).astype(np.float64)
        first, second, u, v = self._residuals(a, b, c, inverse)
        value = log_determinant.sum(axis=1) + (u * first + v * second).sum(axis=1)
        value += (self.ex.n_values + self.cx.n_values) * LOG_2PI + self.ex.log_n + self.cx.log_n
        within, slope, bend = self._within(components)
        aa, ac, cc, bc, bb, ab = a * a, a * c, c * c, b * c, b * b, a * b
        s11, s12, s22 = u * u, u * v, v * v
        bend -= self._mean_bend((a * u, c * u, c * v, b * v, a * v + c * u, c * v + b * u), inverse)
        if self.restricted:
            products = (aa, ac, cc, bc, bb, ab + cc)
            value += np.linalg.slogdet(m)[1] - 2 * self.design.shape[1] * LOG_2PI
            w11, w12, w22 = self._leverage(products, inverse)
            s11, s12, s22 = s11 + w11, s12 + w12, s22 + w22
            bend -= self._determinant_bend(products, inverse)
        gradient = _together(a - s11, b - s22, 2 * (c - s12)) @ self.weights[:3].T
        elements = _together(
            2 * s11 * a - aa,
            2 * s22 * b - bb,
            2 * s12 * c - cc,
            2 * (a * s12 + c * s11 - ac),
            2 * (b * s12 + c * s22 - bc),
            2 * (s11 * b + 2 * s12 * c + s22 * a - ab - cc),
        )
        hessian = (elements @ self.weights.T)[:, _PAIRS[_TYPE[:, None], _TYPE], _WEIGHTS]
        return value + within, gradient[:, _TYPE, _WEIGHT] + slope, hessian + bend

    def _normal(self, a: Floats, b: Floats, c: Floats) -> Floats:
        """X' V^-1 X, (B, 2 Q, 2 Q)."""
        return _blocks(a @ self.squares, c @ self.squares, b @ self.squares, self.design.shape[1])

    def _residuals(self, a: Floats, b: Floats, c: Floats, inverse: Floats) -> tuple[Floats, ...]:
        """Deviations of EX and CX from their fitted means, and V^-1 times them, all (B, J)."""
        x, y, size = self.ex.mean, self.cx.mean, self.design.shape[1]
        right = np.concatenate([(a * x + c * y) @ self.design, (c * x + b * y) @ self.design], axis=1)
        beta = (inverse @ right[:, :, None])[:, :, 0]
        first, second = x - beta[:, :size] @ self.design.T, y - beta[:, size:] @ self.design.T
        return first, second, a * first + c * second, c * first + b * second

    def _within(self, components: Floats) -> tuple[Floats, Floats, Floats]:
        """The part of the rows' deviations from their unit's mean, which tell of sigma2 only."""
        value = np.zeros(len(components))
        gradient, hessian = np.zeros((len(components), 5)), np.zeros((len(components), 5, 5))
        for place, side in ((3, self.ex), (4, self.cx)):
            if side.known:
                continue
            sigma2 = components[:, place]
            value += side.rest * np.log(sigma2) + side.ss / sigma2
            gradient[:, place] = side.rest / sigma2 - side.ss / sigma2**2
            hessian[:, place, place] = 2 * side.ss / sigma2**3 - side.rest / sigma2**2
        return value, gradient, hessian

    def _leverage(self, products: tuple[Floats, ...], inverse: Floats) -> tuple[Floats, ...]:
        """V^-1 X (X' V^-1 X)^-1 X' V^-1 of each unit: elements (B, J)."""
        aa, ac, cc, bc, bb, crossed = products
        size = self.design.shape[1]
        parts = (inverse[:, :size, :size], inverse[:, :size, size:], inverse[:, size:, size:])
        h11, h12, h22 = (part.reshape(len(inverse), -1) @ self.squares.T for part in parts)
        return (
            aa * h11 + 2 * ac * h12 + cc * h22,
            ac * h11 + crossed * h12 + bc * h22,
            cc * h11 + 2 * bc * h12 + bb * h22,
        )

    def _mean_bend(self, products: tuple[Floats, ...], inverse: Floats) -> Floats:
        """2 (X' V^-1 V_k u)' M^-1 (X' V^-1 V_l u): how the coefficients follow the components, (B, 5, 5)."""
        sums = (_together(*products) @ self.columns).reshape(len(inverse), 3, 2, 3, -1)
        moved = np.moveaxis(sums[:, _TYPE, :, _WEIGHT], 0, 1).reshape(len(inverse), 5, -1)
        return np.asarray(2 * moved @ inverse @ np.swapaxes(moved, 1, 2))

    def _determinant_bend(self, products: tuple[Floats, ...], inverse: Floats) -> Floats:
        """trace(M^-1 G_k M^-1 G_l) with G_k = X' V^-1 V_k V^-1 X, (B, 5, 5)."""
        sums = (_together(*products) @ self.squares_by).reshape(len(inverse), 6, 3, -1)
        twice = np.array([1, 1, 2, 1, 1])[:, None]
        upper, side, lower = (sums[:, kinds[_TYPE], _WEIGHT] for kinds in _BLOCK)
        turned = inverse[:, None] @ _blocks(twice * upper, side, twice * lower, self.design.shape[1])
        flat = turned.reshape(len(inverse), 5, -1)
        crossed = np.swapaxes(turned, 2, 3).reshape(len(inverse), 5, -1)
        return np.asarray(flat @ np.swapaxes(crossed, 1, 2))
