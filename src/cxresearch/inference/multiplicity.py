"""Several tests in one family: adjusted p values."""

from __future__ import annotations

from collections.abc import Mapping

from statsmodels.stats.multitest import multipletests


def _adjusted(p_values: Mapping[str, float | None], method: str) -> dict[str, float | None]:
    if not p_values:
        return {}
    counted = [1.0 if p is None else p for p in p_values.values()]
    corrected = multipletests(counted, method=method)[1]
    return {name: None if p is None else float(new) for (name, p), new in zip(p_values.items(), corrected, strict=True)}


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Holm's adjusted p values of a family of tests (family-wise error).

    A member whose test could not be done (None) stays in the family, as if its p were 1, and remains None: the family
    is what was declared, not what happened to be estimable.
    """
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Benjamini and Hochberg's adjusted p values (false discovery rate) of a family, None as in `holm`."""
    return _adjusted(p_values, "fdr_bh")
