"""Do low starting points rise more? The later score on the earlier one, not the raw change score.

after = i + b before + others; the slope of the *change* on the starting point is b - 1. It is negative even where
nothing happens: a low score is partly bad luck that does not repeat itself (regression towards the mean). Measurement
error of the starting point shrinks b to b lambda, lambda its reliability given the others; where the error variances of
the starting points are known, the corrected slope takes them out of the cross-products (Fuller 1987). What remains is a
dependence on the true starting point - recovery, or a ceiling that the best cannot pass.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.bootstrap import bootstrap
from cxresearch.inference.complete_cases import as_columns, complete_cases
from cxresearch.inference.mechanism.drawn_grams import drawn_grams, gram_coefficients, products_by_unit, with_constant
from cxresearch.inference.regression import ols
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats, Ints
from cxresearch.statistic import Estimate, NotEstimable, Result


def baseline_dependence(
    before: ArrayLike,
    after: ArrayLike,
    others: ArrayLike | None = None,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    error_variance: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    n_draws: int = 2000,
) -> tuple[Result, Result, Result]:
    """How the change depends on the starting point.

    Parameters
    ----------
    before, after : (N,) scores of the same units. others : (N, K) held constant.
    error_variance : (N,) squared standard errors of `before`. clusters : (N,) units, if a unit has several rows.

    Returns
    -------
    `term`, the slope of the change on the starting point as observed (HC3, or CR1S with clusters); `term.expected`, the
    slope that measurement error alone would give, lambda - 1; and `term.corrected`, the slope without it, with a BCa
    interval from a bootstrap of units. It has no standard error, for its draws have no finite variance. The last two
    are `linkage.reliability_unknown` without error variances.
    """
    n_rows = len(np.asarray(before))
    given = np.empty((n_rows, 0)) if others is None else as_columns(others)
    units = np.arange(n_rows) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    start, end, held, code = complete_cases(before, after, given, units.astype(np.float64))
    (slope,) = ols(
        end, np.column_stack([start, held]), (term,), level=level, clusters=None if clusters is None else code
    )
    if isinstance(slope, NotEstimable):
        return slope, slope.named(f"{term}.expected"), slope.named(f"{term}.corrected")
    observed = _of_change(slope)
    expected, corrected = (f"{term}.{part}" for part in ("expected", "corrected"))
    errors = None if error_variance is None else np.asarray(error_variance, dtype=np.float64)
    if errors is not None:
        _, _, _, _, errors = complete_cases(before, after, given, units.astype(np.float64), errors)
    if errors is None or len(errors) < len(start):
        unknown = NotEstimable(term=expected, reason="mechanism.errors_unknown")
        return observed, unknown, unknown.named(corrected)
    codes = np.unique(code, return_inverse=True)[1]
    return observed, *_without_error(start, end, held, errors, codes, expected, corrected, level, rng, n_draws)


def _of_change(slope: Estimate) -> Estimate:
    """From the slope of the later score to that of the change: one less; the test is whether it differs from zero."""
    return wald_estimate(
        slope.estimate - 1,
        slope.std_error or 0.0,
        slope.df or math.inf,
        term=slope.term,
        level=slope.conf_level or 0.95,
        method="mechanism.baseline",
        n_units=slope.n_units,
    )


def _without_error(
    start: Floats,
    end: Floats,
    held: Floats,
    errors: Floats,
    codes: Ints,
    expected: str,
    corrected: str,
    level: float,
    rng: np.random.Generator,
    n_draws: int,
) -> tuple[Result, Result]:
    columns = with_constant(start, held, end)
    grams = products_by_unit(columns, codes)
    noise = np.zeros_like(grams)
    noise[:, 1, 1] = np.bincount(codes, weights=errors)
    last, predictors = columns.shape[1] - 1, list(range(columns.shape[1] - 1))
    share = _reliability(grams.sum(axis=0), noise[:, 1, 1].sum(), predictors)
    n_units = len(grams)
    if share <= 0:
        none = NotEstimable(term=expected, reason="mechanism.only_error")
        return none, none.named(corrected)
    alone = Estimate(term=expected, estimate=share - 1, n_units=n_units, method="mechanism.regression_to_mean")

    def slope(counts: Floats) -> Floats:
        return gram_coefficients(drawn_grams(counts, grams - noise), predictors, last)[:, 1] - 1

    found = bootstrap(
        slope, n_units, term=corrected, level=level, rng=rng, n_draws=n_draws, method="mechanism.baseline_corrected"
    )
    return alone, replace(found, std_error=None) if isinstance(found, Estimate) else found


def _reliability(total: Floats, noise: float, predictors: list[int]) -> float:
    """Share of the starting point's variance, given the others, that is not error."""
    rest = [place for place in predictors if place != 1]
    inner = total[np.ix_(rest, rest)]
    unexplained = total[1, 1] - total[1, rest] @ np.linalg.pinv(inner, hermitian=True) @ total[rest, 1]
    return float(1 - noise / unexplained)
