"""Where the likelihood of a cumulative logit with random intercepts is highest, and how it bends there.

For any given sd the likelihood is log-concave in thresholds and slopes, so that only the sd can have several optima:
the search starts from several sds.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from cxresearch.inference.categories.cumulative_logit import FARTHEST, CategoryData
from cxresearch.inference.categories.ordinal_likelihood import Quadrature, log_likelihood
from cxresearch.moments import Floats

_STARTS = (0.05, 0.2, 0.5, 1.0, 2.0)
_STEP = 1e-4
_NEWTON = 4
_SETTLED = 1e-5
_RENEWED = 6


class Surface:
    """The likelihood in parameters without constraints: first threshold, log distances, slopes, sd."""

    def __init__(self, data: CategoryData, rule: Quadrature) -> None:
        self.data, self.rule, self.count = data, rule, data.n_thresholds

    def natural(self, free: Floats) -> Floats:
        """Thresholds, slopes and sd from free parameters."""
        out = free.copy()
        out[1 : self.count] = free[0] + np.cumsum(np.exp(free[1 : self.count]))
        return out

    def free(self, natural: Floats) -> Floats:
        """The inverse of `natural`."""
        out = natural.copy()
        out[1 : self.count] = np.log(np.diff(natural[: self.count]))
        return out

    def height(self, natural: Floats) -> tuple[float, Floats]:
        """Log likelihood and its gradient."""
        return log_likelihood(self.data, natural, self.rule)

    def descent(self, free: Floats) -> tuple[float, Floats]:
        """Negative log likelihood and its gradient, in free parameters."""
        value, gradient = self.height(self.natural(free))
        gradient[: self.count] = np.cumsum(gradient[: self.count][::-1])[::-1]
        gradient[1 : self.count] *= np.exp(free[1 : self.count])
        return -value, -gradient

    def information(self, natural: Floats) -> Floats:
        """Negative second derivatives, from central differences of the gradient."""
        rows = []
        for place in range(len(natural)):
            step = np.zeros(len(natural))
            step[place] = _STEP
            rows.append((self.height(natural - step)[1] - self.height(natural + step)[1]) / (2 * _STEP))
        found = np.array(rows)
        return np.asarray((found + found.T) / 2)

    def ordered(self, natural: Floats) -> bool:
        """Whether the thresholds are in order."""
        return bool((np.diff(natural[: self.count]) > 0).all())


def highest_point(surface: Surface, plain: Floats) -> Floats | None:
    """Natural parameters of the maximum, from the fit without random effects; None where there is none."""
    starts = [surface.free(np.append(plain, sd)) for sd in _STARTS]
    order = np.argsort([surface.descent(start)[0] for start in starts])
    found = [
        optimize.minimize(surface.descent, starts[place], jac=True, method="BFGS", options={"gtol": 1e-4})
        for place in order[:2]
    ]
    at = _polished(surface, surface.natural(min(found, key=lambda result: float(result.fun)).x))
    value, gradient = surface.height(at)
    settled = np.abs(gradient).max() < _SETTLED * (1 + abs(value)) ** 0.5
    runaway = np.abs(at[surface.count :]).max() > FARTHEST
    return at if settled and not runaway else None


def _polished(surface: Surface, at: Floats) -> Floats:
    """Newton steps from a point close by, as long as the surface is concave and they lose no height."""
    value, gradient = surface.height(at)
    for _ in range(_NEWTON):
        if np.abs(gradient).max() < 1e-9 * (1 + abs(value)):
            break
        information = surface.information(at)
        if np.linalg.eigvalsh(information)[0] <= 0:
            break
        moved = at + np.linalg.solve(information, gradient)
        if not surface.ordered(moved):
            break
        reached, slope = surface.height(moved)
        if reached < value - 1e-12 * abs(value):
            break
        at, value, gradient = moved, reached, slope
    return at


def conditional_height(surface: Surface, start: Floats, sd: float) -> tuple[Floats, float]:
    """Thresholds and slopes at their best for one sd, where the surface is concave, and the height there.

    Newton's steps, halved until they climb; the curvature is renewed only where they grow slow.
    """
    at = start
    height, gradient = surface.height(np.append(at, sd))
    inverse = np.eye(len(at))
    for turn in range(60):
        if turn % _RENEWED == 0:
            inverse = np.asarray(np.linalg.inv(surface.information(np.append(at, sd))[:-1, :-1]), dtype=np.float64)
        found = _climb(surface, at, height, inverse @ gradient[:-1], sd)
        if found is None:
            break
        gain = found[1] - height
        at, height, gradient = found
        if gain < 1e-9:
            break
    return at, height


def _climb(surface: Surface, at: Floats, height: float, step: Floats, sd: float) -> tuple[Floats, float, Floats] | None:
    for halving in range(20):
        moved = at + step / 2**halving
        if surface.ordered(moved):
            reached, slope = surface.height(np.append(moved, sd))
            if reached >= height:
                return moved, reached, slope
    return None
