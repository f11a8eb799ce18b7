"""Approximate fit with missing answers: the discrepancy that complete data would have shown (Zhang and Savalei 2022).

Missing answers hide misfit, so that CFI and RMSEA of full-information fits look better than they are. The saturated
moments are therefore taken as if complete, and chi2's expectation c df corrected for what is missing and not normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.implied import jacobian
from cxresearch.sem.likelihood import deviance
from cxresearch.sem.objective import Objective, Point
from cxresearch.sem.reference import Corrections, Reference


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What CFI, TLI and RMSEA start from: chi2 of the model and of the baseline, and the factor c of each."""

    chi2: float
    factor: float
    baseline_chi2: float
    baseline_factor: float


def discrepancy_of_missing(
    objective: Objective, point: Point, reference: Reference, known: Corrections, df: tuple[int, int]
) -> Discrepancy:
    """Discrepancies of a fitted model and its baseline as complete data would have shown them; `df` of the two."""
    found = []
    for (fitted, at), free in zip(((objective, point), known.baseline), df, strict=True):
        factor = _expected(_moment_slopes(fitted, at), known) / free if free else 1.0
        found.append((_complete_chi2(at, reference), factor))
    return Discrepancy(*found[0], *found[1])


def _complete_chi2(point: Point, reference: Reference) -> float:
    """Chi2 of some estimates against the saturated moments, taken as complete data."""
    total = 0.0
    for sample, moments, state in zip(reference.samples, reference.saturated, point.states, strict=True):
        whole = sample.as_complete(*moments)
        fitted, perfect = deviance(whole, state.mean, state.covariance), deviance(whole, *moments)
        total += np.inf if fitted is None or perfect is None else fitted.deviance - perfect.deviance
    return max(total, 0.0)


def _moment_slopes(objective: Objective, point: Point) -> Floats:
    """Derivatives (M, Q) of all groups' means and lower triangles by the parameters."""
    blocks = []
    for group, state in zip(objective.layout.groups, point.states, strict=True):
        by_mean, by_covariance = jacobian(group, state)
        rows, columns = np.tril_indices(group.n_observed)
        own = np.vstack([by_mean.T, by_covariance[:, rows, columns].T])
        block = np.zeros((len(own), objective.size))
        block[:, group.parameters] = own
        blocks.append(block)
    return np.vstack(blocks)


def _expected(slopes: Floats, known: Corrections) -> float:
    """What chi2 would be on average if the model held: tr(U W^-1 C W^-1 U W^-1 J W^-1), U = W - W D (D'WD)^-1 D'W.

    W is the observed information and J the score products of the saturated moments, C the information of complete
    data, D the moments' derivatives by the parameters.
    """
    inverse = np.linalg.inv(slopes.T @ known.observed @ slopes)
    complete, products = (slopes.T @ matrix @ slopes for matrix in (known.complete, known.products))
    mixed = slopes.T @ known.mixed @ slopes
    return float(
        known.mixed_trace - 2 * np.sum(inverse * mixed.T) + np.sum((inverse @ complete) * (inverse @ products).T)
    )
