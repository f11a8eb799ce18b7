"""Alpha of what lies behind ordered answers: for short answering scales, beside alpha of the answers as numbers.

Answers on few options correlate less than the opinions behind them. Ordinal alpha (Zumbo, Gadermann and Zeisser 2007)
is alpha of the polychoric correlations; it describes those opinions, not the sum score that a study uses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.factors.polychoric import polychoric
from cxresearch.inference.factors.unit_jackknife import jackknife, left_out
from cxresearch.measurement.alpha import MIN_RESPONDENTS
from cxresearch.moments import Floats, Ints
from cxresearch.statistic import Estimate, NotEstimable, Result

MOST_OPTIONS = 10
"""Answers on more options than this are treated as numbers."""


def pair_tables(
    codes: ArrayLike, items: ArrayLike, n_units: int, *, frequency: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """How often each pair of answers was given in each unit, complete respondents.

    Returns
    -------
    (J, T, A, A) for the T = K (K - 1) / 2 pairs of items `np.tril_indices(K, -1)`, A options; and (J,) respondents.
    """
    group, answers = np.asarray(codes, dtype=np.int64), np.asarray(items, dtype=np.float64)
    times = np.ones(len(answers)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    complete = ~np.isnan(answers).any(axis=1)
    group, times = group[complete], times[complete]
    options, place = np.unique(answers[complete], return_inverse=True)
    places = place.reshape(-1, answers.shape[1])
    n_options = len(options)
    pairs = list(zip(*np.tril_indices(answers.shape[1], -1), strict=True))
    tables = np.empty((n_units, len(pairs), n_options, n_options))
    for at, (first, second) in enumerate(pairs):
        cell = (group * n_options + places[:, first]) * n_options + places[:, second]
        counted = np.bincount(cell, weights=times, minlength=n_units * n_options**2)
        tables[:, at] = counted.reshape(n_units, n_options, n_options)
    return tables, np.bincount(group, weights=times, minlength=n_units).astype(np.float64)


def polychoric_matrix(tables: Floats, n_items: int) -> Floats:
    """(B, K, K) polychoric correlations from tables (B, T, A, A) of `pair_tables`."""
    n_draws, n_pairs, n_options, _ = tables.shape
    values = polychoric(tables.reshape(n_draws * n_pairs, n_options, n_options)).reshape(n_draws, n_pairs)
    matrix = np.tile(np.eye(n_items), (n_draws, 1, 1))
    lower = np.tril_indices(n_items, -1)
    matrix[:, lower[0], lower[1]] = matrix[:, lower[1], lower[0]] = values
    return matrix


def ordinal_alpha(
    codes: ArrayLike,
    items: ArrayLike,
    n_units: int,
    *,
    term: str,
    level: float = 0.95,
    frequency: ArrayLike | None = None,
    min_respondents: int = MIN_RESPONDENTS,
) -> Result:
    """Alpha of the items' polychoric correlations, with the interval from leaving units out (jackknife).

    Parameters
    ----------
    codes : (N,) unit of each row, 0..n_units-1. items : (N, K) answers, reversed items turned, NaN missing.
    """
    answers = np.asarray(items, dtype=np.float64)
    n_items = answers.shape[1]
    if n_items < 2:
        return NotEstimable(term=term, reason="measurement.too_few_items", details={"items": n_items, "needed": 2})
    complete = answers[~np.isnan(answers).any(axis=1)]
    if np.unique(complete).size > MOST_OPTIONS or not np.array_equal(complete, np.rint(complete)):
        return NotEstimable(term=term, reason="reliability.not_ordinal", details={"most": MOST_OPTIONS})
    tables, respondents = pair_tables(codes, answers, n_units, frequency=frequency)
    n = int(respondents.sum())
    if n < min_respondents:
        return NotEstimable(
            term=term, reason="measurement.too_few_respondents", details={"n": n, "needed": min_respondents}
        )
    present = np.flatnonzero(respondents > 0)
    value = float(_alpha(polychoric_matrix(tables.sum(axis=0, keepdims=True), n_items))[0])
    if not np.isfinite(value):
        return NotEstimable(term=term, reason="measurement.no_variation", details={"n": n})
    spread = jackknife(value, _without_units(tables, present, n_items), level, bounded_above=True)
    return Estimate(
        term=term,
        estimate=value,
        std_error=spread.std_error if spread else None,
        df=spread.df if spread else None,
        conf_low=spread.low if spread else None,
        conf_high=spread.high if spread else None,
        conf_level=level if spread else None,
        n_units=len(present),
        n_respondents=n,
        n_items=n_items,
        method="reliability.ordinal_alpha",
        health=() if spread else ("reliability.no_interval",),
    )


def _without_units(tables: Floats, present: Ints, n_items: int) -> Floats:
    if len(present) < 2:
        return np.full(1, np.nan)
    return _alpha(polychoric_matrix(np.einsum("gj,jtab->gtab", left_out(len(present)), tables[present]), n_items))


def _alpha(correlation: Floats) -> Floats:
    n_items = correlation.shape[1]
    value: Floats = n_items / (n_items - 1) * (1 - n_items / correlation.sum(axis=(1, 2)))
    return value
