"""Fit a model by maximum likelihood, with missing answers by full information, and say where it cannot be fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.fiml_correction import Discrepancy
from cxresearch.sem.model import Model, layout
from cxresearch.sem.objective import Objective, Point
from cxresearch.sem.optimise import ROUGH, Optimum, minimise, starts
from cxresearch.sem.reference import Estimator, Reference, reference_of
from cxresearch.sem.robust import Scaling, scaling
from cxresearch.sem.samples import Sample
from cxresearch.sem.soundness import health_of, sound_inverse, sound_size
from cxresearch.statistic import NotEstimable

_STARTS = ((0.5, 0.1), (0.85, 0.4), (0.2, -0.1))


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model.

    Attributes
    ----------
    term : id that results start with. model, objective : what was fitted, and to what.
    point : the parameters at the optimum and what they imply.
    covariance : (Q, Q) of the parameters. estimator : `ml` or `mlr` (robust to non-normal answers).
    reference : the saturated and the independence model of the data. df, df_baseline : of chi2 and the baseline's.
    scaling : Yuan-Bentler correction of chi2, None with `ml`.
    decrement : what a further step would lower the deviance by. health : codes.
    """

    term: str
    model: Model
    objective: Objective
    point: Point
    covariance: Floats
    estimator: Estimator
    reference: Reference
    df: int
    df_baseline: int
    scaling: Scaling | None
    decrement: float
    health: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the free parameters, in the order of the estimates."""
        return self.objective.layout.labels

    @property
    def estimates(self) -> Floats:
        """(Q,) estimates of the free parameters."""
        return self.point.theta

    @property
    def std_errors(self) -> Floats:
        """(Q,) their standard errors."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))

    @property
    def n(self) -> int:
        """Rows of all groups."""
        return sum(sample.total for sample in self.objective.samples)

    @property
    def chi2(self) -> float:
        """Likelihood-ratio statistic against the saturated model, never below 0."""
        return max(self.point.deviance - self.reference.deviance_saturated, 0.0)

    @property
    def discrepancy(self) -> Discrepancy:
        """What CFI, TLI and RMSEA start from."""
        if self.scaling is not None and self.scaling.missing is not None:
            return self.scaling.missing
        c, base = (1.0, 1.0) if self.scaling is None else (self.scaling.factor, self.scaling.baseline_factor)
        baseline = self.reference.deviance_baseline - self.reference.deviance_saturated
        return Discrepancy(self.chi2, c, baseline, base)

    def value(self, label: str) -> tuple[float, float]:
        """Estimate and standard error of one free parameter."""
        at = self.objective.layout.index(label)
        return float(self.estimates[at]), float(self.std_errors[at])


def fit_model(
    model: Model,
    samples: Sequence[Sample],
    *,
    term: str,
    estimator: Estimator = "ml",
    reference: Reference | None = None,
) -> Fit | NotEstimable:
    """Fit a model to one sample per group.

    The optimum is sought from several starts on the saturated moments, which costs no more with many rows, and, where
    answers are missing, from the best of them on the full likelihood. A negative variance or a factor correlation
    beyond one is a result with a health code, not a failure. Standard errors come from the expected information of
    complete data, from the observed information where answers are missing, and from the sandwich with `mlr`.
    `reference` saves fitting the saturated and the independence model again for another model of the same data.

    Returns
    -------
    The fit, or the reason: `sem.too_few_rows`, `sem.too_many_parameters`, `sem.no_variation`, `sem.singular_data`,
    `sem.not_converged`, `sem.not_identified`.
    """
    laid = layout(model)
    p, n_groups = len(model.observed), len(model.groups)
    df = n_groups * (p * (p + 1) // 2 + (p if model.means else 0)) - len(laid.labels)
    if obstacle := sound_size(samples, len(laid.labels), df, term):
        return obstacle
    known = reference or reference_of(model.observed, samples, term=term, means=model.means, estimator=estimator)
    if isinstance(known, NotEstimable):
        return known
    objective = Objective(laid, known.samples)
    optimum = _search(objective, known.saturated)
    if optimum is None or not optimum.converged:
        return NotEstimable(term=term, reason="sem.not_converged", details={"parameters": objective.size})
    missing = not all(sample.complete for sample in known.samples)
    inverse = sound_inverse(objective.information(optimum.point, observed=missing or estimator == "mlr"))
    if inverse is None:
        return NotEstimable(term=term, reason="sem.not_identified", details={"parameters": objective.size})
    df_baseline = n_groups * p * (p - 1) // 2
    robust = None
    if known.corrections is not None:
        robust = scaling(objective, optimum.point, inverse, known, known.corrections, (df, df_baseline))
    return Fit(
        term=term,
        model=model,
        objective=objective,
        point=optimum.point,
        covariance=inverse if robust is None else inverse @ robust.meat @ inverse,
        estimator=estimator,
        reference=known,
        df=df,
        df_baseline=df_baseline,
        scaling=robust,
        decrement=optimum.decrement,
        health=health_of(objective, optimum.point),
    )


def _search(objective: Objective, saturated: Sequence[tuple[Floats, Floats]]) -> Optimum | None:
    """The lowest of the optima that the starts lead to."""
    whole = (s.as_complete(*moments) for s, moments in zip(objective.samples, saturated, strict=True))
    smooth = Objective(objective.layout, tuple(whole))
    rough = [
        minimise(smooth, starts(objective.layout, saturated, share, effect), enough=ROUGH) for share, effect in _STARTS
    ]
    best = min((found for found in rough if found is not None), key=lambda found: found.point.deviance, default=None)
    return None if best is None else minimise(objective, best.point.theta)
