"""One customer metric beside its alternatives, on the same units: which is measured better, which goes with EX more?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.aggregation.icc import icc2
from cxresearch.inference.correlation import pearson
from cxresearch.inference.dependent_correlations import correlation_difference
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import Result


def metric_alternatives(
    reference: ScoreMoments, alternatives: Mapping[str, ScoreMoments], ex: ArrayLike, *, term: str, level: float
) -> tuple[Result, ...]:
    """The metric `reference` and its `alternatives`, all by the same units (J,), with these units' `ex` (J,).

    Returns
    -------
    For the reference, under the name `reference`, and for each alternative: `term.<name>.reliability` (ICC(2) of the
    unit means) and `term.<name>.correlation` (Pearson with `ex`); for each alternative also `term.<name>.difference`,
    the reference's correlation less its own (Zou's interval, Williams's test). A unit without answers to some metric is
    left out of the pair only.
    """
    results: list[Result] = []
    base = _means(reference)
    for name, moments in {"reference": reference, **alternatives}.items():
        means = _means(moments)
        results.append(icc2(moments.answered(), term=f"{term}.{name}.reliability", level=level))
        results.append(pearson(ex, means, term=f"{term}.{name}.correlation", level=level))
        if name != "reference":
            results.append(correlation_difference(ex, base, means, term=f"{term}.{name}.difference", level=level))
    return tuple(results)


def _means(moments: ScoreMoments) -> Floats:
    """Unit means (J,), NaN for a unit without answers."""
    return np.where(moments.n > 0, moments.mean, np.nan)
