"""The hidden experience of units over time: stable differences, carry-over, and lagged effects both ways."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitProcess:
    r"""How employee (EX) and customer experience (CX) of a unit move, both with variance 1 over units and periods.

    .. math::
        (X_{jt}, C_{jt}) = \sqrt{k}\,(T^x_j, T^c_j) + \sqrt{1-k}\,W_{jt}, \qquad W_{jt} = A W_{j,t-1} + e_{jt}

    with :math:`k` the stable share, :math:`\mathrm{corr}(T^x, T^c) = \rho`, and
    :math:`A = [[carry_{ex}, cx{\to}ex], [ex{\to}cx, carry_{cx}]]`. The innovations e of EX and CX are uncorrelated and
    scaled so that W is stationary with unit variances: the random-intercept cross-lagged panel model of
    Hamaker, Kuiper & Grasman (2015), whose lagged coefficients are the entries of A.

    Attributes
    ----------
    rho : correlation of the stable parts. stable : share k of the variance that never changes, 0..1.
    carry_ex, carry_cx : how much of a deviation remains one period later.
    ex_to_cx, cx_to_ex : standardised effect of one period's deviation on the other side's next period.
    """

    rho: float = 0.5
    stable: float = 0.6
    carry_ex: float = 0.4
    carry_cx: float = 0.3
    ex_to_cx: float = 0.0
    cx_to_ex: float = 0.0

    def __post_init__(self) -> None:
        if not -1 <= self.rho <= 1 or not 0 <= self.stable <= 1:
            raise ValueError(f"rho lies in -1..1 and stable in 0..1, got {self.rho} and {self.stable}")
        if max(abs(np.linalg.eigvals(self.transition()))) >= 1:
            raise ValueError("carry-over and lagged effects let the deviations grow without end")
        if min(np.diag(self.innovations())) < 0:
            raise ValueError("carry-over and lagged effects explain more than all of the variance")

    def transition(self) -> Floats:
        """The matrix A (2, 2), rows and columns in the order EX, CX."""
        return np.array([[self.carry_ex, self.cx_to_ex], [self.ex_to_cx, self.carry_cx]])

    def within_covariance(self) -> Floats:
        """Covariance (2, 2) of the deviations W of one period, diagonal 1."""
        a = self.transition()
        shared = a[0, 0] * a[1, 0] + a[0, 1] * a[1, 1]
        covariance = shared / (1 - a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0])
        return np.array([[1.0, covariance], [covariance, 1.0]])

    def innovations(self) -> Floats:
        """Covariance (2, 2) of the innovations, diagonal: what A leaves of the stationary variances."""
        stationary, a = self.within_covariance(), self.transition()
        return np.diag(np.diag(stationary - a @ stationary @ a.T))

    def covariance_of_means(self, n_periods: int = 1) -> Floats:
        """Covariance (2, 2) over units of EX and CX averaged over so many consecutive periods."""
        within = np.zeros((2, 2))
        lagged = self.within_covariance()
        for lag in range(n_periods):
            within += (n_periods - lag) * (lagged if lag == 0 else lagged + lagged.T)
            lagged = self.transition() @ lagged
        stable = np.array([[1.0, self.rho], [self.rho, 1.0]])
        return self.stable * stable + (1 - self.stable) * within / n_periods**2


def standard_normals(rng: np.random.Generator, n_rows: int, n_columns: int, *, exact: bool = False) -> Floats:
    """Independent standard normals (n_rows, n_columns).

    With `exact` the columns have mean 0, variance 1 (divisor n) and correlations 0 in the very sample, so that a
    small example carries the true correlations and no accident of the draw.

    Raises
    ------
    ValueError
        If `exact` is asked of no more rows than columns.
    """
    draws = rng.standard_normal((n_rows, n_columns))
    if not exact:
        return draws
    if n_rows <= n_columns:
        raise ValueError(f"{n_columns} exactly uncorrelated columns need more than {n_rows} rows")
    basis, triangle = np.linalg.qr(draws - draws.mean(axis=0))
    return np.asarray(basis * np.sign(np.diag(triangle)) * math.sqrt(n_rows))


def unit_experiences(
    rng: np.random.Generator, process: UnitProcess, stable: Floats, n_periods: int
) -> tuple[Floats, Floats]:
    """EX and CX of units by period, (J, T) each; `stable` (J, 2) independent standard normals give the stable parts."""
    n_units = len(stable)
    second = process.rho * stable[:, 0] + math.sqrt(1 - process.rho**2) * stable[:, 1]
    traits = np.stack([stable[:, 0], second], axis=1)
    deviations = np.empty((n_periods, n_units, 2))
    start = np.linalg.cholesky(process.within_covariance())
    deviations[0] = rng.standard_normal((n_units, 2)) @ start.T
    spread = np.sqrt(np.diag(process.innovations()))
    for period in range(1, n_periods):
        fresh = rng.standard_normal((n_units, 2)) * spread
        deviations[period] = deviations[period - 1] @ process.transition().T + fresh
    levels = math.sqrt(process.stable) * traits + math.sqrt(1 - process.stable) * deviations
    return levels[:, :, 0].T, levels[:, :, 1].T
