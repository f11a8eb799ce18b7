"""What each item of a scale looks like, and whether it goes with the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.correlation import fisher_interval
from cxresearch.measurement.alpha import MIN_RESPONDENTS, coefficient_alpha, feldt_interval
from cxresearch.moments import Floats, count_moments, item_moments, pooled_covariance
from cxresearch.scoring.distribution import share_at, skewness, tally
from cxresearch.scoring.metrics import METRICS, sample_interval
from cxresearch.statistic import Estimate, NotEstimable, Result


def item_statistics(
    items: ArrayLike,
    names: Sequence[str],
    *,
    minimum: ArrayLike,
    maximum: ArrayLike,
    term: str,
    level: float = 0.95,
    frequency: ArrayLike | None = None,
) -> tuple[Result, ...]:
    """Statistics of a scale's items from respondents' answers.

    Parameters
    ----------
    items : (N, K) answers, reversed items already turned; NaN is missing. names : (K,) ids, used in the terms.
    minimum, maximum : ends of the answering scale, one for all items or (K,).
    frequency : (N,) how many respondents each row stands for; 1 unless given.

    Returns
    -------
    For each item, `<term>.<name>.` followed by `missing`, `mean`, `sd`, `skewness`, `floor`, `ceiling` (answers given),
    `item_rest` and `alpha_if_dropped` (complete respondents).
    """
    answers = np.asarray(items, dtype=np.float64)
    lows, highs = (np.broadcast_to(np.asarray(end, dtype=np.float64), len(names)) for end in (minimum, maximum))
    weight = np.ones(len(answers)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    covariance, n = _complete_covariance(answers, weight)
    results: list[Result] = []
    for index, name in enumerate(names):
        options, counts = tally(answers[:, index], weight)
        missing = int(weight.sum() - counts.sum())
        ends = (float(lows[index]), float(highs[index]))
        results += _one_item(options, counts, missing, ends, f"{term}.{name}", level)
        results += _with_rest(covariance, n, index, f"{term}.{name}", level)
    return tuple(results)


def item_statistics_of_counts(
    options: ArrayLike,
    counts: ArrayLike,
    names: Sequence[str],
    *,
    missing: ArrayLike | None = None,
    term: str,
    level: float = 0.95,
) -> tuple[Result, ...]:
    """The same from response-option counts: what needs a respondent's answers side by side is not estimable.

    Parameters
    ----------
    options : (A,) value of each option, reversed items already turned. counts : (K, A) respondents who chose it.
    missing : (K,) respondents who did not answer; None = not known.
    """
    option, count = np.asarray(options, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    absent = [None] * len(names) if missing is None else [int(value) for value in np.asarray(missing)]
    ends = (float(option.min()), float(option.max()))
    results: list[Result] = []
    for name, row, unanswered in zip(names, count, absent, strict=True):
        results += _one_item(option, row, unanswered, ends, f"{term}.{name}", level)
        results += [
            NotEstimable(term=f"{term}.{name}.{statistic}", reason="measurement.grain_counts")
            for statistic in ("item_rest", "alpha_if_dropped")
        ]
    return tuple(results)


def _one_item(
    options: Floats, counts: Floats, missing: int | None, ends: tuple[float, float], term: str, level: float
) -> list[Result]:
    n = int(counts.sum())
    moments = count_moments(options, counts[None, :])
    mean = sample_interval(METRICS["mean"], moments, term=f"{term}.mean", level=level)
    return [
        _missing(missing, n, f"{term}.missing"),
        mean,
        _spread(n, float(moments.ss[0]), f"{term}.sd"),
        skewness(options, counts, term=f"{term}.skewness", level=level),
        share_at(options, counts, ends[0], term=f"{term}.floor", level=level),
        share_at(options, counts, ends[1], term=f"{term}.ceiling", level=level),
    ]


def _missing(missing: int | None, n: int, term: str) -> Result:
    if missing is None:
        return NotEstimable(term=term, reason="measurement.missing_unknown")
    if n + missing == 0:
        return NotEstimable(term=term, reason="scoring.no_answers")
    share = missing / (n + missing)
    return Estimate(term=term, estimate=share, n_respondents=n + missing, method="measurement.missing_share")


def _spread(n: int, ss: float, term: str) -> Result:
    if n < 2:
        return NotEstimable(term=term, reason="scoring.too_few_answers", details={"n": n, "needed": 2})
    return Estimate(term=term, estimate=math.sqrt(ss / (n - 1)), n_respondents=n, method="measurement.sd")


def _complete_covariance(answers: Floats, weight: Floats) -> tuple[Floats, int]:
    known = ~np.isnan(answers).any(axis=1)
    complete, n = answers[known], int(weight[known].sum())
    n_items = answers.shape[1]
    if n < 2:
        return np.zeros((n_items, n_items)), n
    moments = item_moments(np.zeros(len(complete), dtype=np.int64), complete, 1, frequency=weight[known])
    return pooled_covariance(moments)


def _with_rest(covariance: Floats, n: int, index: int, term: str, level: float) -> list[Result]:
    terms = (f"{term}.item_rest", f"{term}.alpha_if_dropped")
    if n < MIN_RESPONDENTS:
        details = {"n": n, "needed": MIN_RESPONDENTS}
        return [NotEstimable(term=one, reason="measurement.too_few_respondents", details=details) for one in terms]
    if len(covariance) < 2:
        details = {"items": len(covariance), "needed": 2}
        return [NotEstimable(term=one, reason="measurement.too_few_items", details=details) for one in terms]
    return [_item_rest(covariance, index, n, terms[0], level), _alpha_if_dropped(covariance, index, n, terms[1], level)]


def _item_rest(covariance: Floats, index: int, n: int, term: str, level: float) -> Result:
    others = np.delete(np.arange(len(covariance)), index)
    own, rest = covariance[index, index], covariance[np.ix_(others, others)].sum()
    if min(own, rest) <= 1e-15 * np.trace(covariance):
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n})
    r = float(np.clip(covariance[index, others].sum() / np.sqrt(own * rest), -1, 1))
    low, high = fisher_interval(r, 1 / math.sqrt(n - 3), level)
    return Estimate(
        term=term,
        estimate=r,
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_respondents=n,
        n_items=len(covariance),
        method="measurement.item_rest",
        health=("measurement.negative_item_rest",) if r < 0 else (),
    )


def _alpha_if_dropped(covariance: Floats, index: int, n: int, term: str, level: float) -> Result:
    others = np.delete(np.arange(len(covariance)), index)
    kept = covariance[np.ix_(others, others)]
    if len(kept) < 2:
        details = {"items": len(covariance), "needed": 3}
        return NotEstimable(term=term, reason="measurement.too_few_items", details=details)
    if kept.sum() <= 1e-12 * np.trace(kept):
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n})
    value = coefficient_alpha(kept)
    low, high = feldt_interval(value, n, len(kept), level)
    return Estimate(
        term=term,
        estimate=value,
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_respondents=n,
        n_items=len(kept),
        method="measurement.alpha_if_dropped",
    )
