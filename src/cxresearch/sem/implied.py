"""Means and covariances that a model implies, and their derivatives.

With B = (I - A)^-1 and F picking the observed variables: mean = F B M, covariance = F B S B' F'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxresearch.moments import Floats, Ints
from cxresearch.sem.model import GroupLayout


@dataclass(frozen=True, slots=True)
class Implied:
    """What one group's parameters imply.

    Attributes
    ----------
    mean : (P,), covariance : (P, P) of the observed variables.
    effects : (V, V) total effects B. total : (V, V) covariance of all variables, all_means : (V,).
    """

    mean: Floats
    covariance: Floats
    effects: Floats
    total: Floats
    all_means: Floats


def implied(group: GroupLayout, theta: Floats) -> Implied:
    """The moments at the parameters `theta` (Q,)."""
    a, s, m = group.filled(theta)
    b = np.asarray(np.linalg.inv(np.eye(len(a)) - a), dtype=np.float64)
    total = b @ s @ b.T
    means = b @ m
    p = group.n_observed
    return Implied(means[:p], total[:p, :p], b, total, means)


def _add(into: Floats, at: Ints, values: Floats, group: GroupLayout) -> None:
    if group.repeated:
        np.add.at(into, at, values)
    else:
        into[at] += values


def jacobian(group: GroupLayout, state: Implied) -> tuple[Floats, Floats]:
    """Derivatives (R, P) of the means and (R, P, P) of the covariances by each of the group's parameters."""
    p, n_parameters = group.n_observed, len(group.parameters)
    by_mean, by_covariance = np.zeros((n_parameters, p)), np.zeros((n_parameters, p, p))
    out, onward = state.effects[:p].T, state.total[:, :p]
    row, column, index = group.a_at.T
    half = out[row][:, :, None] * onward[column][:, None, :]
    _add(by_covariance, index, half + half.transpose(0, 2, 1), group)
    _add(by_mean, index, out[row] * state.all_means[column][:, None], group)
    row, column, index = group.s_at.T
    half = out[row][:, :, None] * out[column][:, None, :]
    both = half + half.transpose(0, 2, 1)
    both[row == column] /= 2
    _add(by_covariance, index, both, group)
    _add(by_mean, group.m_at[:, 1], out[group.m_at[:, 0]], group)
    return by_mean, by_covariance


def pulled_back(group: GroupLayout, state: Implied, on_mean: Floats, on_cov: Floats) -> Floats:
    """Gradient (R,) by the group's parameters of a function with the given gradient by means (P,) and covariances."""
    gradient = np.zeros(len(group.parameters))
    out = state.effects[: group.n_observed]
    through = out.T @ on_cov
    on_means = out.T @ on_mean
    by_a = 2 * through @ state.total[: group.n_observed] + np.outer(on_means, state.all_means)
    by_s = through @ out
    by_s = 2 * by_s - np.diag(np.diag(by_s))
    _add(gradient, group.a_at[:, 2], by_a[group.a_at[:, 0], group.a_at[:, 1]], group)
    _add(gradient, group.s_at[:, 2], by_s[group.s_at[:, 0], group.s_at[:, 1]], group)
    _add(gradient, group.m_at[:, 1], on_means[group.m_at[:, 0]], group)
    return gradient


def curvature(group: GroupLayout, state: Implied, on_mean: Floats, on_cov: Floats) -> Floats:
    """Hessian (R, R) by the group's parameters of a function that is linear in the moments, with the gradient given."""
    hessian = np.zeros((len(group.parameters), len(group.parameters)))
    p, b, total, means = group.n_observed, state.effects, state.total, state.all_means
    through = b[:p].T @ on_cov
    half, inner, on_means = through @ total[:p], through @ b[:p], b[:p].T @ on_mean
    i, j, index = (column[:, None] for column in group.a_at.T)
    k, m, other = group.a_at.T
    by_a = 2 * (b[m, i] * half[k, j] + inner[i, k] * total[m, j] + half[i, m] * b[j, k])
    by_a += b[m, i] * on_means[k] * means[j] + on_means[i] * b[j, k] * means[m]
    np.add.at(hessian, (index, other), by_a)
    k, m, other = group.s_at.T
    by_s = np.where(k == m, 1.0, 2.0) * (inner[i, k] * b[j, m] + inner[i, m] * b[j, k])
    np.add.at(hessian, (index, other), by_s)
    np.add.at(hessian, (other, index), by_s)
    k, other = group.m_at.T
    by_m = on_means[i] * b[j, k]
    np.add.at(hessian, (index, other), by_m)
    np.add.at(hessian, (other, index), by_m)
    return hessian
