"""Other scores from the same 0-10 answers as the Net Promoter Score, and what three categories keep of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.bootstrap import bootstrap
from cxresearch.inference.complete_cases import complete_cases
from cxresearch.inference.mechanism.drawn_grams import drawn_grams, gram_covariance, products_by_unit, with_constant
from cxresearch.moments import Floats
from cxresearch.scoring.metrics import METRICS
from cxresearch.statistic import NotEstimable, Result

PROMOTER = 9.0
"""Answers from here on are promoters, and the top box of two."""
LIKELY = 7.0
"""Answers below here are detractors."""


def _mean(answers: Floats) -> Floats:
    return answers


def _share_from(limit: float) -> Callable[[Floats], Floats]:
    return lambda answers: np.where(np.isnan(answers), np.nan, np.where(answers >= limit, 100.0, 0.0))


RECOMMENDATION: Mapping[str, Callable[[Floats], Floats]] = {
    "mean": _mean,
    "promoters": _share_from(PROMOTER),
    "not_detractors": _share_from(LIKELY),
}
"""Scores of a likelihood to recommend besides the NPS: its mean, the share of 9-10, the share of 7-10."""


def category_agreement(
    answers: ArrayLike,
    codes: ArrayLike,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_draws: int = 2000,
    frequency: ArrayLike | None = None,
) -> Result:
    """Correlation over respondents of the category (-100, 0, 100) with the 0-10 answer (N,) behind it.

    Its square is the share of the answers' variance that the categories keep. BCa interval, whole units `codes` (N,)
    drawn. `frequency` (N,) tells how many rows each row stands for.
    """
    times = np.ones(len(np.asarray(answers))) if frequency is None else frequency
    answer, unit, times = complete_cases(answers, codes, times)
    if len(answer) == 0:
        return NotEstimable(term=term, reason="scoring.no_answers")
    labels, code = np.unique(unit, return_inverse=True)
    grams = products_by_unit(with_constant(answer, METRICS["nps"].scores(answer)), code, times)
    if len(labels) < 2:
        details = {"units": len(labels), "needed": 2}
        return NotEstimable(term=term, reason="measurement.too_few_units", details=details)

    def statistic(counts: Floats) -> Floats:
        covariance = gram_covariance(drawn_grams(counts, grams))
        product = covariance[:, 0, 0] * covariance[:, 1, 1]
        flat = product <= 0
        return np.where(flat, np.nan, covariance[:, 0, 1] / np.sqrt(np.where(flat, 1.0, product)))

    if not np.isfinite(statistic(np.ones((1, len(labels))))[0]):
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": len(answer)})
    found = bootstrap(
        statistic, len(labels), term=term, level=level, rng=rng, n_draws=n_draws, method="comparison.category_agreement"
    )
    return found if isinstance(found, NotEstimable) else replace(found, n_respondents=round(float(times.sum())))
