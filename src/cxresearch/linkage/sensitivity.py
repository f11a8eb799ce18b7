"""What could these units have shown at all, and is the connection too small to matter?"""

from __future__ import annotations

from cxresearch.inference import detectable_correlation, tost_correlation
from cxresearch.statistic import Estimate, NotEstimable, Result


def minimum_detectable(n_units: int, *, term: str, level: float, power: float = 0.80) -> Result:
    """The smallest correlation that so many units find with the chance `power`."""
    if n_units < 4:
        return NotEstimable(term=term, reason="linkage.too_few_units", details={"count": n_units, "needed": 4})
    value = detectable_correlation(n_units, power, 1 - level)
    return Estimate(term=term, estimate=value, n_units=n_units, method="linkage.detectable")


def equivalence(observed: Result, smallest_effect: float, *, term: str, level: float) -> Result:
    """Whether an observed Pearson correlation is shown to be smaller than the smallest effect of interest."""
    if isinstance(observed, NotEstimable):
        return observed.named(term)
    n_units = observed.n_units or 0
    return tost_correlation(observed.estimate, n_units, smallest_effect, term=term, level=level)
