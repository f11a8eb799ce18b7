"""What answers would look like without any agreement: the null distributions that the r_wg family divides by.

For five options the category shares are those of LeBreton and Senter (2008). For another number of options only
distributions with a definition can be had: uniform (all options alike), triangular (shares rise by equal steps to the
middle), normal (a normal curve cut at the midpoints between options, its standard deviation a fifth of the number of
options, which gives the published five-option shares to their two decimals). The published skewed distributions exist
for five options only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cxresearch.moments import Floats

NULLS = ("uniform", "slight_skew", "moderate_skew", "heavy_skew", "triangular", "normal")
DERIVED = ("triangular", "normal")
"""Nulls that, for other than five options, follow this package's definition rather than a published table."""

_FIVE: dict[str, tuple[float, ...]] = {
    "uniform": (0.20, 0.20, 0.20, 0.20, 0.20),
    "slight_skew": (0.05, 0.15, 0.20, 0.35, 0.25),
    "moderate_skew": (0.00, 0.10, 0.15, 0.40, 0.35),
    "heavy_skew": (0.00, 0.00, 0.10, 0.40, 0.50),
    "triangular": (0.11, 0.22, 0.34, 0.22, 0.11),
    "normal": (0.07, 0.24, 0.38, 0.24, 0.07),
}


@dataclass(frozen=True, slots=True)
class NullDistribution:
    """A distribution of answers without agreement.

    Attributes
    ----------
    name : one of `NULLS`. shares : (A,) share of each option 1..A.
    derived : by this package's definition, not from a published table.
    """

    name: str
    shares: Floats
    derived: bool

    @property
    def variance(self) -> float:
        """Variance of an answer, options one apart."""
        options = np.arange(1, len(self.shares) + 1)
        mean = self.shares @ options
        return float(self.shares @ (options - mean) ** 2)


def null_distribution(name: str, n_options: int) -> NullDistribution | None:
    """A null distribution for A options; None if it has neither a published table nor a definition for that A.

    Raises
    ------
    ValueError
        If the name is unknown or there are fewer than two options.
    """
    if name not in NULLS:
        raise ValueError(f"unknown null distribution {name!r}; known: {', '.join(NULLS)}")
    if n_options < 2:
        raise ValueError(f"agreement needs at least two response options, got {n_options}")
    if n_options == 5:
        return NullDistribution(name, np.array(_FIVE[name]), derived=False)
    options = np.arange(1, n_options + 1, dtype=np.float64)
    if name == "uniform":
        return NullDistribution(name, np.full(n_options, 1 / n_options), derived=False)
    if name == "triangular" and n_options > 2:
        rising = np.minimum(options, n_options + 1 - options)
        return NullDistribution(name, rising / rising.sum(), derived=True)
    if name == "normal" and n_options > 2:
        cuts = np.concatenate([[-np.inf], options[:-1] + 0.5, [np.inf]])
        below = stats.norm.cdf(cuts, loc=(n_options + 1) / 2, scale=n_options / 5)
        return NullDistribution(name, np.diff(below), derived=True)
    return None
