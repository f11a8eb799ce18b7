"""Several tests in one family: adjusted p values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from cxresearch.moments import Floats


def _holm(p_values: Floats) -> Floats:
    """Running maximum of p_(i) (m - i + 1) over the sorted p values, at most 1."""
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _benjamini_hochberg(p_values: Floats) -> Floats:
    return np.asarray(stats.false_discovery_control(p_values, method="bh"), dtype=np.float64)


def _family(p_values: Mapping[str, float | None], adjust: Callable[[Floats], Floats]) -> dict[str, float | None]:
    if not p_values:
        return {}
    adjusted = adjust(np.array([1.0 if p is None else p for p in p_values.values()]))
    return {name: None if p is None else float(new) for (name, p), new in zip(p_values.items(), adjusted, strict=True)}


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Holm's adjusted p values of a family of tests (family-wise error), as R's `p.adjust`.

    A member whose test could not be done (None) stays in the family, as if its p were 1, and remains None: the family
    is what was declared, not what happened to be estimable.
    """
    return _family(p_values, _holm)


def benjamini_hochberg(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Benjamini and Hochberg's adjusted p values (false discovery rate) of a family, None as in `holm`."""
    return _family(p_values, _benjamini_hochberg)
