"""Who answered: response rates (AAPOR's RR1, answers over eligible) and whether low-response units score otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxresearch.inference.correlation import pearson
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result


def _known(n: ArrayLike, n_eligible: ArrayLike) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    answered, eligible = np.asarray(n, dtype=np.float64), np.asarray(n_eligible, dtype=np.float64)
    known = ~np.isnan(answered) & (eligible > 0)
    return answered, eligible, known


def unit_response_rates(n: ArrayLike, n_eligible: ArrayLike) -> Floats:
    """(G,) answers over eligible people, 0..1; NaN where the number of eligible people is not known."""
    answered, eligible, known = _known(n, n_eligible)
    rates: Floats = np.divide(answered, eligible, out=np.full(len(answered), np.nan), where=known)
    return rates


def response_rate(n: ArrayLike, n_eligible: ArrayLike, *, term: str) -> Result:
    """Answers over eligible people, all units together. Units whose eligible people are not known are left out.

    It describes everybody who was asked, so it has no sampling error.
    """
    answered, eligible, known = _known(n, n_eligible)
    if not known.any():
        return NotEstimable(term=term, reason="aggregation.eligible_unknown")
    return Estimate(
        term=term,
        estimate=float(answered[known].sum() / eligible[known].sum()),
        n_units=int(known.sum()),
        n_respondents=int(answered[known].sum()),
        method="measurement.response_rate",
    )


def median_response_rate(n: ArrayLike, n_eligible: ArrayLike, *, term: str) -> Result:
    """The response rate of the middle unit."""
    answered, _, known = _known(n, n_eligible)
    if not known.any():
        return NotEstimable(term=term, reason="aggregation.eligible_unknown")
    return Estimate(
        term=term,
        estimate=float(np.median(unit_response_rates(n, n_eligible)[known])),
        n_units=int(known.sum()),
        n_respondents=int(answered[known].sum()),
        method="measurement.median_response_rate",
    )


def response_association(
    n: ArrayLike, n_eligible: ArrayLike, means: ArrayLike, *, term: str, level: float = 0.95
) -> Result:
    """Correlation over units of the response rate with the score: far from 0, the silent may think otherwise.

    Pearson's r with Fisher's interval; an interval that excludes 0 carries `measurement.response_related`.
    """
    answered, _, known = _known(n, n_eligible)
    if not known.any():
        return NotEstimable(term=term, reason="aggregation.eligible_unknown")
    score = np.asarray(means, dtype=np.float64)
    result = pearson(unit_response_rates(n, n_eligible), score, term=term, level=level)
    if isinstance(result, NotEstimable):
        return result
    used = known & ~np.isnan(score)
    health = result.health + (("measurement.response_related",) if result.excludes(0.0) else ())
    count = int(answered[used].sum())
    return replace(result, n_respondents=count, method="measurement.response_association", health=health)


def response_results(
    n: ArrayLike, n_eligible: ArrayLike, means: ArrayLike, *, term: str, level: float = 0.95
) -> tuple[Result, ...]:
    """`<term>.rate`, `<term>.median` and `<term>.association`."""
    return (
        response_rate(n, n_eligible, term=f"{term}.rate"),
        median_response_rate(n, n_eligible, term=f"{term}.median"),
        response_association(n, n_eligible, means, term=f"{term}.association", level=level),
    )
