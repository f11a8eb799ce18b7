"""What is true of a simulated study, in the terms in which a study estimates it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cxresearch.simulate.design import Design, OutcomeModel, ScaleModel
from cxresearch.simulate.ordinal import Floats, alpha_of, answer_covariance, between_share, thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """True values of a `Design`.

    Attributes
    ----------
    correlation : scale to outcome to correlation of their unit parts within one period.
    mean_correlation : the same for unit parts averaged over all periods.
    ex_to_cx, cx_to_ex, carry_ex, carry_cx : lagged coefficients of the units' deviations, one period apart.
    stable : share of the unit variance that never changes.
    loadings : scale to standardised loadings. alpha : scale to coefficient alpha of its ordinal items.
    icc : scale or outcome to ICC(1) of its score, groups being unit by period.
    mean : outcome to mean answer. nps : outcome with eleven categories to its Net Promoter Score, -100..100.
    employee_response, customer_response : shares that answer.
    """

    correlation: Mapping[str, Mapping[str, float]]
    mean_correlation: Mapping[str, Mapping[str, float]]
    ex_to_cx: float
    cx_to_ex: float
    carry_ex: float
    carry_cx: float
    stable: float
    loadings: Mapping[str, tuple[float, ...]]
    alpha: Mapping[str, float]
    icc: Mapping[str, float]
    mean: Mapping[str, float]
    nps: Mapping[str, float]
    employee_response: float
    customer_response: float

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def _unit_correlation(scale: ScaleModel, outcome: OutcomeModel, covariance: Floats) -> float:
    ex_var = scale.linked**2 * covariance[0, 0] + 1 - scale.linked**2
    cx_var = outcome.linked**2 * covariance[1, 1] + 1 - outcome.linked**2
    return float(scale.linked * outcome.linked * covariance[0, 1] / np.sqrt(ex_var * cx_var))


def _correlations(design: Design, n_periods: int) -> dict[str, dict[str, float]]:
    covariance = design.process.covariance_of_means(n_periods)
    return {
        scale.name: {outcome.name: _unit_correlation(scale, outcome, covariance) for outcome in design.outcomes}
        for scale in design.scales
    }


def _nps(outcome: OutcomeModel) -> float:
    return 100 * (sum(outcome.shares[9:]) - sum(outcome.shares[:7]))


def _icc(design: Design) -> dict[str, float]:
    scales = {scale.name: between_share(scale.loadings, scale.cuts(), scale.icc) for scale in design.scales}
    almost_one = 1 - 1e-12
    outcomes = {
        outcome.name: between_share([almost_one], thresholds(outcome.shares)[None, :], outcome.icc)
        for outcome in design.outcomes
    }
    return scales | outcomes


def truth_of(design: Design) -> Truth:
    """The true values that a study of this design should find."""
    process = design.process
    return Truth(
        correlation=_correlations(design, 1),
        mean_correlation=_correlations(design, design.n_periods),
        ex_to_cx=process.ex_to_cx,
        cx_to_ex=process.cx_to_ex,
        carry_ex=process.carry_ex,
        carry_cx=process.carry_cx,
        stable=process.stable,
        loadings={scale.name: scale.loadings for scale in design.scales},
        alpha={s.name: alpha_of(answer_covariance(s.loadings, s.cuts())) for s in design.scales if len(s.loadings) > 1},
        icc=_icc(design),
        mean={o.name: o.minimum + float(np.arange(len(o.shares)) @ o.shares) for o in design.outcomes},
        nps={o.name: _nps(o) for o in design.outcomes if len(o.shares) == 11 and o.minimum == 0},
        employee_response=design.employee_response,
        customer_response=design.customer_response,
    )
