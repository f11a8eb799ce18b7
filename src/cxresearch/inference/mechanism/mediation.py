"""Does x work through m? A simple mediation of unit means: paths a, b, direct, total and indirect effect.

m = i + a x + covariates, y = i + c' x + b m + covariates, y = i + c x + covariates; the indirect effect is a b and
c = c' + a b exactly (Baron and Kenny 1986). Its interval is a Monte-Carlo interval from joint draws of a and b
(MacKinnon, Lockwood and Williams 2004), because a product is not normal; Sobel's normal interval and two bootstraps
stand beside it. That x comes before m and m before y, and that nothing else drives both, are assumptions that no
interval tests.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.bootstrap import bootstrap
from cxresearch.inference.complete_cases import as_columns, complete_cases, is_constant
from cxresearch.inference.mechanism.drawn_grams import drawn_grams, gram_coefficients, products_by_unit, with_constant
from cxresearch.inference.mechanism.joint_regressions import Errors
from cxresearch.inference.mechanism.mediation_paths import Paths, fit_paths
from cxresearch.inference.wald import wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

MONTE_CARLO = 200_000
"""Joint draws of the paths: the limits' own error is then below half a percent of the interval's width."""
PARTS = (
    "a", "b", "direct", "total",
    "indirect", "indirect.sobel", "indirect.percentile", "indirect.bootstrap", "proportion",
)  # fmt: skip
"""Ends of the results' terms."""


def mediation(
    x: ArrayLike,
    m: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    errors: Errors = "hc3",
    clusters: ArrayLike | None = None,
    n_draws: int = 2000,
    n_products: int = MONTE_CARLO,
) -> tuple[Result, ...]:
    """The paths and the indirect effect of x (N,) on y through m, given covariates (N, K).

    Parameters
    ----------
    errors, clusters : how the covariance of the paths is estimated; the bootstraps draw clusters, or rows without.
    n_draws : bootstrap draws. n_products : joint draws of the paths.

    Returns
    -------
    `term` followed by each of `PARTS`: `a`, `b`, `direct`, `total` with t intervals; `indirect` with the Monte-Carlo
    interval and p, `indirect.sobel`, `indirect.percentile` and `indirect.bootstrap` (bias-corrected, accelerated); and
    `proportion`, the indirect effect over the total, only where the total's interval excludes zero.
    """
    given = np.empty((len(np.asarray(x)), 0)) if covariates is None else as_columns(covariates)
    units = np.arange(len(given)) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    first, middle, last, held, code = complete_cases(x, m, y, given, units.astype(np.float64))
    codes = np.unique(code, return_inverse=True)[1]
    n_units, needed = int(codes.max(initial=-1)) + 1, 5 + held.shape[1]
    if n_units < needed:
        return _none(term, "linkage.too_few_units", {"count": n_units, "needed": needed})
    if is_constant(first) or is_constant(middle) or is_constant(last):
        return _none(term, "linkage.constant", {})
    paths = fit_paths(first, middle, last, held, errors=errors, clusters=codes)
    if isinstance(paths, str):
        return _none(term, paths, {})
    columns = with_constant(first, middle, last, held)
    grams = products_by_unit(columns, None if clusters is None else codes)
    centre = [paths.a, paths.b, paths.direct]
    drawn = rng.multivariate_normal(centre, paths.covariance[:3, :3], n_products, check_valid="ignore")
    return (
        *_coefficients(paths, term, level, n_units, errors),
        _monte_carlo(paths, drawn, f"{term}.indirect", level, n_units),
        _sobel(paths, f"{term}.indirect.sobel", level, n_units),
        *_resampled(grams, term, level, rng, n_draws, n_units),
        _proportion(paths, drawn, f"{term}.proportion", level, n_units),
    )


def _none(term: str, reason: str, details: dict[str, int]) -> tuple[Result, ...]:
    return tuple(NotEstimable(term=f"{term}.{part}", reason=reason, details=details) for part in PARTS)


def _coefficients(paths: Paths, term: str, level: float, n_units: int, errors: Errors) -> list[Result]:
    dfs = (paths.df_mediator, paths.df_outcome, paths.df_outcome, paths.df_total)
    values = (paths.a, paths.b, paths.direct, paths.total)
    return [
        wald_estimate(
            value,
            math.sqrt(float(paths.covariance[place, place])),
            df,
            term=f"{term}.{part}",
            level=level,
            method=f"mechanism.path_{errors}",
            n_units=n_units,
        )
        for place, (part, value, df) in enumerate(zip(PARTS, values, dfs, strict=False))
    ]


def _sobel(paths: Paths, term: str, level: float, n_units: int) -> Estimate:
    return wald_estimate(
        paths.indirect,
        paths.sobel_error,
        math.inf,
        term=term,
        level=level,
        method="mechanism.sobel",
        n_units=n_units,
    )


def _monte_carlo(paths: Paths, drawn: Floats, term: str, level: float, n_units: int) -> Estimate:
    products = drawn[:, 0] * drawn[:, 1]
    low, high = np.quantile(products, [(1 - level) / 2, (1 + level) / 2])
    below = float((products <= 0).mean())
    return Estimate(
        term=term,
        estimate=paths.indirect,
        std_error=paths.sobel_error,
        p_value=min(1.0, max(2 * min(below, 1 - below), 2 / (len(products) + 1))),
        conf_low=float(low),
        conf_high=float(high),
        conf_level=level,
        n_units=n_units,
        method="mechanism.monte_carlo",
    )


def _resampled(
    grams: Floats, term: str, level: float, rng: np.random.Generator, n_draws: int, n_units: int
) -> tuple[Result, Result]:
    held = list(range(4, grams.shape[1]))

    def indirect(counts: Floats) -> Floats:
        drawn = drawn_grams(counts, grams)
        path_a = gram_coefficients(drawn, [0, 1, *held], 2)[:, 1]
        return np.asarray(path_a * gram_coefficients(drawn, [0, 1, 2, *held], 3)[:, 2])

    seed = int(rng.integers(2**63))

    def result(part: str, interval: Literal["percentile", "bca"]) -> Result:
        return bootstrap(
            indirect,
            n_units,
            term=f"{term}.indirect.{part}",
            level=level,
            rng=np.random.default_rng(seed),
            n_draws=n_draws,
            interval=interval,
            method=f"mechanism.indirect_{part}",
        )

    return result("percentile", "percentile"), result("bootstrap", "bca")


def _proportion(paths: Paths, drawn: Floats, term: str, level: float, n_units: int) -> Result:
    """Indirect over total effect with the middle of the joint draws, where the total is told from zero."""
    total = wald_estimate(
        paths.total, math.sqrt(float(paths.covariance[3, 3])), paths.df_total, term=term, level=level, method=""
    )
    if not total.excludes(0):
        return NotEstimable(term=term, reason="mechanism.total_uncertain")
    products = drawn[:, 0] * drawn[:, 1]
    low, high = np.quantile(products / (products + drawn[:, 2]), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        term=term,
        estimate=paths.indirect / paths.total,
        conf_low=float(low),
        conf_high=float(high),
        conf_level=level,
        n_units=n_units,
        method="mechanism.proportion",
        health=("mechanism.opposite_paths",) if paths.indirect * paths.direct < 0 else (),
    )
