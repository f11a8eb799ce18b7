"""A factor model's fit, standardised loadings and factor correlations as results."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from cxresearch.sem.compare import Comparison
from cxresearch.sem.fit import Fit
from cxresearch.sem.fit_indices import RMSEA_LEVEL, fit_indices
from cxresearch.sem.standardised import standardised
from cxresearch.statistic import Estimate, NotEstimable, Result

Rows = Literal["n_respondents", "n_units"]
"""What the rows of a model's data are."""


def method_of(fit: Fit) -> str:
    """Code of how a model was fitted."""
    samples = fit.objective.samples
    filled = "" if all(sample.complete for sample in samples) else "_fiml"
    clustered = fit.estimator == "mlr" and any(sample.clusters is not None for sample in samples)
    return f"sem.{fit.estimator}{filled}" + ("_clustered" if clustered else "")


def counts_of(fit: Fit, rows: Rows) -> dict[str, Any]:
    """What every result of a fit rests on, with its method and health."""
    return {rows: fit.n, "n_items": len(fit.model.observed), "method": method_of(fit), "health": fit.health}


def fit_results(fit: Fit, *, rows: Rows = "n_respondents", term: str = "") -> tuple[Result, ...]:
    """`<term>.chi2`, `.cfi`, `.tli`, `.rmsea` with its 90 % interval (its p value tests a close fit), `.srmr`."""
    name, indices = term or fit.term, fit_indices(fit)
    shared = counts_of(fit, rows)
    results: list[Result] = [
        Estimate(
            term=f"{name}.chi2",
            estimate=indices.chi2,
            statistic=indices.chi2,
            df=float(indices.df),
            p_value=indices.p,
            **shared,
        )
    ]
    for part, value in (("cfi", indices.cfi), ("tli", indices.tli)):
        if value is None:
            lacking = "sem.no_df" if part == "tli" and not fit.df else "sem.no_baseline"
            results.append(NotEstimable(term=f"{name}.{part}", reason=lacking))
        else:
            results.append(Estimate(term=f"{name}.{part}", estimate=value, **shared))
    if indices.rmsea is None:
        results.append(NotEstimable(term=f"{name}.rmsea", reason="sem.no_df"))
    else:
        results.append(
            Estimate(
                term=f"{name}.rmsea",
                estimate=indices.rmsea,
                df=float(indices.df),
                p_value=indices.p_close,
                conf_low=indices.rmsea_low,
                conf_high=indices.rmsea_high,
                conf_level=RMSEA_LEVEL,
                **shared,
            )
        )
    return (*results, Estimate(term=f"{name}.srmr", estimate=indices.srmr, **shared))


def cfa_results(fit: Fit, *, level: float = 0.95) -> tuple[Result, ...]:
    """Fit, `<term>.loading.<item>` (completely standardised) and `<term>.correlation.<a>.<b>` of a one-group model."""
    solution = standardised(fit)
    place = {name: index for index, name in enumerate(fit.model.variables)}
    results = list(fit_results(fit))
    shared = counts_of(fit, "n_respondents")
    for entry in fit.model.groups[0]:
        if entry.kind == "directed":
            at = (0, place[entry.to], place[entry.source])
            value, error = float(solution.effects[at]), float(solution.effect_errors[at])
            results.append(wald_result(f"{fit.term}.loading.{entry.to}", value, error, level, shared))
    for entry in fit.model.groups[0]:
        latent = entry.to in fit.model.latent and entry.to != entry.source
        if entry.kind == "covariance" and latent:
            at = (0, place[entry.to], place[entry.source])
            value, error = float(solution.correlations[at]), float(solution.correlation_errors[at])
            name = f"{fit.term}.correlation.{entry.to}.{entry.source}"
            results.append(wald_result(name, value, error, level, shared))
    return tuple(results)


def wald_result(term: str, value: float, error: float, level: float, shared: dict[str, Any]) -> Result:
    """An estimate with its normal interval; `sem.negative_variance` where a negative variance leaves it undefined."""
    if not (math.isfinite(value) and math.isfinite(error)):
        return NotEstimable(term=term, reason="sem.negative_variance")
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    z = value / error if error > 0 else None
    return Estimate(
        term=term,
        estimate=value,
        std_error=error,
        statistic=z,
        df=None if z is None else np.inf,
        p_value=None if z is None else float(2 * stats.norm.sf(abs(z))),
        conf_low=value - reach,
        conf_high=value + reach,
        conf_level=level,
        **shared,
    )


def comparison_result(test: Comparison | NotEstimable, fit: Fit, *, term: str, rows: Rows = "n_respondents") -> Result:
    """A likelihood-ratio test of a model that is a case of another; the estimate is the difference of chi2."""
    if isinstance(test, NotEstimable):
        return test.named(term)
    method = "sem.scaled_difference" if fit.scaling is not None else "sem.difference"
    shared = counts_of(fit, rows) | {"method": method}
    return Estimate(term=term, estimate=test.chi2, statistic=test.chi2, df=float(test.df), p_value=test.p, **shared)


def with_health(result: Result, *codes: str) -> Result:
    """A result with further health codes."""
    if isinstance(result, NotEstimable):
        return result
    return replace(result, health=tuple(dict.fromkeys((*result.health, *codes))))
