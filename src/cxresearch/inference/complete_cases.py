"""Rows on which every series is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.moments import Floats


def as_columns(values: ArrayLike) -> Floats:
    """One series (N,) or several (N, K) as columns (N, K)."""
    array = np.asarray(values, dtype=np.float64)
    return array if array.ndim == 2 else array[:, None]


def complete_cases(*series: ArrayLike) -> tuple[Floats, ...]:
    """The series (N,) or (N, K) without the rows in which any of them has a missing or infinite value.

    Raises
    ------
    ValueError
        If the series differ in length.
    """
    arrays = [np.asarray(item, dtype=np.float64) for item in series]
    if len({len(item) for item in arrays}) > 1:
        raise ValueError(f"the series differ in length: {[len(item) for item in arrays]}")
    known = np.all([np.isfinite(as_columns(item)).all(axis=1) for item in arrays], axis=0)
    return tuple(item[known] for item in arrays)


def is_constant(values: Floats) -> bool:
    """Whether a series (N,) has no spread beyond rounding of its own size."""
    if len(values) == 0:
        return True
    spread = float(np.ptp(values))
    return spread <= 1e-12 * float(np.max(np.abs(values)))
