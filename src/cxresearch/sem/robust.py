"""Corrections for answers that are not normal, or not independent: sandwich errors and the Yuan-Bentler chi2.

The correction is the one of Mplus' MLR (Yuan and Bentler 2000; Asparouhov and Muthen 2005): with A the observed
information and B the sum of products of scores, c = (tr B1 A1^-1 - tr B0 A0^-1) / df for the saturated model 1 and the
model 0. Scores are summed over clusters first where rows belong to clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats
from cxresearch.sem.fiml_correction import Discrepancy, discrepancy_of_missing
from cxresearch.sem.objective import Objective, Point
from cxresearch.sem.reference import Corrections, Reference


@dataclass(frozen=True, slots=True)
class Scaling:
    """How non-normality inflates chi2.

    Attributes
    ----------
    meat : (Q, Q) sum of products of scores at the estimates.
    factor, baseline_factor : c of the model and of the independence model; chi2 / c is the scaled chi2.
    missing : what CFI, TLI and RMSEA start from where answers are missing, None with complete data.
    """

    meat: Floats
    factor: float
    baseline_factor: float
    missing: Discrepancy | None


def scaling(
    objective: Objective,
    point: Point,
    inverse: Floats,
    reference: Reference,
    known: Corrections,
    df: tuple[int, int],
) -> Scaling:
    """The correction at a fitted point whose inverse observed information is `inverse` (Q, Q).

    `df` of the model and of the independence model.
    """
    meat = objective.score_products(point)
    missing = None
    if not all(sample.complete for sample in objective.samples):
        missing = discrepancy_of_missing(objective, point, reference, known, df)
    return Scaling(
        meat=meat,
        factor=(known.trace - float(np.sum(meat * inverse))) / df[0] if df[0] else 1.0,
        baseline_factor=(known.trace - known.baseline_trace) / df[1] if df[1] else 1.0,
        missing=missing,
    )
