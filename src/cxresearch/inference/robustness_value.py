"""How strong would something unmeasured have to be to explain a result away? (Cinelli and Hazlett 2020)"""

from __future__ import annotations

import math

from scipy import stats

from cxresearch.statistic import Estimate, NotEstimable, Result


def partial_r_squared(statistic: float, df: float) -> float:
    """Share of the outcome's remaining variance that the predictor explains, t^2 / (t^2 + df)."""
    return statistic**2 / (statistic**2 + df)


def robustness_value(statistic: float, df: float, *, share: float = 1.0, alpha: float | None = None) -> float:
    """The robustness value RV_q, or RV_{q,alpha} when `alpha` is given.

    A confounder that explained this share of the remaining variance of both predictor and outcome would take away the
    share `share` of the estimate (or, with `alpha`, its significance at that level); a weaker one could not. With
    f = share |t| / sqrt(df), less f* = t* / sqrt(df - 1) where alpha is given, RV = (sqrt(f^4 + 4 f^2) - f^2) / 2.
    Where the unreduced f exceeds 1 / f*, RV is (f^2 - f*^2) / (1 + f^2) of it.

    Raises
    ------
    ValueError
        If the degrees of freedom are fewer than two or the share is not above 0.
    """
    if df < 2 or not share > 0:
        raise ValueError(f"a robustness value needs two degrees of freedom and a share above 0, got {df!r}, {share!r}")
    whole = share * abs(statistic) / math.sqrt(df)
    critical = 0.0 if alpha is None else float(stats.t.isf(alpha / 2, df - 1)) / math.sqrt(df - 1)
    rest = whole - critical
    if rest <= 0:
        return 0.0
    if critical > 0 and whole > 1 / critical:
        return (whole**2 - critical**2) / (1 + whole**2)
    return 0.5 * (math.sqrt(rest**4 + 4 * rest**2) - rest**2)


def robustness_results(slope: Result, *, term: str, level: float) -> tuple[Result, ...]:
    """`term` (RV of the whole estimate), `term.significant` (of its significance) and `term.partial_r2` of a slope."""
    terms = (term, f"{term}.significant", f"{term}.partial_r2")
    if isinstance(slope, NotEstimable):
        return tuple(slope.named(name) for name in terms)
    if slope.statistic is None or slope.df is None or not 2 <= slope.df < math.inf:
        return tuple(NotEstimable(term=name, reason="linkage.no_standard_error") for name in terms)
    alpha = round(1 - level, 12)
    values = (
        robustness_value(slope.statistic, slope.df),
        robustness_value(slope.statistic, slope.df, alpha=alpha),
        partial_r_squared(slope.statistic, slope.df),
    )
    methods = ("robustness_value", "robustness_value_significant", "partial_r_squared")
    return tuple(
        Estimate(term=name, estimate=value, df=slope.df, n_units=slope.n_units, method=f"honesty.{method}")
        for name, value, method in zip(terms, values, methods, strict=True)
    )
