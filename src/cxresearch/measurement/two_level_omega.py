"""Is a scale consistent in persons, and is it in units? Omega within and between units from a two-level factor model.

A scale that orders people reliably need not order units reliably, and the study of units rests on the latter
(Geldhof, Preacher and Zyphur 2014; Lai 2021). Both omegas divide by the sum score's own variance at their level, not by
what the model implies, so that a model that fits badly cannot flatter them. Residual variances are not negative;
the omegas are 1 at most.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cxresearch.inference.latent.two_level_factor import TwoLevelFactor, fit_two_level_factor
from cxresearch.inference.latent.two_level_likelihood import TwoLevelMoments, two_level_moments
from cxresearch.inference.latent.two_level_saturated import fit_saturated
from cxresearch.inference.wald import t_quantile
from cxresearch.moments import Floats, ItemMoments
from cxresearch.statistic import Estimate, NotEstimable, Result

PARTS = ("omega_within", "omega_between", "two_level_fit")
MIN_UNITS = 20
"""With fewer units the factor between them means nothing."""
_LIMIT = 1e-4
"""An omega closer to 1 than this is at its limit."""
GROUPS = 20
"""Into how many groups units fall, each left out in turn for the standard error."""


def two_level_omega(items: ItemMoments, *, term: str, level: float = 0.95) -> tuple[Result, ...]:
    """`<term>.omega_within`, `<term>.omega_between` and `<term>.two_level_fit` from the items' moments by unit.

    Intervals are jackknife intervals over groups of units on the scale log(1 - omega), t with groups - 1 degrees of
    freedom. The fit is the likelihood-ratio chi-square against unrestricted matrices.
    """
    moments = two_level_moments(items)
    obstacle = _obstacle(moments, items.n_items)
    if obstacle is not None:
        return tuple(replace(obstacle, term=f"{term}.{part}") for part in PARTS)
    found = fit_two_level_factor(moments, proper=True, errors=False)
    if found is None or found.chi2 is None:
        return tuple(NotEstimable(term=f"{term}.{part}", reason="latent.no_optimum") for part in PARTS)
    values = _omegas(moments, found)
    if not np.isfinite(values).all():
        return tuple(NotEstimable(term=f"{term}.{part}", reason="latent.no_unit_variance") for part in PARTS)
    replicates = _replicates(items.select(items.n_complete > 0), found)
    health = ("latent.improper",) if found.improper else ()
    omegas = [
        _omega(f"{term}.{part}", value, replicates[:, place], level, moments, items.n_items, health)
        for place, (part, value) in enumerate(zip(PARTS, values, strict=False))
    ]
    fit = Estimate(
        term=f"{term}.two_level_fit",
        estimate=found.chi2,
        statistic=found.chi2,
        df=float(found.df),
        p_value=found.p_value,
        n_units=len(moments.n),
        n_respondents=moments.n_rows,
        n_items=items.n_items,
        method="latent.two_level_fit",
        health=health,
    )
    return (*omegas, fit)


def _obstacle(moments: TwoLevelMoments, n_items: int) -> NotEstimable | None:
    if n_items < 4:
        return NotEstimable(term="", reason="latent.too_few_items", details={"count": n_items, "needed": 4})
    needed = max(MIN_UNITS, 2 * n_items)
    if len(moments.n) < needed:
        return NotEstimable(term="", reason="latent.too_few_units", details={"count": len(moments.n), "needed": needed})
    if moments.n_rows - len(moments.n) <= n_items or (np.diag(moments.cross) <= 0).any():
        return NotEstimable(term="", reason="latent.unidentified")
    return None


def _omegas(moments: TwoLevelMoments, found: TwoLevelFactor | None) -> tuple[float, float]:
    """Squared sum of the loadings over the sum score's variance, within units and between; NaN where one has none."""
    total = TwoLevelMoments(
        moments.n, moments.mean.sum(axis=1, keepdims=True), np.array([[float(moments.cross.sum())]])
    )
    variance = fit_saturated(total)
    if found is None or variance is None or not variance.converged or variance.between[0, 0] <= 0:
        return math.nan, math.nan
    loadings = found.fit.parameters.reshape(4, -1)[[0, 2]]
    common = loadings.sum(axis=1) ** 2
    return float(common[0] / variance.within[0, 0]), float(common[1] / variance.between[0, 0])


def _replicates(items: ItemMoments, found: TwoLevelFactor) -> Floats:
    """Both omegas (G, 2) without each group of units in turn; NaN where the rest has no fit.

    Units fall into groups in turn by their size, and among equals by their means, so that groups are alike and no order
    of units matters.
    """
    n_units = len(items.n_complete)
    group = np.empty(n_units, dtype=np.int64)
    keys = (*np.round(items.mean, 9).T[::-1], items.n_complete)
    group[np.lexsort(keys)] = np.arange(n_units) % GROUPS
    rows = []
    for place in range(min(GROUPS, n_units)):
        rest = two_level_moments(items.select(group != place))
        fit = fit_two_level_factor(rest, proper=True, unrestricted=False, start=found.fit.parameters, errors=False)
        rows.append(_omegas(rest, fit))
    return np.array(rows)


def _omega(
    term: str,
    value: float,
    replicates: Floats,
    level: float,
    moments: TwoLevelMoments,
    n_items: int,
    health: tuple[str, ...],
) -> Result:
    beyond = value >= 1 - _LIMIT
    interval = None if beyond else _interval(value, replicates, level)
    error, low, high = interval or (None, None, None)
    return Estimate(
        term=term,
        estimate=min(value, 1.0),
        std_error=error,
        conf_low=low,
        conf_high=high,
        conf_level=None if low is None else level,
        n_units=len(moments.n),
        n_respondents=moments.n_rows,
        n_items=n_items,
        method="latent.two_level_omega",
        health=(*health, *(("latent.omega_at_one",) if interval is None else ())),
    )


def _interval(value: float, replicates: Floats, level: float) -> tuple[float, float, float] | None:
    """Standard error and interval by the jackknife of log(1 - omega); None where a replicate has none or is at 1."""
    if not np.isfinite(replicates).all() or (replicates >= 1 - _LIMIT).any():
        return None
    logs = np.log(1 - replicates)
    count = len(logs)
    error = math.sqrt((count - 1) / count * float(((logs - logs.mean()) ** 2).sum()))
    half = t_quantile(level, count - 1) * error
    centre = math.log(1 - value)
    return (1 - value) * error, 1 - math.exp(centre + half), 1 - math.exp(centre - half)
