"""Units' rows split into what their random columns span and the rest, on scales that keep the arithmetic well behaved.

Rows of unit j are y = X b + Z u + e. With an orthonormal basis Q of the columns of Z (n_j x at most q), everything that
the random effects touch is Q'X, Q'y and Q'Z, and the rest enters as one sum over units. Columns are divided by their
root mean squares; Z is turned so that the average of Z'Z over units is the identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxresearch.inference.mixed.unit_grams import UnitGrams
from cxresearch.moments import Floats

_NULL = 1e-11
"""Directions of a unit's Z with less than this share of the largest are rounding."""
_REDUNDANT = 1e-10
"""Least eigenvalue of the columns' correlations below which they count as linearly dependent."""


@dataclass(frozen=True, slots=True)
class UnitSpans:
    """What the criterion of a fit with q random columns is computed from.

    Attributes
    ----------
    z : (J, q, q) Q'Z. w : (J, q, P + 1) Q'[X y]. within : (P + 1, P + 1) cross-products of [X y] outside the spans, all
    units together. n_rows : N. n_inside : rows that the spans take up. outcome_scale : root mean square of y.
    log_scale : what log|X'V^-1 X| gains in the original scale. fixed : (P, P) turns coefficients back, times
    `outcome_scale` included. random : (q, q) turns random effects back, relative to the outcome's scale. offset : (P,)
    added to coefficients last.
    """

    z: Floats
    w: Floats
    within: Floats
    n_rows: int
    n_inside: int
    outcome_scale: float
    log_scale: float
    fixed: Floats
    random: Floats
    offset: Floats


def unit_spans(moments: UnitGrams, slopes: Sequence[int]) -> UnitSpans | None:
    """Spans for a random intercept and random slopes of the predictors `slopes` (1 is the first predictor).

    None where coefficients or variances are not identified: predictors linearly dependent, no more units than random
    columns, or no residual spread beyond the units' own regressions.
    """
    n_columns, chosen = moments.n_columns, [0, *slopes]
    total = moments.gram.sum(axis=0)
    scale = np.sqrt(np.diag(total) / max(moments.n_rows, 1))
    if len(moments.n) <= len(chosen) or not (scale > 0).all() or not _independent(total[:-1, :-1]):
        return None
    gram = moments.gram / np.outer(scale, scale)
    turn = np.linalg.inv(np.linalg.cholesky(gram[:, chosen][:, :, chosen].mean(axis=0))).T
    zw = turn.T @ gram[:, chosen]
    values, vectors = np.linalg.eigh(turn.T @ gram[:, chosen][:, :, chosen] @ turn)
    kept = values > _NULL * values[:, -1:]
    root = np.sqrt(np.where(kept, values, 0.0))
    z = root[:, :, None] * np.swapaxes(vectors, 1, 2)
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=kept)
    w = inverse[:, :, None] * (np.swapaxes(vectors, 1, 2) @ zw)
    flat = w.reshape(-1, n_columns + 1)
    within = gram.sum(axis=0) - flat.T @ flat
    inside = int(kept.sum())
    if not _residual_known(within, moments.n_rows - inside):
        return None
    fixed = _uncentred(scale[:n_columns], moments.centre[:n_columns])
    random = fixed[np.ix_(chosen, chosen)] @ turn
    offset = np.zeros(n_columns)
    offset[0] = moments.centre[-1]
    log_scale = 2 * float(np.log(scale[:n_columns]).sum())
    spread = float(scale[-1])
    return UnitSpans(
        z, w, within, moments.n_rows, inside, spread, log_scale, spread * fixed, random, offset
    )  # fmt: skip


def _uncentred(scale: Floats, centre: Floats) -> Floats:
    """Coefficients of scaled, centred columns to those of the columns themselves."""
    back = np.diag(1 / scale)
    back[0] -= centre / scale
    return back


def _independent(total: Floats) -> bool:
    scale = np.sqrt(np.diag(total))
    return bool(np.linalg.eigvalsh(total / np.outer(scale, scale)).min() > _REDUNDANT)


def _residual_known(within: Floats, free: int) -> bool:
    """Whether rows and spread remain once every unit has a regression of its own and the rest of X is taken out."""
    size = np.sqrt(np.maximum(np.diag(within)[:-1], 0.0))
    used = size > 1e-8 * np.sqrt(max(free, 1))
    x = within[:-1, :-1][np.ix_(used, used)]
    rank = int(np.linalg.matrix_rank(x, tol=1e-10 * max(free, 1), hermitian=True)) if used.any() else 0
    if free - rank < 1:
        return False
    beta = np.linalg.lstsq(x, within[:-1, -1][used], rcond=1e-10)[0] if rank else np.zeros(int(used.sum()))
    left = within[-1, -1] - beta @ within[:-1, -1][used]
    return bool(left > 1e-10)
