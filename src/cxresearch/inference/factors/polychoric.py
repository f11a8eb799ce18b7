"""Polychoric correlations: of the normal variables that ordered answers are cut from, by two-step maximum likelihood.

Thresholds come from each item's own distribution, then each pair's correlation from its table of answers
(Olsson 1979), for many tables at once.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from cxresearch.moments import Floats

_LIMIT = 0.9999
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_FAR = 9.0
_ROUNDS = 50


def bivariate_normal(first: Floats, second: Floats, r: Floats) -> Floats:
    """P(X <= first, Y <= second) of standard normal X, Y with correlation `r`, by Plackett's integral over r."""
    angle = np.arcsin(r)
    theta = (_NODES + 1) / 2 * angle[..., None]
    h, k = first[..., None], second[..., None]
    inside = np.exp(-(h * h + k * k - 2 * h * k * np.sin(theta)) / (2 * np.cos(theta) ** 2))
    integral = inside @ _WEIGHTS * angle / 2
    probability: Floats = special.ndtr(first) * special.ndtr(second) + integral / (2 * np.pi)
    return probability


def _density(first: Floats, second: Floats, r: Floats) -> Floats:
    rest = 1 - r * r
    value: Floats = np.exp(-(first**2 + second**2 - 2 * r * first * second) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    return value


def thresholds(margin: Floats) -> Floats:
    """(..., A + 1) cuts of the standard normal that give the shares of `margin` (..., A) answers."""
    share = np.cumsum(margin, axis=-1) / margin.sum(axis=-1, keepdims=True)
    inner = np.clip(special.ndtri(np.clip(share[..., :-1], 0, 1)), -_FAR, _FAR)
    ends = np.full((*share.shape[:-1], 1), _FAR)
    return np.concatenate([-ends, inner, ends], axis=-1)


def polychoric(tables: Floats) -> Floats:
    """(T,) correlations of T tables of answers (T, A, A); NaN where an item has a single answer.

    Newton steps with the expected information on the correlation's Fisher scale, halved until the likelihood grows.
    """
    rows, columns = thresholds(tables.sum(axis=2)), thresholds(tables.sum(axis=1))
    known = ((tables.sum(axis=2) > 0).sum(axis=1) > 1) & ((tables.sum(axis=1) > 0).sum(axis=1) > 1)
    result = np.full(len(tables), np.nan)
    result[known] = _maximise(tables[known], rows[known], columns[known])
    return result


def _maximise(tables: Floats, rows: Floats, columns: Floats) -> Floats:
    r = np.clip(_product_moment(tables), -0.95, 0.95)
    likelihood, score, information = _likelihood(tables, rows, columns, r)
    going = np.arange(len(tables))
    for _ in range(_ROUNDS):
        step = np.clip(score[going] / np.maximum(information[going], 1e-12), -0.3, 0.3)
        going, step = going[np.abs(step) > 1e-9], step[np.abs(step) > 1e-9]
        if not len(going):
            break
        improved = np.zeros(len(going), dtype=bool)
        for share in (1.0, 0.5, 0.25, 0.0625, 0.01):
            left = np.flatnonzero(~improved)
            if not len(left):
                break
            tried = np.clip(r[going[left]] + share * step[left], -_LIMIT, _LIMIT)
            reached = _likelihood(tables[going[left]], rows[going[left]], columns[going[left]], tried)
            better = reached[0] > likelihood[going[left]]
            chosen = going[left[better]]
            r[chosen], likelihood[chosen] = tried[better], reached[0][better]
            score[chosen], information[chosen] = reached[1][better], reached[2][better]
            improved[left[better]] = True
        going = going[improved]
    return r


def _likelihood(tables: Floats, rows: Floats, columns: Floats, r: Floats) -> tuple[Floats, Floats, Floats]:
    """Log likelihood, its slope in r and the expected information, of each table."""
    first, second = np.broadcast_arrays(rows[:, :, None], columns[:, None, :])
    at = np.broadcast_to(r[:, None, None], first.shape)
    cumulative = bivariate_normal(first, second, at)
    cell = np.maximum(np.diff(np.diff(cumulative, axis=1), axis=2), 1e-300)
    slope = np.diff(np.diff(_density(first, second, at), axis=1), axis=2)
    n = tables.sum(axis=(1, 2))
    used = cell > 1e-14
    score = np.where(used, tables * slope / cell, 0).sum(axis=(1, 2))
    information = n * np.where(used, slope**2 / cell, 0).sum(axis=(1, 2))
    return (tables * np.log(cell)).sum(axis=(1, 2)), score, information


def _product_moment(tables: Floats) -> Floats:
    n = tables.sum(axis=(1, 2))
    value = np.arange(tables.shape[1], dtype=np.float64)
    row, column = tables.sum(axis=2), tables.sum(axis=1)
    mean_row, mean_column = row @ value / n, column @ value / n
    product = np.einsum("tij,i,j->t", tables, value, value) / n - mean_row * mean_column
    spread = (row @ value**2 / n - mean_row**2) * (column @ value**2 / n - mean_column**2)
    correlation: Floats = product / np.sqrt(spread)
    return correlation
