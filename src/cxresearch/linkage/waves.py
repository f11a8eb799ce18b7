"""The linked panel as units by periods, and the regressions over time that it can carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.linkage.link import COVARIATE, LinkedPanel
from cxresearch.moments import Floats, Ints


@dataclass(frozen=True, slots=True)
class Waves:
    """The linked scores by unit (J) and period (T), NaN where a unit was not linked in a period.

    Attributes
    ----------
    ex, cx : (J, T). covariates : (J, T, K).
    """

    ex: Floats
    cx: Floats
    covariates: Floats

    @property
    def n_periods(self) -> int:
        """Linked periods, T."""
        return int(self.ex.shape[1])


def waves_of(linked: LinkedPanel) -> Waves:
    """Spread a linked panel over its periods, in their order."""
    frame = linked.frame
    unit, units = pd.factorize(frame["unit"], sort=True)
    period, periods = pd.factorize(frame["period"], sort=True)
    names = ("ex", "cx", *(COVARIATE + name for name in linked.covariates))
    cube = np.full((len(units), len(periods), len(names)), np.nan)
    cube[unit, period] = frame[list(names)].to_numpy(dtype=np.float64)
    return Waves(cube[..., 0], cube[..., 1], cube[..., 2:])


@dataclass(frozen=True, slots=True)
class WaveRegression:
    """One regression over time, ready to be fitted.

    Attributes
    ----------
    y : (N,). x : (N,) the predictor in question. others : (N, K) what is held constant, with periods' dummies.
    unit, period : (N,) codes. scale : standard deviation of x over that of y, both about their period's mean, by which
        the coefficient is standardised; 0 without spread.
    """

    y: Floats
    x: Floats
    others: Floats
    unit: Ints
    period: Ints
    scale: float

    @property
    def predictors(self) -> Floats:
        """The predictor in question, then the others (N, 1 + K)."""
        return np.column_stack([self.x, self.others])


def _dummies(period: Ints) -> Floats:
    """Columns for all periods but the first."""
    return np.asarray(period[:, None] == np.unique(period)[1:], dtype=np.float64)


def _about_period(values: Floats, period: Ints) -> Floats:
    n = np.bincount(period)
    return np.asarray(values - (np.bincount(period, weights=values) / np.maximum(n, 1))[period])


def _regression(y: Floats, x: Floats, others: Floats) -> WaveRegression:
    """From arrays (J, T) and `others` (J, T, K): the rows where all are known."""
    known = np.isfinite(y) & np.isfinite(x) & np.isfinite(others).all(axis=2)
    unit, period = np.nonzero(known)
    rows_y, rows_x = y[known], x[known]
    spread = float(np.std(_about_period(rows_y, period))) if len(rows_y) else 0.0
    scale = float(np.std(_about_period(rows_x, period))) / spread if spread > 0 else 0.0
    return WaveRegression(rows_y, rows_x, np.column_stack([others[known], _dummies(period)]), unit, period, scale)


def _stack(*series: Floats) -> Floats:
    return np.concatenate([item if item.ndim == 3 else item[:, :, None] for item in series], axis=2)


def lagged_regression(waves: Waves) -> WaveRegression:
    """Regress cx on the previous period's ex, given the previous cx, covariates and periods."""
    before = _stack(waves.cx[:, :-1], waves.covariates[:, 1:])
    return _regression(waves.cx[:, 1:], waves.ex[:, :-1], before)


def reverse_regression(waves: Waves) -> WaveRegression:
    """Regress ex on the previous period's cx, given the previous ex, covariates and periods."""
    before = _stack(waves.ex[:, :-1], waves.covariates[:, 1:])
    return _regression(waves.ex[:, 1:], waves.cx[:, :-1], before)


def placebo_regression(waves: Waves) -> WaveRegression:
    """Regress cx on the next period's ex, given the present ex, covariates and periods."""
    present = _stack(waves.ex[:, :-1], waves.covariates[:, :-1])
    return _regression(waves.cx[:, :-1], waves.ex[:, 1:], present)


def within_regression(waves: Waves) -> WaveRegression:
    """Regress cx on ex of the same period, as deviations from the unit's own mean, given covariates and periods.

    Units with one period carry nothing and are left out.
    """
    plain = _regression(waves.cx, waves.ex, waves.covariates)
    counts = np.bincount(plain.unit, minlength=len(waves.cx))
    kept = counts[plain.unit] > 1
    unit, period = plain.unit[kept], plain.period[kept]
    columns = np.column_stack([plain.y, plain.x, plain.others])[kept]
    sums = np.zeros((len(waves.cx), columns.shape[1]))
    np.add.at(sums, unit, columns)
    rest = columns - sums[unit] / counts[unit][:, None]
    spread = float(np.std(_about_period(rest[:, 0], period))) if len(rest) else 0.0
    scale = float(np.std(_about_period(rest[:, 1], period))) / spread if spread > 0 else 0.0
    return WaveRegression(rest[:, 0], rest[:, 1], _moving(rest[:, 2:]), unit, period, scale)


def _moving(others: Floats) -> Floats:
    """The covariates that change within units; the others are held constant by the comparison itself."""
    size = np.abs(others).max(axis=0, initial=0.0)
    return others[:, size > 1e-12]
