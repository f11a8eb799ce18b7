"""Several regressions on the same rows, with the joint covariance of all their coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.regression import LeastSquares
from cxresearch.moments import Floats

Errors = Literal["classical", "hc3", "cluster"]
"""Equal variances; unequal ones (HC3); unequal and dependent within units (CR1S)."""

_FULL = 1e-10


def joint_covariance(fits: Sequence[LeastSquares], errors: Errors, clusters: ArrayLike | None = None) -> Floats | None:
    """Covariance of the coefficients of all `fits`, one after another; None where one row determines a coefficient.

    With `hc3` and `cluster` it is the sandwich of the stacked estimating equations, so that coefficients of different
    regressions may be correlated; its blocks are `hc3_covariance` and `cr1s_covariance`. With `classical` the block of
    regressions f and g is s_fg (X_f'X_f)^-1 X_f'X_g (X_g'X_g)^-1, s_fg = e_f'e_g / sqrt(df_f df_g).

    Raises
    ------
    ValueError
        If `cluster` is asked for without `clusters` (N,).
    """
    if errors == "classical":
        return _classical(fits)
    if errors == "hc3":
        if min(float((1 - fit.leverage).min()) for fit in fits) < _FULL:
            return None
        pulls = np.column_stack(
            [fit.design * (fit.residuals / (1 - fit.leverage))[:, None] @ fit.bread for fit in fits]
        )
        return np.asarray(pulls.T @ pulls)
    if clusters is None:
        raise ValueError("errors within units need to know the units")
    return _clustered(fits, clusters)


def _classical(fits: Sequence[LeastSquares]) -> Floats:
    blocks = [
        [
            float(one.residuals @ two.residuals)
            / math.sqrt(one.df * two.df)
            * (one.bread @ (one.design.T @ two.design) @ two.bread)
            for two in fits
        ]
        for one in fits
    ]
    return np.asarray(np.block(blocks))


def _clustered(fits: Sequence[LeastSquares], clusters: ArrayLike) -> Floats:
    labels, code = np.unique(np.asarray(clusters), return_inverse=True)
    n_units, parts = len(labels), []
    for fit in fits:
        n_rows, n_columns = fit.design.shape
        factor = n_units / (n_units - 1) * (n_rows - 1) / (n_rows - n_columns)
        sums = np.zeros((n_units, n_columns))
        np.add.at(sums, code, fit.design * fit.residuals[:, None])
        parts.append(math.sqrt(factor) * sums @ fit.bread)
    pulls = np.column_stack(parts)
    return np.asarray(pulls.T @ pulls)
