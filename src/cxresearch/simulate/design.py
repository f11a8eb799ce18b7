"""What a simulated study is made of: scales of employees, outcomes of customers, process measures, units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxresearch.simulate.ordinal import Floats, thresholds
from cxresearch.simulate.process import UnitProcess

AGREEMENT = (0.04, 0.10, 0.22, 0.41, 0.23)
"""Shares of answers 1..5 as employee pulses tend to have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleModel:
    r"""A scale of the employee survey: K ordinal items of one factor.

    Item k of answer i is the category of
    :math:`\lambda_k \eta_i + \sqrt{1-\lambda_k^2}\,\varepsilon_{ik}`, turned round when the item is reversed.

    Attributes
    ----------
    name : items are called `name_1` … `name_K`.
    loadings : (K,) standardised. reversed : which items (counted from 1) are worded the other way round.
    shares : shares of the categories, lowest first. shifts : (K,) added to each item's thresholds; none if empty.
    minimum : value of the lowest category.
    icc : share of the factor's variance between units and periods.
    linked : correlation of the unit part with the unit's EX; 0 makes the scale unrelated to every customer outcome.
    """

    name: str
    loadings: tuple[float, ...]
    reversed: frozenset[int] = frozenset()
    shares: tuple[float, ...] = AGREEMENT
    shifts: tuple[float, ...] = ()
    minimum: float = 1.0
    icc: float = 0.2
    linked: float = 1.0

    def items(self) -> tuple[str, ...]:
        """Names of the items."""
        return tuple(f"{self.name}_{number}" for number in range(1, len(self.loadings) + 1))

    def cuts(self) -> Floats:
        """Thresholds (K, C-1)."""
        shifts = np.array(self.shifts or (0.0,) * len(self.loadings))
        return np.asarray(thresholds(self.shares) + shifts[:, None])


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeModel:
    """An ordinal question of the customer survey.

    Attributes
    ----------
    shares : shares of the categories, lowest first. minimum : value of the lowest category.
    icc : share of the latent variance between units and periods.
    linked : correlation of the unit part with the unit's CX; 0 makes it a negative control.
    common : share of a customer's own part that all questions of the customer have in common.
    """

    name: str
    shares: tuple[float, ...]
    minimum: float = 1.0
    icc: float = 0.15
    linked: float = 1.0
    common: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessModel:
    """A measure of the unit's processes by period, standardised: on_ex * EX + on_cx * CX + noise with variance 1."""

    name: str
    on_ex: float = 0.0
    on_cx: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A whole simulated study.

    Attributes
    ----------
    n_units, n_periods : J and T. occasions : employee surveys in a period (3 months in a quarter).
    employees : least and greatest number of employees of a unit; the same people all the time.
    customers : least and greatest number of customers asked per unit and period; new people every time.
    employee_response, customer_response : share of those asked that answers, independent of what they would say.
    skipped : share of single answers left out, at random.
    between_scales : correlation of one person's scales, units apart.
    persistent : share of a person's own part that is the same on every occasion; mood : share that a unit's people
    have in common on one occasion.
    exact : whether the stable parts of the units have the true correlations in the very sample.
    """

    n_units: int = 40
    n_periods: int = 1
    occasions: int = 1
    employees: tuple[int, int] = (6, 12)
    customers: tuple[int, int] = (10, 30)
    process: UnitProcess = field(default_factory=UnitProcess)
    scales: tuple[ScaleModel, ...] = (ScaleModel(name="ex", loadings=(0.7, 0.75, 0.8, 0.65)),)
    outcomes: tuple[OutcomeModel, ...] = (OutcomeModel(name="cx", shares=(0.03, 0.05, 0.12, 0.4, 0.4)),)
    processes: tuple[ProcessModel, ...] = ()
    employee_response: float = 1.0
    customer_response: float = 1.0
    skipped: float = 0.0
    between_scales: float = 0.5
    persistent: float = 0.4
    mood: float = 0.03
    exact: bool = False

    def __post_init__(self) -> None:
        if min(self.n_units, self.n_periods, self.occasions, self.employees[0], self.customers[0]) < 1:
            raise ValueError("units, periods, occasions, employees and customers are counted from 1")
        if self.persistent + self.mood > 1:
            raise ValueError(f"persistent and mood are shares of one whole, got {self.persistent} and {self.mood}")
