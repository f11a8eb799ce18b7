"""The latent correlation of EX and CX between units: what the correlation of unit means would be without sampling.

A unit's means rest on the few people who answered, which pulls their correlation towards zero. The two-source model
(`inference.latent.two_source`) takes both sides as samples, keeps units with one side, and gives intervals by profile
likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from cxresearch.inference.latent.two_source import TwoSourceFit, fit_two_source
from cxresearch.inference.latent.two_source_profile import (
    correlation_interval,
    correlation_profile,
    explained_interval,
    slope_interval,
    variance_interval,
)
from cxresearch.inference.latent.two_source_sides import Side
from cxresearch.linkage.latent_sides import LatentSides
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result

FEWEST_BOTH = 5
"""With fewer units that have both sides the model's correlation means nothing."""
PARTS = ("", "slope", "tau2_ex", "tau2_cx", "explained", "equivalence", "ml", "fpc", "adjusted")
LATENT_PARTS = (*PARTS[1:], "units_ex", "units_cx")
"""What `unit_latent` returns beside the correlation itself, by the end of the term."""


@dataclass(frozen=True, slots=True)
class _Asked:
    sides: LatentSides
    term: str
    level: float

    def named(self, part: str) -> str:
        return f"{self.term}.{part}" if part else self.term

    def counts(self) -> dict[str, Any]:
        found: dict[str, Any] = {"n_units": self.sides.n_both}
        for side, count in ((self.sides.ex_side, self.sides.n_ex), (self.sides.cx_side, self.sides.n_cx)):
            if side in ("employee", "customer") and count is not None:
                found[f"n_{side}s"] = count
        return found

    def unable(self, reason: str, parts: Sequence[str], **details: int) -> tuple[Result, ...]:
        return tuple(NotEstimable(term=self.named(part), reason=reason, details=details) for part in parts)


def unit_latent(
    sides: LatentSides, *, term: str, level: float, smallest_effect: float = 0.10, covariates: Floats | None = None
) -> tuple[Result, ...]:
    """The latent correlation and what follows from the same fit.

    Parameters
    ----------
    sides : both measures over all units (J,). covariates : (J, K) of all units, NaN where unknown.

    Returns
    -------
    `term` : rho by REML, profile interval, likelihood-ratio chi-square and p of rho = 0. `n_units` are the units with
    both sides; respondents are those of all units. `term.slope` : latent CX on latent EX. `term.tau2_ex`,
    `term.tau2_cx` : variances between units. `term.explained` : rho^2 ICC(1) of CX, the share of all differences
    between customers that goes with their unit's EX. `term.equivalence` : rho against `smallest_effect`. `term.ml` :
    rho by full maximum likelihood. `term.fpc` : rho where each unit is the finite group of employees that it is.
    `term.adjusted` : rho with the covariates held constant. `term.units_ex`, `term.units_cx` : units with each side.
    """
    asked = _Asked(sides, term, level)
    counted = _units(asked)
    ex, cx = sides.ex, sides.cx
    if ex is None or cx is None:
        return (*asked.unable("latent.errors_unknown", PARTS), *counted)
    if sides.n_both < FEWEST_BOTH:
        few = {"count": sides.n_both, "needed": FEWEST_BOTH}
        return (*asked.unable("latent.too_few_units", PARTS, **few), *counted)
    fit = fit_two_source(ex, cx)
    if fit is None:
        return (*asked.unable("latent.unidentified", PARTS), *counted)
    main = _correlation(asked, "", fit, "latent.reml")
    return (
        main,
        _slope(asked, fit),
        *(_variance(asked, fit, side) for side in ("ex", "cx")),
        _explained(asked, fit),
        _equivalence(asked, fit, smallest_effect),
        _correlation(asked, "ml", fit_two_source(ex, cx, restricted=False), "latent.ml"),
        _finite(asked),
        _adjusted(asked, ex, cx, covariates),
        *counted,
    )


def _units(asked: _Asked) -> tuple[Result, Result]:
    """How many units have each side."""
    found: list[Result] = []
    for name, side in (("units_ex", asked.sides.ex), ("units_cx", asked.sides.cx)):
        term = asked.named(name)
        if side is None:
            found.append(NotEstimable(term=term, reason="latent.errors_unknown"))
        else:
            count = side.n_units
            found.append(Estimate(term=term, estimate=float(count), n_units=count, method="latent.units"))
    return found[0], found[1]


def _health(asked: _Asked, fit: TwoSourceFit) -> tuple[str, ...]:
    """What a reader must know of a fit: an estimate on the edge, or a side whose units might not differ at all."""
    codes = ["latent.edge"] if fit.edge else []
    reach = fit.deviance + float(stats.chi2.ppf(asked.level, 1))
    if fit.deviance_flat_ex <= reach:
        codes.append("latent.flat_ex")
    if fit.deviance_flat_cx <= reach:
        codes.append("latent.flat_cx")
    return (*codes, *asked.sides.health)


def _obstacle(asked: _Asked, part: str, fit: TwoSourceFit | None) -> NotEstimable | None:
    term = asked.named(part)
    if fit is None:
        return NotEstimable(term=term, reason="latent.unidentified")
    if not fit.converged:
        return NotEstimable(term=term, reason="latent.no_optimum")
    return NotEstimable(term=term, reason="latent.no_unit_variance") if fit.rho is None else None


def _correlation(asked: _Asked, part: str, fit: TwoSourceFit | None, method: str) -> Result:
    obstacle = _obstacle(asked, part, fit)
    if obstacle is not None or fit is None or fit.rho is None:
        return obstacle or NotEstimable(term=asked.named(part), reason="latent.unidentified")
    low, high = correlation_interval(fit, asked.level)
    return Estimate(
        term=asked.named(part),
        estimate=fit.rho,
        std_error=fit.rho_se,
        statistic=fit.likelihood_ratio,
        df=1.0,
        p_value=float(stats.chi2.sf(fit.likelihood_ratio, 1)),
        conf_low=low,
        conf_high=high,
        conf_level=asked.level,
        method=method,
        health=_health(asked, fit),
        **asked.counts(),
    )


def _slope(asked: _Asked, fit: TwoSourceFit) -> Result:
    obstacle = _obstacle(asked, "slope", fit)
    if obstacle is not None or fit.slope is None:
        return obstacle or NotEstimable(term=asked.named("slope"), reason="latent.no_unit_variance")
    low, high = slope_interval(fit, asked.level)
    return Estimate(
        term=asked.named("slope"),
        estimate=fit.slope,
        std_error=fit.slope_se,
        statistic=fit.likelihood_ratio,
        df=1.0,
        p_value=float(stats.chi2.sf(fit.likelihood_ratio, 1)),
        conf_low=low,
        conf_high=high,
        conf_level=asked.level,
        method="latent.slope",
        health=_health(asked, fit),
        **asked.counts(),
    )


def _variance(asked: _Asked, fit: TwoSourceFit, side: str) -> Result:
    part = f"tau2_{side}"
    if not fit.converged:
        return NotEstimable(term=asked.named(part), reason="latent.no_optimum")
    low, high = variance_interval(fit, side, asked.level)
    value, error = (fit.tau2_ex, fit.tau2_ex_se) if side == "ex" else (fit.tau2_cx, fit.tau2_cx_se)
    flat = f"latent.flat_{side}"
    return Estimate(
        term=asked.named(part),
        estimate=value,
        std_error=error,
        conf_low=min(low, value),
        conf_high=max(high, value),
        conf_level=asked.level,
        method="latent.variance",
        health=tuple(code for code in _health(asked, fit) if code in (flat, "latent.upper_bound_errors")),
        **asked.counts(),
    )


def _explained(asked: _Asked, fit: TwoSourceFit) -> Result:
    obstacle = _obstacle(asked, "explained", fit)
    if obstacle is not None:
        return obstacle
    if fit.explained is None:
        return NotEstimable(term=asked.named("explained"), reason="latent.spread_unknown")
    low, high = explained_interval(fit, asked.level)
    return Estimate(
        term=asked.named("explained"),
        estimate=fit.explained,
        conf_low=low,
        conf_high=high,
        conf_level=asked.level,
        method="latent.explained",
        health=_health(asked, fit),
        **asked.counts(),
    )


def _equivalence(asked: _Asked, fit: TwoSourceFit, bound: float) -> Result:
    """Two one-sided likelihood-ratio tests, by the signed root of the profile at -bound and bound."""
    obstacle = _obstacle(asked, "equivalence", fit)
    if obstacle is not None or fit.rho is None:
        return obstacle or NotEstimable(term=asked.named("equivalence"), reason="latent.no_unit_variance")
    rises = np.maximum(correlation_profile(fit, np.array([-bound, bound])) - fit.deviance, 0.0)
    above = math.copysign(math.sqrt(rises[0]), fit.rho + bound)
    below = math.copysign(math.sqrt(rises[1]), bound - fit.rho)
    inner = round(2 * asked.level - 1, 12)
    low, high = correlation_interval(fit, inner)
    return Estimate(
        term=asked.named("equivalence"),
        estimate=fit.rho,
        statistic=min(above, below),
        p_value=float(stats.norm.sf(min(above, below))),
        conf_low=low,
        conf_high=high,
        conf_level=inner,
        method="latent.equivalence",
        health=_health(asked, fit),
        **asked.counts(),
    )


def _finite(asked: _Asked) -> Result:
    sides = asked.sides
    if sides.ex_finite is None or sides.cx is None:
        return NotEstimable(term=asked.named("fpc"), reason="latent.eligible_unknown")
    return _correlation(asked, "fpc", fit_two_source(sides.ex_finite, sides.cx), "latent.finite")


def _adjusted(asked: _Asked, ex: Side, cx: Side, covariates: Floats | None) -> Result:
    if covariates is None or covariates.shape[1] == 0:
        return NotEstimable(term=asked.named("adjusted"), reason="latent.no_covariates")
    known = np.asarray(np.isfinite(covariates).all(axis=1), dtype=np.bool_)
    first, second = ex.limited_to(known), cx.limited_to(known)
    shared = int((first.present & second.present).sum())
    if shared < FEWEST_BOTH + covariates.shape[1]:
        details = {"count": shared, "needed": FEWEST_BOTH + covariates.shape[1]}
        return NotEstimable(term=asked.named("adjusted"), reason="latent.too_few_units", details=details)
    fit = fit_two_source(first, second, np.where(known[:, None], covariates, 0.0))
    found = _correlation(asked, "adjusted", fit, "latent.adjusted")
    return replace(found, n_units=shared) if isinstance(found, Estimate) else found
