"""Power of a correlation between units, as R's `pwr.r.test` computes it (two-sided)."""

from __future__ import annotations

import math

from scipy import optimize, stats

_LARGEST = 1e9


def correlation_power(r: float, n_units: float, alpha: float = 0.05) -> float:
    """Chance that a two-sided test at `alpha` finds a true correlation r with `n_units` units.

    The critical r comes from the t distribution; r is taken as approximately normal on Fisher's scale with its bias
    r / (2 (n - 1)).
    """
    t = float(stats.t.isf(alpha / 2, n_units - 2))
    critical = math.atanh(math.sqrt(t * t / (t * t + n_units - 2)))
    centre = math.atanh(r) + r / (2 * (n_units - 1))
    root = math.sqrt(n_units - 3)
    return float(stats.norm.cdf((centre - critical) * root) + stats.norm.cdf((-centre - critical) * root))


def units_needed(r: float, power: float = 0.80, alpha: float = 0.05) -> float:
    """Units for which a true correlation r is found with the chance `power`; a fraction, to be rounded up.

    Raises
    ------
    ValueError
        If r is 0, or so small that a billion units would not do.
    """
    size = abs(r)
    if size >= 1 or correlation_power(size, _LARGEST, alpha) < power:
        raise ValueError(f"no number of units gives the power {power} for r = {r}")
    if correlation_power(size, 4, alpha) >= power:
        return 4.0
    return float(optimize.brentq(lambda n: correlation_power(size, n, alpha) - power, 4, _LARGEST, xtol=1e-10))


def detectable_correlation(n_units: int, power: float = 0.80, alpha: float = 0.05) -> float:
    """Smallest correlation that `n_units` units find with the chance `power`.

    Raises
    ------
    ValueError
        If there are fewer than four units.
    """
    if n_units < 4:
        raise ValueError(f"a power needs four units, got {n_units}")
    return float(optimize.brentq(lambda r: correlation_power(r, n_units, alpha) - power, 1e-12, 1 - 1e-15, xtol=1e-14))
