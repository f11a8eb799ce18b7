"""Differences between waves and between units, each with its interval, and how large a difference could be noticed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from scipy import stats

from cxresearch.inference.clusters.cluster_mean import few_units
from cxresearch.inference.multiplicity import benjamini_hochberg, holm
from cxresearch.inference.wald import t_quantile, wald_estimate
from cxresearch.moments import Floats, ScoreMoments
from cxresearch.scoring.difference import difference
from cxresearch.scoring.metrics import Metric
from cxresearch.statistic import Estimate, NotEstimable, Result

UNIT_SIZES = (5, 10, 20, 50, 100, 200)
"""Respondents of a unit for which the smallest detectable difference is told."""


def wave_differences(
    waves: Mapping[str, ScoreMoments], metric: Metric, *, term: str, level: float
) -> tuple[Result, ...]:
    """Each wave less the one before, `term.<wave>`, in the metric's points.

    Parameters
    ----------
    waves : in their order; the moments of all waves have the same units in the same order, n = 0 where a unit is not in
        a wave. The error accounts for what the units have in common. Waves without answers are passed over.
    """
    filled = {name: moments for name, moments in waves.items() if moments.total()[0] > 0}
    return tuple(
        difference(later, earlier, metric, term=f"{term}.{name}", units="shared", level=level)
        for (_, earlier), (name, later) in pairwise(filled.items())
    )


def adjusted(results: Sequence[Result]) -> dict[str, tuple[float | None, float | None]]:
    """Adjusted p values of a family of comparisons by term, by Holm and by Benjamini and Hochberg."""
    p_values = {r.term: r.p_value if isinstance(r, Estimate) else None for r in results}
    by_holm, by_rate = holm(p_values), benjamini_hochberg(p_values)
    return {term: (by_holm[term], by_rate[term]) for term in p_values}


def within_deviation(units: ScoreMoments) -> tuple[float, int] | None:
    """Standard deviation of respondents within units, and its degrees of freedom N - J; None without repetition."""
    known = units.answered()
    df = int(known.n.sum()) - len(known.n)
    return (math.sqrt(float(known.ss.sum()) / df), df) if df > 0 and known.ss.sum() > 0 else None


def units_against_rest(units: ScoreMoments, names: Sequence[str], *, term: str, level: float) -> tuple[Result, ...]:
    """Each unit's mean less the mean of all other respondents, `term.<name>`.

    The unit's own error is that of n_j respondents with the standard deviation pooled within units, so that a unit in
    which all answer alike is not taken for certain; the others' error is taken between units (linearised). Degrees of
    freedom by Satterthwaite. Units without answers are `scoring.no_answers`.
    """
    known = within_deviation(units)
    n_units = int((units.n > 0).sum())
    if known is None or n_units < 3:
        reason = "linkage.too_few_units" if n_units < 3 else "measurement.no_variation"
        details = {"count": n_units, "needed": 3} if n_units < 3 else {"n": int(units.n.sum())}
        return tuple(NotEstimable(term=f"{term}.{name}", reason=reason, details=details) for name in names)
    deviation, df = known
    rest_mean, rest_variance = _rest(units)
    results: list[Result] = []
    for place, name in enumerate(names):
        if units.n[place] == 0:
            results.append(NotEstimable(term=f"{term}.{name}", reason="scoring.no_answers"))
            continue
        own = deviation**2 / float(units.n[place])
        others = float(rest_variance[place])
        freedom = (own + others) ** 2 / (own**2 / df + others**2 / (n_units - 2))
        found = wald_estimate(
            float(units.mean[place] - rest_mean[place]),
            math.sqrt(own + others),
            freedom,
            term=f"{term}.{name}",
            level=level,
            method="comparison.unit_against_rest",
            n_units=n_units,
            health=few_units(n_units),
        )
        results.append(found)
    return tuple(results)


def _rest(units: ScoreMoments) -> tuple[Floats, Floats]:
    """Mean of all respondents outside each unit (J,), and its variance between the other units.

    The pulls of the others on their mean M_j are n_i (m_i - M_j) / N_j; their squares sum from three totals.
    """
    n, mean = units.n.astype(np.float64), units.mean - units.total()[1]
    rest_n = n.sum() - n
    rest_mean = ((n @ mean) - n * mean) / rest_n
    squares, cross, plain = n**2, n**2 * mean, n**2 * mean**2
    sums = (plain.sum() - plain) - 2 * rest_mean * (cross.sum() - cross) + rest_mean**2 * (squares.sum() - squares)
    others = (n > 0).sum() - (n > 0)
    return rest_mean + units.total()[1], others / (others - 1) * np.maximum(sums, 0.0) / rest_n**2


def detectable_between_waves(
    deviation: float, n: float, *, term: str, level: float, power: float, n_units: int | None = None
) -> Estimate:
    """Smallest true difference between two waves of `n` respondents each that is found with the chance `power`.

    (t_{(1 + level) / 2} + t_{power}) s sqrt(2 / n) with 2 n - 2 degrees of freedom, s the standard deviation of
    respondents within a unit: what a single unit can know of its own change.
    """
    df = 2 * n - 2
    reach = t_quantile(level, df) + float(stats.t.ppf(power, df))
    return Estimate(
        term=term,
        estimate=reach * deviation * math.sqrt(2 / n),
        conf_level=level,
        n_units=n_units,
        n_respondents=round(n),
        method="comparison.detectable_in_unit",
    )


def detectable_by_size(units: ScoreMoments, *, term: str, level: float, power: float) -> tuple[Result, ...]:
    """`term.median` for a unit of median size and `term.n<size>` for `UNIT_SIZES`."""
    known = within_deviation(units)
    if known is None:
        return (
            NotEstimable(term=f"{term}.median", reason="measurement.no_variation", details={"n": int(units.n.sum())}),
        )
    filled = units.n[units.n > 0]
    sizes = {"median": max(2.0, float(np.median(filled)))} | {f"n{size}": float(size) for size in UNIT_SIZES}
    return tuple(
        detectable_between_waves(known[0], n, term=f"{term}.{name}", level=level, power=power, n_units=len(filled))
        for name, n in sizes.items()
    )
