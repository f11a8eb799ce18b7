"""How strongly do units with better employee experience have better customer scores? Correlations between units."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cxresearch.inference import pearson, permutation_test, spearman, weighted_correlation
from cxresearch.linkage.ols import rescaled
from cxresearch.linkage.units import LinkedUnits
from cxresearch.moments import Floats
from cxresearch.statistic import NotEstimable, Result


def unit_pearson(units: LinkedUnits, *, term: str, level: float) -> Result:
    """Pearson's r of the unit means, with Fisher's interval."""
    return units.counted(pearson(units.column("ex"), units.column("cx"), term=term, level=level))


def unit_spearman(units: LinkedUnits, *, term: str, level: float) -> Result:
    """Spearman's rank correlation of the unit means."""
    return units.counted(spearman(units.column("ex"), units.column("cx"), term=term, level=level))


def unit_weighted(
    units: LinkedUnits, *, term: str, level: float, rng: np.random.Generator, n_draws: int = 2000
) -> Result:
    """Correlation of the unit means, each unit weighted by its respondents on the `cx` side."""
    weights = units.column("cx_n")
    if not np.isfinite(weights).all():
        return NotEstimable(term=term, reason="linkage.counts_unknown")
    found = weighted_correlation(
        units.column("ex"), units.column("cx"), weights, term=term, level=level, rng=rng, n_draws=n_draws
    )
    return units.counted(found)


def overall_reliability(reliabilities: Floats) -> float | None:
    """Reliability of all units' means together: the harmonic mean of theirs (J,); None if one is unknown, 0 if one is.

    With lambda_j = tau2 / (tau2 + v_j) the harmonic mean is tau2 / (tau2 + mean v_j), the share of true variance among
    the observed means, which is what weakens their correlation. With equal n it is ICC(2).
    """
    if len(reliabilities) == 0 or not np.isfinite(reliabilities).all():
        return None
    if reliabilities.min() <= 0:
        return 0.0
    return float(1 / np.mean(1 / reliabilities))


def disattenuate(observed: Result, reliability_ex: float | None, reliability_cx: float | None, *, term: str) -> Result:
    """A correlation corrected for both measures' unreliability: r / sqrt(rel_ex rel_cx), its interval scaled alike.

    The interval takes the reliabilities as known. A value beyond 1 in size, which no correlation can have, is
    kept and flagged `linkage.beyond_one`.
    """
    if isinstance(observed, NotEstimable):
        return observed.named(term)
    if reliability_ex is None or reliability_cx is None:
        return NotEstimable(term=term, reason="linkage.reliability_unknown")
    if reliability_ex <= 0 or reliability_cx <= 0:
        return NotEstimable(term=term, reason="linkage.reliability_zero")
    corrected = rescaled(observed, 1 / math.sqrt(reliability_ex * reliability_cx), term)
    beyond = ("linkage.beyond_one",) if abs(corrected.estimate) > 1 else ()
    return replace(corrected, method="linkage.disattenuated", health=(*observed.health, *beyond))


def unit_disattenuated(units: LinkedUnits, *, term: str, level: float) -> Result:
    """`disattenuate` for the unit means, with the reliabilities that their panels tell."""
    known = [overall_reliability(units.column(f"{name}_reliability")) for name in ("ex", "cx")]
    return disattenuate(unit_pearson(units, term=term, level=level), *known, term=term)


def unit_permutation(
    units: LinkedUnits,
    *,
    term: str,
    level: float,
    rng: np.random.Generator,
    n_permutations: int,
    strata: Floats | None = None,
) -> Result:
    """Permutation p of Pearson's r: whole units change places, within `strata` (J,) if given."""
    found = permutation_test(
        units.column("ex"),
        units.column("cx"),
        term=term,
        level=level,
        rng=rng,
        n_permutations=n_permutations,
        strata=strata,
    )
    return units.counted(found)
