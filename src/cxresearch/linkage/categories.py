"""Customers' answers as what they are: three ordered categories of recommendation, or yes and no.

Category counts are recovered from units' n, mean and sum of squares, which determine them for scores of two or three
values; odds are those per standard deviation of employee experience between units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cxresearch.inference.categories.logit_mixed import logit
from cxresearch.inference.categories.ordinal_mixed import logit_mixed, ordinal_mixed
from cxresearch.linkage.few_clusters import without_open_interval
from cxresearch.linkage.ols import complete_units
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.statistic import NotEstimable, Result

RECOMMENDATION = (-100.0, 0.0, 100.0)
"""Scores of detractors, passives and promoters."""

YES_NO = ((0.0, 100.0), (0.0, 1.0))
"""Scores of a no and a yes: shares of the top box, and indicators."""

_WHOLE = 1e-6


def category_counts(moments: ScoreMoments, scores: Sequence[float]) -> Floats | None:
    """Counts (J, K) of two scores, or of three at equal distances; None where the moments are not of such answers."""
    low, high = scores[0], scores[-1]
    n = moments.n.astype(np.float64)
    place = (moments.mean - low) / (high - low)
    square = moments.ss / (high - low) ** 2 + n * place**2
    # a share s of the way at 0, 1/2 and 1: sum s = high + middle / 2 and sum s^2 = high + middle / 4
    middle = 4 * (n * place - square)
    top = n * place - middle / 2
    counts = np.stack([n - middle - top, middle, top], axis=1)
    whole = np.rint(counts)
    if not (np.abs(counts - whole) <= _WHOLE * np.maximum(n, 1)[:, None]).all() or whole.min(initial=0.0) < 0:
        return None
    if len(scores) == 3:
        return np.asarray(whole)
    return None if whole[:, 1].any() else np.asarray(whole[:, [0, 2]])


def yes_no_counts(moments: ScoreMoments) -> Floats | None:
    """Counts (J, 2) of noes and yeses; None where the answers are not of two values."""
    for scores in YES_NO:
        counts = category_counts(moments, scores)
        if counts is not None:
            return counts
    return None


def _ready(units: LinkedUnits, scores: Sequence[float] | None, reason: str) -> tuple[Floats, Floats] | NotEstimable:
    """Counts (J, K) and the predictors (J, 1 + K) with ex in standard deviations."""
    if units.cx_moments is None:
        return NotEstimable(term="", reason="models.spread_unknown")
    ex, _, covariates, known = complete_units(units)
    outcome = units.cx_moments.select(known)
    counts = yes_no_counts(outcome) if scores is None else category_counts(outcome, scores)
    if counts is None:
        return NotEstimable(term="", reason=reason)
    spread = float(np.std(ex)) if len(ex) else 0.0
    if spread <= 0:
        return NotEstimable(term="", reason="linkage.constant")
    return counts, np.column_stack([ex / spread, covariates])


def odds_ratio(result: Result) -> Result:
    """`<term>.odds_ratio`: the exponential of log odds and of their interval; the test is the same."""
    term = f"{result.term}.odds_ratio"
    if isinstance(result, NotEstimable):
        return result.named(term)
    ratio = math.exp(result.estimate)
    return replace(
        result,
        term=term,
        estimate=ratio,
        std_error=None if result.std_error is None else ratio * result.std_error,
        conf_low=None if result.conf_low is None else math.exp(result.conf_low),
        conf_high=None if result.conf_high is None else math.exp(result.conf_high),
    )


def _with_sd(units: LinkedUnits, found: Sequence[Result]) -> tuple[Result, ...]:
    slope, sd = units.counted(found[0]), without_open_interval(units.counted(found[-1]))
    return slope, odds_ratio(slope), sd


def unit_ordinal(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """Cumulative logit of detractor, passive and promoter with a random intercept per unit.

    Returns `term` (log odds of a higher category per standard deviation of ex), `.odds_ratio` and `.sd` (of the units'
    intercepts). `models.not_three_categories` where the customer scores are not those of the Net Promoter Score.
    """
    ready = _ready(units, RECOMMENDATION, "models.not_three_categories")
    if isinstance(ready, NotEstimable):
        return tuple(ready.named(item) for item in (term, f"{term}.odds_ratio", f"{term}.sd"))
    counts, predictors = ready
    return _with_sd(units, ordinal_mixed(counts, predictors, _named(units, term), level=level))


def unit_logit(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """Logistic regression of a yes with errors by unit: `term` (per standard deviation of ex), `.odds_ratio`.

    `models.not_yes_no` where the customer scores do not have two values.
    """
    ready = _ready(units, None, "models.not_yes_no")
    if isinstance(ready, NotEstimable):
        return tuple(ready.named(item) for item in (term, f"{term}.odds_ratio"))
    counts, predictors = ready
    slope = units.counted(logit(counts, predictors, _named(units, term), level=level)[0])
    return slope, odds_ratio(slope)


def unit_glmm(units: LinkedUnits, *, term: str, level: float) -> tuple[Result, ...]:
    """Binomial mixed model of a yes with a random intercept per unit: `term`, `.odds_ratio` and `.sd`."""
    ready = _ready(units, None, "models.not_yes_no")
    if isinstance(ready, NotEstimable):
        return tuple(ready.named(item) for item in (term, f"{term}.odds_ratio", f"{term}.sd"))
    counts, predictors = ready
    return _with_sd(units, logit_mixed(counts, predictors, _named(units, term), level=level))


def _named(units: LinkedUnits, term: str) -> tuple[str, ...]:
    return (term, *(f"{term}.{name}" for name in units.covariates))
