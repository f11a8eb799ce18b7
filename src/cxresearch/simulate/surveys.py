"""Draw the answers of employees and customers of simulated units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.simulate.design import Design, OutcomeModel, ScaleModel
from cxresearch.simulate.ordinal import Floats, categorise, thresholds
from cxresearch.simulate.process import standard_normals, unit_experiences
from cxresearch.simulate.truth import Truth, truth_of

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Simulated:
    """Two linked surveys with known truth. Units, periods, occasions and people are numbered from 0.

    Attributes
    ----------
    employees : a row per answer: `unit, period, occasion, respondent`, then the items, NaN where skipped.
    customers : a row per answer: `unit, period, respondent`, then the outcomes, NaN where skipped.
    processes : a row per unit and period: `unit, period`, then the process measures.
    units : a row per unit: `unit, eligible` (how many employees).
    truth : what is true of it.
    """

    employees: pd.DataFrame
    customers: pd.DataFrame
    processes: pd.DataFrame
    units: pd.DataFrame
    truth: Truth


@dataclass(frozen=True, slots=True)
class _Units:
    """Unit parts: `ex`, `cx` (J, T); `scales` by scale and `outcomes` by outcome (J, T), variance 1."""

    ex: Floats
    cx: Floats
    scales: dict[str, Floats]
    outcomes: dict[str, Floats]


def _draw_units(rng: np.random.Generator, design: Design) -> _Units:
    n_own = len(design.scales) + len(design.outcomes)
    draws = standard_normals(rng, design.n_units, 2 + n_own, exact=design.exact)
    ex, cx = unit_experiences(rng, design.process, draws[:, :2], design.n_periods)
    own = iter(draws[:, 2:].T)

    def mix(level: Floats, linked: float) -> Floats:
        mixed: Floats = linked * level + math.sqrt(1 - linked**2) * next(own)[:, None]
        return mixed

    scales = {scale.name: mix(ex, scale.linked) for scale in design.scales}
    outcomes = {outcome.name: mix(cx, outcome.linked) for outcome in design.outcomes}
    return _Units(ex, cx, scales, outcomes)


def _skip(rng: np.random.Generator, answers: Floats, share: float) -> Floats:
    return np.where(rng.random(answers.shape) < share, np.nan, answers)


def _items(rng: np.random.Generator, scale: ScaleModel, factor: Floats) -> Floats:
    loadings = np.array(scale.loadings)
    noise = rng.standard_normal((len(factor), len(loadings))) * np.sqrt(1 - loadings**2)
    latent = factor[:, None] * loadings + noise
    answers = [categorise(latent[:, k], cuts, scale.minimum) for k, cuts in enumerate(scale.cuts())]
    turn = 2 * scale.minimum + len(scale.shares) - 1
    return np.stack([turn - one if k + 1 in scale.reversed else one for k, one in enumerate(answers)], axis=1)


def _correlated(rng: np.random.Generator, n_rows: int, n_columns: int, share: float) -> Floats:
    common = rng.standard_normal((n_rows, 1))
    return math.sqrt(share) * common + math.sqrt(1 - share) * rng.standard_normal((n_rows, n_columns))


def _employees(rng: np.random.Generator, design: Design, units: _Units, sizes: Ints) -> pd.DataFrame:
    home = np.repeat(np.arange(design.n_units), sizes)
    n_people, n_times, n_scales = len(home), design.n_periods * design.occasions, len(design.scales)
    person, time = np.divmod(np.flatnonzero(rng.random(n_people * n_times) < design.employee_response), n_times)
    unit, period = home[person], time // design.occasions
    lasting = _correlated(rng, n_people, n_scales, design.between_scales)[person]
    fleeting = _correlated(rng, len(person), n_scales, design.between_scales)
    mood = rng.standard_normal((design.n_units, n_times))[unit, time]
    shares = np.sqrt([design.persistent, design.mood, 1 - design.persistent - design.mood])
    own = shares[0] * lasting + shares[1] * mood[:, None] + shares[2] * fleeting
    frame = {"unit": unit, "period": period, "occasion": time % design.occasions, "respondent": person}
    answers: list[pd.DataFrame] = [pd.DataFrame(frame)]
    for number, scale in enumerate(design.scales):
        factor = (
            math.sqrt(scale.icc) * units.scales[scale.name][unit, period] + math.sqrt(1 - scale.icc) * own[:, number]
        )
        items = _skip(rng, _items(rng, scale, factor), design.skipped)
        answers.append(pd.DataFrame(items, columns=list(scale.items())))
    return pd.concat(answers, axis=1)


def _customers(rng: np.random.Generator, design: Design, units: _Units) -> pd.DataFrame:
    low, high = design.customers
    asked = rng.integers(low, high + 1, size=design.n_units * design.n_periods)
    cell = np.repeat(np.arange(len(asked)), asked)
    cell = cell[rng.random(len(cell)) < design.customer_response]
    unit, period = np.divmod(cell, design.n_periods)
    common = rng.standard_normal(len(cell))
    answers = {"unit": unit, "period": period, "respondent": np.arange(len(cell))}
    for outcome in design.outcomes:
        level = units.outcomes[outcome.name][unit, period]
        answers[outcome.name] = _skip(rng, _outcome(rng, outcome, level, common), design.skipped)
    return pd.DataFrame(answers)


def _outcome(rng: np.random.Generator, outcome: OutcomeModel, level: Floats, common: Floats) -> Floats:
    own = math.sqrt(outcome.common) * common + math.sqrt(1 - outcome.common) * rng.standard_normal(len(level))
    latent = math.sqrt(outcome.icc) * level + math.sqrt(1 - outcome.icc) * own
    return categorise(latent, thresholds(outcome.shares), outcome.minimum)


def _processes(rng: np.random.Generator, design: Design, units: _Units) -> pd.DataFrame:
    unit, period = np.divmod(np.arange(design.n_units * design.n_periods), design.n_periods)
    frame: dict[str, NDArray[np.generic]] = {"unit": unit, "period": period}
    for process in design.processes:
        noise = rng.standard_normal(len(unit))
        frame[process.name] = process.on_ex * units.ex[unit, period] + process.on_cx * units.cx[unit, period] + noise
    return pd.DataFrame(frame)


def simulate(design: Design, rng: np.random.Generator) -> Simulated:
    """Draw a study of this design; the same seed of `rng` gives the same study."""
    units = _draw_units(rng, design)
    sizes = rng.integers(design.employees[0], design.employees[1] + 1, size=design.n_units)
    return Simulated(
        employees=_employees(rng, design, units, sizes),
        customers=_customers(rng, design, units),
        processes=_processes(rng, design, units),
        units=pd.DataFrame({"unit": np.arange(design.n_units), "eligible": sizes}),
        truth=truth_of(design),
    )
