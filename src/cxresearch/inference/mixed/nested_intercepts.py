"""Regression with two nested random intercepts by (restricted) maximum likelihood, from moments of groups.

The model is y_ijk = x_ijk' b + u_j + v_ij + e_ijk: rows (customers) k of groups (serving employees) i in units j. b
and sigma2 are profiled out, which leaves two ratios of variances. All is O(groups), however many rows there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from cxresearch.inference.mixed.nested_criterion import nested_criterion, nested_deviance, nested_gradient, solve_nested
from cxresearch.inference.mixed.nested_moments import NestedMoments
from cxresearch.inference.mixed.random_intercept import SINGULAR_THETA
from cxresearch.moments import Floats

_STEP = 1e-30
_GRID = (0.0, 0.05, 0.2, 1.0, 5.0, 50.0)
"""Ratios to start from, in terms of a group's, or a unit's, own error."""
_FLAT = 1e-9
_LARGEST = 1e6
"""Square roots of ratios beyond this are a line search going astray."""


@dataclass(frozen=True, slots=True)
class NestedIntercepts:
    """A fitted regression with two nested random intercepts.

    Attributes
    ----------
    coefficients, std_errors, df : (P,), df by Satterthwaite's approximation. covariance : (P, P) of the coefficients.
    variances : (3,) of groups, units and rows. variance_covariance : (3, 3) asymptotic, rows and columns of variances
    on the boundary 0; None where the Hessian is not positive. criterion : deviance at the optimum, lme4's `REMLcrit`.
    singular : a variance is on its boundary. curvature : as `variance_covariance`, what contrasts' df rest on.
    """

    coefficients: Floats
    std_errors: Floats
    df: Floats
    covariance: Floats
    variances: Floats
    variance_covariance: Floats | None
    criterion: float
    singular: bool
    moments: NestedMoments

    @property
    def shares(self) -> Floats:
        """Shares (3,) of the variance that the predictors leave: groups, units, rows."""
        return np.asarray(self.variances / self.variances.sum())

    def contrast(self, weights: Floats) -> tuple[float, float, float]:
        """Estimate, standard error and Satterthwaite df of a weighted sum (P,) of the coefficients."""
        estimate, error = float(weights @ self.coefficients), float(np.sqrt(weights @ self.covariance @ weights))
        return estimate, error, float(_df(self.moments, self.variances, self.variance_covariance, weights[:, None])[0])


def fit_nested_intercepts(moments: NestedMoments, *, reml: bool = True) -> NestedIntercepts | None:
    """Fit; None where predictors are linearly dependent, or rows, groups or units leave a variance undefined.

    Degrees of freedom are lmerTest's. Where a variance is 0 they are at most units - P for predictors known per unit
    and groups - P for those known per group.
    """
    if not _identified(moments):
        return None
    ratios = _best_ratios(moments, reml=reml)
    value = nested_deviance(moments, ratios, reml=reml)
    at = solve_nested(moments, ratios[0], ratios[1], 1.0)
    sigma2 = float(at.rss) / (moments.n_rows - len(at.beta) * reml)
    variances = np.array([ratios[0], ratios[1], 1.0]) * sigma2 * moments.scale[-1] ** 2
    back = _back(moments)
    covariance = sigma2 * back @ np.linalg.inv(at.a) @ back.T
    coefficients = back @ at.beta
    coefficients[0] += moments.centre[-1]
    curvature = _variance_covariance(moments, variances, reml=reml)
    return NestedIntercepts(
        coefficients=np.asarray(coefficients),
        std_errors=np.sqrt(np.diag(covariance)),
        df=_df(moments, variances, curvature, np.eye(len(back))),
        covariance=np.asarray(covariance),
        variances=variances,
        variance_covariance=curvature,
        criterion=value,
        singular=bool((np.sqrt(ratios) < SINGULAR_THETA).any()),
        moments=moments,
    )


def _best_ratios(moments: NestedMoments, *, reml: bool) -> Floats:
    """The global optimum: descents from a grid's best points inside and on each side of the boundary."""
    starts = [
        np.array([group, unit])
        for group in np.array(_GRID) / np.median(moments.n)
        for unit in np.array(_GRID) / np.median(moments.by_unit(1 / (group + 1 / moments.n)))
    ]
    values = [nested_deviance(moments, start, reml=reml) for start in starts]
    best: dict[tuple[bool, ...], int] = {}
    for place in np.argsort(values):
        best.setdefault(tuple(starts[place] > 0), int(place))
    found = [_descend(moments, starts[place], reml=reml) for place in best.values()]
    ratios = min(found, key=lambda item: item[0])[1]
    slope = nested_criterion(moments, ratios, reml=reml)[1]
    if ((ratios == 0) & (slope < -_FLAT)).any():
        typical = 0.01 / np.median(moments.by_unit(moments.n))
        ratios = _descend(moments, np.where(ratios == 0, typical, ratios), reml=reml)[1]
    return ratios


def _descend(moments: NestedMoments, start: Floats, *, reml: bool) -> tuple[float, Floats]:
    """The local optimum over square roots of the ratios, whose sign is free; zeros stay, and roots near 0 become 0."""
    per_unit = 1 / moments.n_units

    def objective(root: Floats) -> tuple[float, Floats]:
        beyond = max(float(np.abs(root).max()) / _LARGEST, 1.0)
        value, slope = nested_criterion(moments, (root / beyond) ** 2, reml=reml)
        return value * per_unit + beyond - 1, 2 * slope * root * per_unit + root * (beyond > 1) / _LARGEST**2

    root = np.sqrt(start)
    if start.any():
        root = optimize.minimize(objective, root, jac=True, method="BFGS", options={"gtol": 1e-9}).x
    ratios = np.asarray(root**2, dtype=np.float64)
    value = nested_deviance(moments, ratios, reml=reml)
    for place in np.flatnonzero(np.abs(root) < 0.01):
        flat = np.where(np.arange(2) == place, 0.0, ratios)
        lower = nested_deviance(moments, flat, reml=reml)
        if lower <= value + 1e-10:
            value, ratios = lower, flat
    return value, ratios


def _back(moments: NestedMoments) -> Floats:
    """Coefficients of centred, scaled columns to those of the columns themselves."""
    back = np.diag(1 / moments.scale[:-1])
    back[0] -= moments.centre[:-1] / moments.scale[:-1]
    return np.asarray(moments.scale[-1] * back)


def _steps(moments: NestedMoments, variances: Floats) -> list[Floats]:
    """Working-scale variances moved by an imaginary step along those that are not 0."""
    working = variances.astype(np.complex128) / moments.scale[-1] ** 2
    return [working + 1j * _STEP * (np.arange(3) == place) for place in np.flatnonzero(variances > 0)]


def _variance_covariance(moments: NestedMoments, variances: Floats, *, reml: bool) -> Floats | None:
    """Twice the inverse Hessian over the variances that are not 0, filled up with 0."""
    inside = np.flatnonzero(variances > 0)
    steps = _steps(moments, variances)
    hessian = np.stack([nested_gradient(moments, at, reml=reml).imag[inside] / _STEP for at in steps])
    hessian = (hessian + hessian.T) / 2
    if np.linalg.eigvalsh(hessian)[0] <= 0:
        return None
    whole = np.zeros((3, 3))
    whole[np.ix_(inside, inside)] = 2 * np.linalg.inv(hessian) * moments.scale[-1] ** 4
    return whole


def _df(moments: NestedMoments, variances: Floats, curvature: Floats | None, contrasts: Floats) -> Floats:
    """2 v^2 / (g' A g) for each contrast (P, C); v its variance, g the variance's gradient."""
    back = _back(moments)
    rows = contrasts.T @ back
    limit = _limits(moments, contrasts.T)
    if curvature is None:
        return limit
    steps = [_contrast_variances(moments, at, rows) for at in _steps(moments, variances)]
    inside = np.flatnonzero(variances > 0)
    gradient = np.stack([step.imag / _STEP for step in steps])
    known = curvature[np.ix_(inside, inside)] / moments.scale[-1] ** 4
    df = np.asarray(2 * steps[0].real ** 2 / np.einsum("ac,ab,bc->c", gradient, known, gradient))
    return df if (variances > 0).all() else np.minimum(df, limit)


def _contrast_variances(moments: NestedMoments, variances: Floats, rows: Floats) -> Floats:
    inverse = np.linalg.inv(solve_nested(moments, *variances).a)
    return np.asarray(np.einsum("cp,pq,cq->c", rows, inverse, rows))


def _limits(moments: NestedMoments, contrasts: Floats) -> Floats:
    """The fewest that any column of a contrast leaves: units - P, groups - P or rows - P."""
    spread = (
        moments.mean - (moments.by_unit(moments.mean) / moments.by_unit(np.ones((moments.n_groups, 1))))[moments.unit]
    )
    in_group = np.diag(moments.within)[:-1] > 1e-9 * moments.n_rows
    in_unit = np.any(np.abs(spread) > 1e-9, axis=0)[:-1]
    n_columns = len(in_unit)
    counts = np.where(in_group, moments.n_rows, np.where(in_unit, moments.n_groups, moments.n_units)) - n_columns
    return np.asarray(np.where(contrasts != 0, counts, np.inf).min(axis=1))


def _identified(moments: NestedMoments) -> bool:
    """Whether units outnumber the columns, units hold several groups, groups several rows, and nothing is redundant."""
    n_columns = len(moments.scale) - 1
    if moments.n_units <= n_columns or moments.n_groups <= moments.n_units or moments.n_rows <= moments.n_groups:
        return False
    if not (moments.scale > 0).all():
        return False
    total = moments.within + moments.mean.T @ (moments.n[:, None] * moments.mean)
    beta = np.linalg.lstsq(moments.within[1:-1, 1:-1], moments.within[1:-1, -1], rcond=1e-10)[0]
    left = moments.within[-1, -1] - beta @ moments.within[1:-1, -1]
    return bool(np.linalg.eigvalsh(total[:-1, :-1] / moments.n_rows).min() > 1e-10 and left > 1e-10)
