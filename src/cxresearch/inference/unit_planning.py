"""How large should a survey be? Power and precision in units, given how reliably each side measures its units.

Employees and customers are samples from their unit, so that a latent correlation rho between units is seen as
rho sqrt(ICC2_e ICC2_c). More respondents per unit raise ICC(2); only more units raise the number of observations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import optimize, stats

from cxresearch.inference.correlation import fisher_interval
from cxresearch.inference.power import correlation_power, detectable_correlation, units_needed

GRID_COLUMNS = ("units", "employees", "customers", "reliability_e", "reliability_c", "observed", "power")
"""Columns of a planning grid: units, answers per unit on each side, their ICC(2), observed correlation and power."""

_MOST_UNITS = 1e9


def group_reliability(icc1: float, n: float, response_rate: float | None = None) -> float:
    """Reliability ICC(2) of a mean of n people (Spearman and Brown): icc1 / (icc1 + (1 - icc1) / n).

    With `response_rate`, the share of the unit's people that n is, the unit is a finite population and the error is
    smaller by 1 - response_rate (Luedtke et al. 2008): where everybody answers, the mean is known.

    Raises
    ------
    ValueError
        If icc1 is not in 0..1, n is below 1, or the response rate is not in 0..1.
    """
    if not 0 <= icc1 <= 1 or not n >= 1:
        raise ValueError(f"ICC(1) lies in 0..1 and n is at least 1, got {icc1!r} and {n!r}")
    if response_rate is not None and not 0 < response_rate <= 1:
        raise ValueError(f"a response rate lies above 0 and at most at 1, got {response_rate!r}")
    error = (1 - icc1) / n * (1.0 if response_rate is None else 1 - response_rate)
    return icc1 / (icc1 + error) if icc1 > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyDesign:
    """Two surveys of the same units.

    Attributes
    ----------
    icc_e, icc_c : ICC(1) of the employees' and the customers' score. employees, customers : answers per unit.
    response_rate : of the employees, None to take them as a sample of a large population.
    """

    icc_e: float
    icc_c: float
    employees: float
    customers: float
    response_rate: float | None = None

    @property
    def reliability_e(self) -> float:
        """ICC(2) of the employees' unit means."""
        return group_reliability(self.icc_e, self.employees, self.response_rate)

    @property
    def reliability_c(self) -> float:
        """ICC(2) of the customers' unit means."""
        return group_reliability(self.icc_c, self.customers)

    @property
    def visibility(self) -> float:
        """The factor by which the surveys shrink a latent correlation, sqrt(ICC2_e ICC2_c)."""
        return math.sqrt(self.reliability_e * self.reliability_c)

    def observed(self, latent: float) -> float:
        """The correlation of unit means that a latent correlation gives."""
        return latent * self.visibility

    def power(self, latent: float, n_units: float, alpha: float = 0.05) -> float:
        """Chance of finding a latent correlation with so many units (two-sided)."""
        return correlation_power(self.observed(latent), n_units, alpha)

    def units_needed(self, latent: float, power: float = 0.80, alpha: float = 0.05) -> int | None:
        """Whole units for which the latent correlation is found with the chance `power`; None if no number does."""
        seen = abs(self.observed(latent))
        if seen < 1e-6:
            return None
        return math.ceil(round(units_needed(seen, power, alpha), 9))

    def detectable(self, n_units: int, power: float = 0.80, alpha: float = 0.05) -> float | None:
        """Smallest latent correlation that `n_units` units find with the chance `power`; None if 1 is too small."""
        if self.visibility == 0:
            return None
        latent = detectable_correlation(n_units, power, alpha) / self.visibility
        return latent if latent <= 1 else None

    def half_width(self, latent: float, n_units: float, level: float = 0.95) -> float:
        """Half the expected Fisher interval of the observed correlation, brought to the latent scale."""
        low, high = fisher_interval(self.observed(latent), 1 / math.sqrt(n_units - 3), level)
        return (high - low) / 2 / self.visibility

    def units_for_half_width(self, latent: float, half_width: float, level: float = 0.95) -> int | None:
        """Whole units for which the interval of the latent correlation reaches at most `half_width` to either side.

        None if no number does. `half_width` is on the latent scale.
        """
        if self.visibility == 0 or not half_width > 0:
            return None
        if self.half_width(latent, 4, level) <= half_width:
            return 4
        found = optimize.brentq(lambda n: self.half_width(latent, n, level) - half_width, 4, _MOST_UNITS, xtol=1e-9)
        return math.ceil(round(float(found), 6))

    def respondents_needed(self, latent: float, n_units: int, power: float = 0.80, alpha: float = 0.05) -> int | None:
        """Customers per unit for which `n_units` units find the latent correlation; None if no number of them does."""
        wanted = detectable_correlation(n_units, power, alpha)
        needed = (wanted / abs(latent)) ** 2 / self.reliability_e if latent and self.reliability_e else math.inf
        if needed >= 1 or self.icc_c <= 0:
            return None
        if self.icc_c >= 1:
            return 1
        return max(1, math.ceil(round(needed / (1 - needed) * (1 - self.icc_c) / self.icc_c, 9)))


def level_two_power(slope: float, n_units: int, icc: float, n: float, alpha: float = 0.05) -> float:
    """Power of the regression of customers' scores on a standardised unit predictor.

    `slope` is in standard deviations of a customer's score, `icc` the score's ICC(1) before the predictor and `n` the
    customers per unit: the slope's error is sqrt((icc - slope^2 + (1 - icc) / n) / (units - 3)), and the test is a
    noncentral t with units - 2 df.

    Raises
    ------
    ValueError
        If the slope explains more than all variance between units.
    """
    rest = icc - slope**2
    if rest < 0:
        raise ValueError(f"a slope of {slope!r} explains more than the variance between units, {icc!r}")
    noncentral = slope / math.sqrt((rest + (1 - icc) / n) / (n_units - 3))
    critical = float(stats.t.isf(alpha / 2, n_units - 2))
    return float(stats.nct.sf(critical, n_units - 2, noncentral) + stats.nct.cdf(-critical, n_units - 2, noncentral))


def planning_grid(
    design: SurveyDesign,
    latent: float,
    units: Sequence[int],
    employees: Sequence[int],
    customers: Sequence[int],
    *,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Power for every mix of units, employees and customers per unit; columns `GRID_COLUMNS`, one row per mix."""
    rows = []
    for per_e in employees:
        for per_c in customers:
            planned = replace(design, employees=per_e, customers=per_c)
            for n_units in units:
                power = planned.power(latent, n_units, alpha)
                seen = (planned.reliability_e, planned.reliability_c, planned.observed(latent), power)
                rows.append((n_units, per_e, per_c, *seen))
    return pd.DataFrame(rows, columns=list(GRID_COLUMNS)).astype({"power": np.float64})


def units_grid(
    design: SurveyDesign,
    latent: float,
    employees: Sequence[int],
    customers: Sequence[int],
    *,
    power: float = 0.80,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Units needed for every mix of employees and customers per unit: columns employees, customers, observed, units.

    `units` is missing where no number of units does.
    """
    rows = []
    for per_e in employees:
        for per_c in customers:
            planned = replace(design, employees=per_e, customers=per_c)
            rows.append((per_e, per_c, planned.observed(latent), planned.units_needed(latent, power, alpha)))
    return pd.DataFrame(rows, columns=["employees", "customers", "observed", "units"]).astype({"units": "Int64"})
