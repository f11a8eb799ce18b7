"""How a score's variance lies between and within units: one-way analysis of variance and REML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.moments import ScoreMoments

Components = Literal["anova", "reml"]


@dataclass(frozen=True, slots=True)
class OneWay:
    """One-way analysis of variance of a score by unit.

    Attributes
    ----------
    ms_between, ms_within : mean squares. n_units, n_respondents : J and N.
    mean_size : N / J. n0 : (N - sum n_j^2 / N) / (J - 1), the size for which the expected mean square between units
        is sigma2 + n0 tau2 when units differ in size.
    """

    ms_between: float
    ms_within: float
    n_units: int
    n_respondents: int
    mean_size: float
    n0: float

    @property
    def df(self) -> tuple[int, int]:
        """Degrees of freedom between and within units."""
        return self.n_units - 1, self.n_respondents - self.n_units


def one_way(moments: ScoreMoments) -> OneWay | None:
    """Analysis of variance from the moments; None with fewer than two units, or no unit with two respondents."""
    units = moments.answered()
    n_units = len(units.n)
    n_total, mean, _ = units.total()
    if n_units < 2 or n_total <= n_units:
        return None
    return OneWay(
        ms_between=float(units.n @ (units.mean - mean) ** 2) / (n_units - 1),
        ms_within=float(units.ss.sum()) / (n_total - n_units),
        n_units=n_units,
        n_respondents=n_total,
        mean_size=n_total / n_units,
        n0=float((n_total - (units.n.astype(np.float64) ** 2).sum() / n_total) / (n_units - 1)),
    )


def variance_components(moments: ScoreMoments, method: Components = "anova") -> tuple[float, float] | None:
    """Variance between units tau2 (never negative) and within units sigma2; None where they are not identified."""
    if method == "reml":
        none_known = np.empty((len(moments.n), 0))
        fit = fit_random_intercept(unit_level_moments(moments, none_known))
        return None if fit is None else (fit.tau2, fit.sigma2)
    table = one_way(moments)
    if table is None:
        return None
    return max(0.0, (table.ms_between - table.ms_within) / table.n0), table.ms_within
