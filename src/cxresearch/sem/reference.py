"""What every model of the same data is judged against: the saturated and the independence model, fitted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.likelihood import deviance
from cxresearch.sem.model import layout
from cxresearch.sem.objective import Objective, Point
from cxresearch.sem.samples import Sample
from cxresearch.sem.saturated import (
    independence_deviance,
    independence_model,
    independence_theta,
    saturated_model,
    saturated_theta,
)
from cxresearch.sem.soundness import sound_moments
from cxresearch.statistic import NotEstimable

Estimator = Literal["ml", "mlr"]
"""Maximum likelihood, or the same with corrections for answers that are not normal or not independent."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What robust statistics need of the two models.

    Attributes
    ----------
    observed, products : observed information and sum of score products (M, M) of the saturated moments of all groups.
    complete : (M, M) the information that complete data would have. mixed : (M, M) products, inverse of observed,
        complete multiplied; mixed_trace : the trace of it multiplied by the inverse of observed.
    trace, baseline_trace : mean inflation tr(B A^-1) of the saturated and the independence model.
    baseline : the independence model and its estimates.
    """

    observed: Floats
    products: Floats
    complete: Floats
    mixed: Floats
    mixed_trace: float
    trace: float
    baseline_trace: float
    baseline: tuple[Objective, Point]


@dataclass(frozen=True, slots=True)
class Reference:
    """The two models of some samples.

    Attributes
    ----------
    samples : of the groups, as models are fitted to them. saturated : each group's means and covariances.
    deviance_saturated, deviance_baseline : -2 log L. corrections : None with `ml`.
    """

    samples: tuple[Sample, ...]
    saturated: tuple[tuple[Floats, Floats], ...]
    deviance_saturated: float
    deviance_baseline: float
    corrections: Corrections | None


def reference_of(
    observed: Sequence[str], samples: Sequence[Sample], *, term: str, means: bool, estimator: Estimator = "ml"
) -> Reference | NotEstimable:
    """Fit the two models, or say what the data lack: `sem.no_variation`, `sem.no_overlap`, `sem.singular_data`."""
    used = tuple(samples) if means else tuple(sample.centred() for sample in samples)
    saturated = sound_moments(used, term)
    if isinstance(saturated, NotEstimable):
        return saturated
    try:
        corrections = _corrections(tuple(observed), used, saturated, means=means) if estimator == "mlr" else None
    except np.linalg.LinAlgError:
        return NotEstimable(term=term, reason="sem.singular_data", details={"n": sum(s.total for s in used)})
    seen = [deviance(sample, *moments) for sample, moments in zip(used, saturated, strict=True)]
    return Reference(
        samples=used,
        saturated=tuple(saturated),
        deviance_saturated=sum(np.inf if fitted is None else fitted.deviance for fitted in seen),
        deviance_baseline=sum(independence_deviance(sample) for sample in used),
        corrections=corrections,
    )


def _at(objective: Objective, theta: Floats) -> Point:
    point = objective.at(theta)
    if point is None:
        raise ValueError("the moments are not positive definite")
    return point


def _corrections(
    observed: tuple[str, ...],
    samples: tuple[Sample, ...],
    saturated: Sequence[tuple[Floats, Floats]],
    *,
    means: bool,
) -> Corrections:
    top = Objective(layout(saturated_model(observed, len(samples), means=means)), samples)
    perfect = _at(top, saturated_theta(saturated, means=means))
    base = Objective(layout(independence_model(observed, len(samples), means=means)), samples)
    apart = _at(base, independence_theta(samples, means=means))
    information, products = top.information(perfect, observed=True), top.score_products(perfect)
    bottom = np.linalg.solve(base.information(apart, observed=True), base.score_products(apart))
    whole = Objective(top.layout, tuple(s.as_complete(*m) for s, m in zip(samples, saturated, strict=True)))
    complete = whole.information(_at(whole, perfect.theta), observed=True)
    inverse = np.linalg.inv(information)
    mixed = products @ inverse @ complete
    return Corrections(
        observed=information,
        products=products,
        complete=complete,
        mixed=mixed,
        mixed_trace=float(np.sum(mixed * inverse.T)),
        trace=float(np.sum(products * inverse.T)),
        baseline_trace=float(np.trace(bottom)),
        baseline=(base, apart),
    )
