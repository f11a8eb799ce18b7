"""Do groups answer the same items alike? The invariance ladder, with partial invariance where a step does not hold.

Configural (the same items measure the same factors), metric (equal loadings), scalar (equal intercepts too), strict
(equal residual variances too). A step holds when CFI falls by no more than .010, or .005 where a group has fewer than
300 (Chen 2007). Where it does not, the parameter whose equality costs most by its score test is freed, and again, as
long as two items of each factor stay equal (Byrne, Shavelson and Muthen 1989).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cxresearch.sem.compare import Comparison, compare, release_gain
from cxresearch.sem.factor_models import LEVELS, Level, grouped_cfa
from cxresearch.sem.fit import Fit, fit_model
from cxresearch.sem.fit_indices import FitIndices, fit_indices
from cxresearch.sem.model import Model
from cxresearch.sem.reference import Estimator, Reference, reference_of
from cxresearch.sem.samples import Sample
from cxresearch.statistic import NotEstimable

LARGE_GROUP = 300
MAX_FALL, MAX_FALL_SMALL = 0.010, 0.005
"""How far CFI may fall in a step (Chen 2007): where every group has at least `LARGE_GROUP`, and where not."""

_KIND = {"metric": "loading", "scalar": "intercept", "strict": "residual"}
_MIN_EQUAL = 2

Freed = tuple[str, str]
"""What was freed: `loading`, `intercept` or `residual`, and the item."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder.

    Attributes
    ----------
    level : the step. fit, indices : the model of the step.
    delta_cfi, delta_rmsea : change from the step before, None at the first. test : likelihood ratio against it.
    freed : parameters left free in this and the steps before; empty with full invariance.
    holds : whether CFI fell by no more than allowed.
    """

    level: Level
    fit: Fit
    indices: FitIndices
    delta_cfi: float | None
    delta_rmsea: float | None
    test: Comparison | NotEstimable | None
    freed: tuple[Freed, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class Invariance:
    """The ladder of some groups.

    Attributes
    ----------
    full : the four steps without anything freed, each against the one before; fewer where one could not be fitted.
    path : the steps that hold, with what had to be freed; ends with the step that is reached.
    stopped : the first step that does not hold even partly, None if all do.
    limit : how far CFI may fall.
    """

    full: tuple[Step, ...]
    path: tuple[Step, ...]
    stopped: Step | None
    limit: float

    @property
    def reached(self) -> Level:
        """The highest step that holds, fully or in part."""
        return self.path[-1].level

    @property
    def freed(self) -> tuple[Freed, ...]:
        """What is free in the step that is reached."""
        return self.path[-1].freed


def invariance(
    factors: Mapping[str, Sequence[str]], samples: Sequence[Sample], *, term: str, estimator: Estimator = "ml"
) -> Invariance | NotEstimable:
    """Climb the ladder with one sample per group, the samples' columns in the order of the factors' items."""
    limit = MAX_FALL if min(sample.total for sample in samples) >= LARGE_GROUP else MAX_FALL_SMALL
    items = tuple(item for listed in factors.values() for item in listed)
    reference = reference_of(items, samples, term=term, means=True, estimator=estimator)
    if isinstance(reference, NotEstimable):
        return reference
    climb = _Climb(factors, reference, term, estimator, limit)
    full: list[Step] = []
    for level in LEVELS:
        fit = climb.fit(level, ())
        if isinstance(fit, NotEstimable):
            if not full:
                return fit.named(term)
            break
        full.append(_step(level, fit, full[-1] if full else None, (), limit))
    path = [full[0]]
    for position, step in enumerate(full[1:], start=1):
        tried: Step | None = step
        if path[-1].freed or not step.holds:
            tried = climb.partial(path[-1], LEVELS[position])
        if tried is None or not tried.holds:
            return Invariance(tuple(full), tuple(path), tried or step, limit)
        path.append(tried)
    return Invariance(tuple(full), tuple(path), None, limit)


@dataclass(frozen=True, slots=True)
class _Climb:
    """One ladder's data and rules."""

    factors: Mapping[str, Sequence[str]]
    reference: Reference
    term: str
    estimator: Estimator
    limit: float

    def model(self, level: Level, freed: tuple[Freed, ...]) -> Model:
        return grouped_cfa(self.factors, len(self.reference.samples), level, freed=freed)

    def fit(self, level: Level, freed: tuple[Freed, ...]) -> Fit | NotEstimable:
        return fit_model(
            self.model(level, freed),
            self.reference.samples,
            term=f"{self.term}.{level}",
            estimator=self.estimator,
            reference=self.reference,
        )

    def partial(self, before: Step, level: Level) -> Step | None:
        """The step with as few parameters freed as make it hold; the last tried if none does, None without a fit."""
        kind, freed = _KIND[level], before.freed
        if level == "scalar":
            freed += tuple(("intercept", item) for what, item in freed if what == "loading")
        step: Step | None = None
        while True:
            fit = self.fit(level, freed)
            if isinstance(fit, NotEstimable):
                return step
            step = _step(level, fit, before, freed, self.limit)
            choices = _choices(self.factors, kind, freed)
            if step.holds or not choices:
                return step
            gains = {choice: release_gain(fit, self.model(level, (*freed, choice))) for choice in choices}
            freed = (*freed, max(gains, key=lambda choice: gains[choice]))


def _step(level: Level, fit: Fit, before: Step | None, freed: tuple[Freed, ...], limit: float) -> Step:
    indices = fit_indices(fit)
    if before is None:
        return Step(level, fit, indices, None, None, None, freed, True)
    delta = _change(indices.cfi, before.indices.cfi)
    holds = delta is not None and delta >= -limit
    moved = _change(indices.rmsea, before.indices.rmsea)
    return Step(level, fit, indices, delta, moved, compare(fit, before.fit, term=fit.term), freed, holds)


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


def _choices(factors: Mapping[str, Sequence[str]], kind: str, freed: tuple[Freed, ...]) -> list[Freed]:
    """What may be freed next, as long as two items of the factor stay equal."""
    choices = []
    for items in factors.values():
        equal = [(kind, item) for item in items if (kind, item) not in freed]
        if len(equal) > _MIN_EQUAL:
            choices += equal
    return choices
