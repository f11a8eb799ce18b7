"""Relative importance of several predictors with intervals that respect units, and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.bootstrap import bca_interval, bootstrap_draws, leave_one_out
from cxresearch.inference.complete_cases import complete_cases, is_constant
from cxresearch.inference.mechanism.drawn_grams import drawn_grams, gram_covariance, products_by_unit, with_constant
from cxresearch.inference.mechanism.relative_importance import MOST_SUBSETS, correlations, explained, johnson, lmg
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

_LEAST_PREDICTORS = 2
_FEWEST_DRAWS = 0.9


@dataclass(frozen=True, slots=True)
class _Draws:
    """A vector of statistics: of the data (Q,), of each draw (B, Q), without each unit in turn (J, Q)."""

    estimate: Floats
    drawn: Floats
    spared: Floats


def driver_importance(
    outcome: ArrayLike,
    predictors: ArrayLike,
    names: Sequence[str],
    clusters: ArrayLike,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_draws: int = 2000,
    frequency: ArrayLike | None = None,
) -> tuple[Result, ...]:
    """What each predictor carries of the R^2 of `outcome` (N,) on `predictors` (N, P), in rows where all are known.

    Whole units, `clusters` (N,), are drawn; BCa intervals. `frequency` (N,) tells how many rows each row stands for.

    Returns
    -------
    `term.r2`; `term.<name>.lmg` (not with more than `MOST_SUBSETS` predictors) and `term.<name>.johnson` for each of
    the `names`; and for each pair `term.<name>.less.<other>`, the difference of their LMG (or Johnson) shares, with a
    bootstrap p value.
    """
    columns = np.asarray(predictors, dtype=np.float64)
    units = np.unique(np.asarray(clusters), return_inverse=True)[1]
    times = np.ones(len(columns)) if frequency is None else frequency
    y, x, code, times = complete_cases(outcome, columns, units.astype(np.float64), times)
    codes = np.unique(code, return_inverse=True)[1]
    n_units, needed = int(codes.max(initial=-1)) + 1, columns.shape[1] + 3
    if columns.shape[1] < _LEAST_PREDICTORS:
        return (NotEstimable(term=f"{term}.r2", reason="mechanism.one_driver"),)
    if n_units < needed:
        details = {"count": n_units, "needed": needed}
        return (NotEstimable(term=f"{term}.r2", reason="linkage.too_few_units", details=details),)
    if is_constant(y) or all(is_constant(column) for column in x.T):
        return (NotEstimable(term=f"{term}.r2", reason="linkage.constant"),)
    draws = _resampled(products_by_unit(with_constant(x, y), codes, times), rng, n_draws)
    if draws is None:
        return (NotEstimable(term=f"{term}.r2", reason="linkage.bootstrap_undefined"),)
    return _results(draws, names, term, level, n_units, round(times.sum()))


def _statistics(matrices: Floats) -> Floats:
    """R^2, Johnson's weights and LMG (B, 1 + P or 1 + 2 P)."""
    parts = [explained(matrices)[:, None], johnson(matrices)]
    return np.concatenate([*parts, lmg(matrices)] if matrices.shape[1] - 1 <= MOST_SUBSETS else parts, axis=1)


def _resampled(grams: Floats, rng: np.random.Generator, n_draws: int) -> _Draws | None:
    def statistic(counts: Floats) -> Floats:
        return _statistics(correlations(gram_covariance(drawn_grams(counts, grams))))

    n_units = len(grams)
    estimate = statistic(np.ones((1, n_units)))[0]
    drawn, spared = bootstrap_draws(statistic, n_units, rng, n_draws), leave_one_out(statistic, n_units)
    known = drawn[np.isfinite(drawn).all(axis=1)]
    if len(known) < _FEWEST_DRAWS * n_draws or not np.isfinite(spared).all():
        return None
    return _Draws(estimate, known, spared)


def _results(
    draws: _Draws, names: Sequence[str], term: str, level: float, n_units: int, n_rows: int
) -> tuple[Result, ...]:
    size = len(names)

    def result(weights: Floats, name: str, method: str, tested: bool) -> Estimate:
        return _contrast(draws, weights, f"{term}.{name}", level, n_units, n_rows, f"mechanism.{method}", tested)

    unit = np.eye(len(draws.estimate))
    found: list[Result] = [result(unit[0], "r2", "r2_bootstrap", False)]
    shares = {"johnson": 1}
    if len(draws.estimate) > 1 + size:
        shares = {"lmg": 1 + size, "johnson": 1}
    for kind, start in shares.items():
        found += [result(unit[start + k], f"{name}.{kind}", kind, False) for k, name in enumerate(names)]
    kind, start = next(iter(shares.items()))
    for one, two in combinations(range(size), 2):
        weights = unit[start + one] - unit[start + two]
        found.append(result(weights, f"{names[one]}.less.{names[two]}", f"{kind}_difference", True))
    return tuple(found)


def _contrast(
    draws: _Draws, weights: Floats, term: str, level: float, n_units: int, n_rows: int, method: str, tested: bool
) -> Estimate:
    estimate, drawn, spared = (
        float(draws.estimate @ weights), np.asarray(draws.drawn @ weights), np.asarray(draws.spared @ weights)
    )  # fmt: skip
    low, high = bca_interval(drawn, estimate, spared, level)
    p_value = None
    if tested:
        below = float((drawn <= 0).mean()), float((drawn >= 0).mean())
        p_value = min(1.0, max(2 * min(below), 2 / (len(drawn) + 1)))
    return Estimate(
        term=term,
        estimate=estimate,
        std_error=float(drawn.std(ddof=1)),
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n_units=n_units,
        n_respondents=n_rows,
        method=method,
    )


def distinguishable(results: Sequence[Result], names: Sequence[str], *, term: str) -> tuple[tuple[str, str], ...]:
    """Pairs (greater, smaller) of `names` whose difference has an interval that excludes zero.

    A ranking of drivers may be told only as far as these pairs go.
    """
    found = {result.term: result for result in results if isinstance(result, Estimate)}
    pairs = []
    for one, two in combinations(names, 2):
        difference = found.get(f"{term}.{one}.less.{two}")
        if difference is not None and difference.excludes(0):
            pairs.append((one, two) if difference.estimate > 0 else (two, one))
    return tuple(pairs)
