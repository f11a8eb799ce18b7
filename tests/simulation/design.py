"""Organisations drawn with a known truth, straight to the moments of their units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats, Ints, ScoreMoments

N_EMPLOYEES, N_CUSTOMERS = 8, 20
"""People a unit has on average."""
ICC_EX, ICC_CX = 0.12, 0.06
"""Shares of the variance of single answers that lie between units; the variance of single answers is 1."""


@dataclass(frozen=True)
class Condition:
    """One cell of the simulation.

    Attributes
    ----------
    n_units : units. equal : whether all have the same number of people; otherwise numbers vary about fivefold.
    correlation : of the units' true employee and customer scores. surveyed : whether employee scores are means of those
        who answered; otherwise the true scores are known.
    """

    n_units: int
    equal: bool
    correlation: float
    surveyed: bool

    @property
    def slope(self) -> float:
        """Of the true customer score on the true employee score."""
        return self.correlation * float(np.sqrt(ICC_CX / ICC_EX))


@dataclass(frozen=True)
class Organisation:
    """One draw: moments of each side's answers by unit, and the units' true employee scores."""

    ex: ScoreMoments
    cx: ScoreMoments
    true_ex: Floats


CONDITIONS = tuple(
    Condition(n_units, equal, correlation, surveyed)
    for surveyed in (True, False)
    for n_units in (20, 40, 100)
    for equal in (True, False)
    for correlation in (0.0, 0.4)
)


def draw(condition: Condition, rng: np.random.Generator) -> Organisation:
    """Draw an organisation: bivariate normal unit scores, normal answers about them."""
    first, second = rng.standard_normal((2, condition.n_units))
    rho = condition.correlation
    ex = np.sqrt(ICC_EX) * first
    cx = np.sqrt(ICC_CX) * (rho * first + np.sqrt(1 - rho**2) * second)
    sides = (
        _answers(score, 1 - share, _sizes(condition, mean, rng), rng)
        for score, share, mean in ((ex, ICC_EX, N_EMPLOYEES), (cx, ICC_CX, N_CUSTOMERS))
    )
    return Organisation(*sides, ex)


def _sizes(condition: Condition, mean: int, rng: np.random.Generator) -> Ints:
    if condition.equal:
        return np.full(condition.n_units, mean, dtype=np.int64)
    spread = rng.choice([0.4, 0.6, 0.8, 1.2, 2.0], condition.n_units)
    return np.maximum(np.rint(mean * spread), 2).astype(np.int64)


def _answers(score: Floats, within: float, n: Ints, rng: np.random.Generator) -> ScoreMoments:
    """Sufficient statistics of normal answers, drawn from their exact distributions."""
    mean = score + np.sqrt(within / n) * rng.standard_normal(len(n))
    return ScoreMoments(n, mean, within * rng.chisquare(n - 1))
