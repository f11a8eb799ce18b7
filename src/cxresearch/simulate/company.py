"""Yritys X: the project company of the example study, invented, with known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.simulate.design import Design, OutcomeModel, ProcessModel, ScaleModel
from cxresearch.simulate.exports import (
    CARELESS,
    QUARTERS,
    aliases,
    customer_export,
    employee_export,
    process_export,
    team_export,
)
from cxresearch.simulate.process import UnitProcess
from cxresearch.simulate.surveys import simulate
from cxresearch.simulate.truth import Truth

SEED = 164
"""Of the seeds 1–200 the one whose unit means lie nearest to their expectations: a typical draw, not a lucky one."""

_RATED = (0.01, 0.03, 0.09, 0.40, 0.47)
"""Shares of ratings 1..5: customers of a project company rate high."""
_RECOMMENDED = (0.004, 0.002, 0.004, 0.007, 0.008, 0.025, 0.03, 0.08, 0.23, 0.26, 0.35)
_EASY = (0.005, 0.01, 0.025, 0.06, 0.17, 0.38, 0.35)


def _rating(name: str, linked: float, icc: float = 0.22) -> OutcomeModel:
    return OutcomeModel(name=name, shares=_RATED, linked=linked, icc=icc)


DESIGN = Design(
    n_units=40,
    n_periods=QUARTERS,
    occasions=3,
    employees=(6, 12),
    customers=(9, 13),
    process=UnitProcess(rho=0.68, stable=0.55, carry_ex=0.45, carry_cx=0.2, ex_to_cx=0.6, cx_to_ex=0.0),
    scales=(
        ScaleModel(name="leadership", loadings=(0.78, 0.82, 0.66, 0.74), shifts=(0.15, -0.2, -0.3, 0.2), linked=0.95),
        ScaleModel(
            name="own_work",
            loadings=(0.8, 0.72, 0.62, 0.6),
            shifts=(0.1, -0.35, -0.1, 0.05),
            reversed=frozenset({3}),
            linked=0.85,
            icc=0.18,
        ),
        ScaleModel(name="cooperation", loadings=(0.8, 0.72, 0.64), shifts=(-0.4, 0.15, 0.3), linked=0.0),
    ),
    outcomes=(
        OutcomeModel(name="nps", shares=_RECOMMENDED, minimum=0, icc=0.3, linked=0.96),
        _rating("csat", 0.92, 0.28),
        OutcomeModel(name="ces", shares=_EASY, icc=0.24, linked=0.6),
        _rating("offer", 0.45),
        _rating("kickoff", 0.75),
        _rating("contact", 0.9, 0.28),
        _rating("handover", 0.8),
        _rating("invoice", 0.15),
        OutcomeModel(name="parking", shares=(0.12, 0.2, 0.28, 0.26, 0.14), icc=0.22, linked=0.0, common=0.25),
    ),
    processes=(ProcessModel(name="delay", on_cx=-0.6), ProcessModel(name="rework", on_ex=-0.35, on_cx=-0.3)),
    employee_response=0.65,
    customer_response=0.72,
    skipped=0.02,
    exact=True,
)
"""Leadership carries over to customers, also a quarter later; co-operation and parking have nothing to do with them."""


@dataclass(frozen=True)
class Company:
    """The example company's exports as they lie in files, and the truth behind them.

    Attributes
    ----------
    employees : monthly pulse survey (fiilismittaus), a row per respondent and month.
    customers : project-experience survey, a row per answer. processes : a row per team and quarter.
    teams : a row per team and quarter: how many people it has, and its region. aliases : renamed teams.
    truth : what is true of them. n_careless : pulse answers replaced by one and the same number.
    """

    employees: pd.DataFrame
    customers: pd.DataFrame
    processes: pd.DataFrame
    teams: pd.DataFrame
    aliases: pd.DataFrame
    truth: Truth
    n_careless: int


def example_company(seed: int = SEED) -> Company:
    """Yritys X: 40 teams, monthly pulses and project surveys from January 2024 to December 2025.

    The exports are as untidy as real ones: decimal commas, codes for "cannot say", differing spellings of a team's
    name, a team that was renamed, and a few people who give one number to everything.
    """
    rng = np.random.default_rng(seed)
    drawn = simulate(DESIGN, rng)
    employees = employee_export(rng, drawn.employees)
    return Company(
        employees=employees,
        customers=customer_export(rng, drawn.customers),
        processes=process_export(rng, drawn.processes),
        teams=team_export(drawn.units),
        aliases=aliases(),
        truth=drawn.truth,
        n_careless=round(CARELESS * len(employees)),
    )
