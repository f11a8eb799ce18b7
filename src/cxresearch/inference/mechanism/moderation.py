"""Does the slope of y on x depend on a third variable w? Interaction, simple slopes, Johnson and Neyman.

y = i + b1 x + b2 w + b3 x w + covariates. The slope of x at w is b1 + b3 w with variance v11 + 2 w v13 + w^2 v33; the
region (Johnson and Neyman 1936; Bauer and Curran 2005) is where it differs from zero by a t test at 1 - level, one
value of w at a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from cxresearch.inference.mechanism.interaction import Interaction, fit_interaction
from cxresearch.inference.mechanism.joint_regressions import Errors
from cxresearch.inference.wald import t_quantile, wald_estimate
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

_FLAT = 1e-12
_ENDS = ("low", "high", "share")


def slope_values(observed: Floats) -> dict[str, float]:
    """Where simple slopes are told: `low`, `mean` and `high` = one standard deviation about the mean of w.

    A w of two values has `low` and `high` only; a point beyond the data is moved to their edge.
    """
    distinct = np.unique(observed)
    if len(distinct) == 2:
        return {"low": float(distinct[0]), "high": float(distinct[1])}
    mean, spread = float(observed.mean()), float(observed.std(ddof=1))
    low, high = max(mean - spread, float(distinct[0])), min(mean + spread, float(distinct[-1]))
    return {"low": low, "mean": mean, "high": high}


def johnson_neyman(found: Interaction, *, term: str, level: float) -> tuple[Result, Result, Result]:
    """`term.low`, `term.high`: the values of w between or outside which the slope of x differs from zero.

    Their method is `mechanism.johnson_neyman_between` or `_outside`. Where the slope differs from zero everywhere, or
    nowhere, there are no limits, and the reason says which; a w of two values has two slopes and no region.
    `term.share` is the share of the data inside the region.
    """
    if len(np.unique(found.observed)) == 2:
        only_two = NotEstimable(term=f"{term}.low", reason="mechanism.two_values")
        return only_two, only_two.named(f"{term}.high"), only_two.named(f"{term}.share")
    critical = t_quantile(level, found.df)
    v11, v13, v33 = (float(found.covariance[place]) for place in ((0, 0), (0, 1), (1, 1)))
    square = found.interaction**2 - critical**2 * v33
    linear = 2 * (found.slope * found.interaction - critical**2 * v13)
    rest = found.slope**2 - critical**2 * v11
    from_centre = found.observed - found.centre
    inside = square * from_centre**2 + linear * from_centre + rest > 0
    share = Estimate(
        term=f"{term}.share",
        estimate=float(inside.mean()),
        n_units=found.n_units,
        method="mechanism.johnson_neyman_share",
    )
    roots = _roots(square, linear, rest, found)
    if roots is None:
        reason = "mechanism.significant_everywhere" if rest > 0 else "mechanism.significant_nowhere"
        low, high = (NotEstimable(term=f"{term}.{end}", reason=reason) for end in ("low", "high"))
        return low, high, share
    method = "mechanism.johnson_neyman_" + ("between" if square < 0 else "outside")
    ends = [_limit(found, root, f"{term}.{end}", method) for root, end in zip(roots, ("low", "high"), strict=True)]
    return ends[0], ends[1], share


def _roots(square: float, linear: float, rest: float, found: Interaction) -> tuple[float, float] | None:
    """Both roots, in order, on the scale of w; None without two real ones."""
    discriminant = linear**2 - 4 * square * rest
    if discriminant <= 0 or abs(square) <= _FLAT * max(abs(found.interaction) ** 2, float(found.covariance[1, 1])):
        return None
    half = -0.5 * (linear + math.copysign(math.sqrt(discriminant), linear))
    first = half / square
    second = rest / half if half != 0 else -first
    low, high = sorted((first, second))
    return float(found.centre + low), float(found.centre + high)


def _limit(found: Interaction, value: float, term: str, method: str) -> Estimate:
    beyond = value < float(found.observed.min()) or value > float(found.observed.max())
    health = ("mechanism.beyond_data",) if beyond else ()
    return Estimate(term=term, estimate=value, n_units=found.n_units, method=method, health=health)


def moderation(
    x: ArrayLike,
    w: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    term: str,
    level: float,
    errors: Errors = "hc3",
    clusters: ArrayLike | None = None,
    values: Mapping[str, float] | None = None,
) -> tuple[Result, ...]:
    """How the slope of y (N,) on x depends on w, given covariates (N, K).

    Returns
    -------
    `term` (the interaction: change of the slope per point of w), the slope at each of the `values` (`slope_values`
    unless given) as `term.<name>` and the value itself as `term.<name>.at`, then `term.johnson_neyman.low`, `.high` and
    `.share`.
    """
    found = fit_interaction(x, w, y, covariates, errors=errors, clusters=clusters)
    if isinstance(found, NotEstimable):
        names = tuple(values or ("low", "mean", "high"))
        terms = (term, *(f"{term}.{name}" for name in names), *(f"{term}.johnson_neyman.{end}" for end in _ENDS))
        return tuple(found.named(item) for item in terms)
    interaction = wald_estimate(
        found.interaction,
        math.sqrt(float(found.covariance[1, 1])),
        found.df,
        term=term,
        level=level,
        method=f"mechanism.interaction_{errors}",
        n_units=found.n_units,
    )
    slopes: list[Result] = []
    for name, value in (values or slope_values(found.observed)).items():
        slopes.append(found.at(value, term=f"{term}.{name}", level=level))
        slopes.append(
            Estimate(term=f"{term}.{name}.at", estimate=float(value), n_units=found.n_units, method="mechanism.value")
        )
    return interaction, *slopes, *johnson_neyman(found, term=f"{term}.johnson_neyman", level=level)
