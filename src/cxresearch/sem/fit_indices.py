"""How well a model fits: chi2, CFI, TLI, RMSEA with interval, SRMR and information criteria, as lavaan defines them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from cxresearch.sem.fit import Fit

RMSEA_LEVEL = 0.90
CLOSE = 0.05
"""The RMSEA of a close fit (Browne and Cudeck 1993)."""


@dataclass(frozen=True, slots=True)
class FitIndices:
    """Fit of a model; with `mlr` chi2 is scaled, CFI, TLI and RMSEA robust (Brosseau-Liard and Savalei 2014).

    Attributes
    ----------
    chi2, df, p : test against the saturated model; p is None without degrees of freedom.
    scaling : c, by which chi2 was divided (1 with `ml`).
    cfi, tli : None where the baseline has nothing to explain or, TLI, where df is 0.
    rmsea, rmsea_low, rmsea_high, p_close : with the 90 % interval; None without degrees of freedom.
    srmr : standardised root mean square residual. log_likelihood, aic, bic : n_parameters free.
    """

    chi2: float
    df: int
    p: float | None
    scaling: float
    cfi: float | None
    tli: float | None
    rmsea: float | None
    rmsea_low: float | None
    rmsea_high: float | None
    p_close: float | None
    srmr: float
    log_likelihood: float
    aic: float
    bic: float
    n_parameters: int


def fit_indices(fit: Fit) -> FitIndices:
    """All indices of a fit."""
    c = 1.0 if fit.scaling is None else fit.scaling.factor
    rmsea = _rmsea(fit)
    cfi, tli = comparative_fit(fit)
    scaled = fit.chi2 / c if c > 0 else fit.chi2
    log_likelihood = -fit.point.deviance / 2
    q = fit.objective.size
    return FitIndices(
        chi2=scaled,
        df=fit.df,
        p=float(stats.chi2.sf(scaled, fit.df)) if fit.df else None,
        scaling=c,
        cfi=cfi,
        tli=tli,
        rmsea=rmsea[0],
        rmsea_low=rmsea[1],
        rmsea_high=rmsea[2],
        p_close=rmsea[3],
        srmr=srmr(fit),
        log_likelihood=log_likelihood,
        aic=2 * q - 2 * log_likelihood,
        bic=q * math.log(fit.n) - 2 * log_likelihood,
        n_parameters=q,
    )


def comparative_fit(fit: Fit) -> tuple[float | None, float | None]:
    """CFI and TLI against the independence model."""
    found = fit.discrepancy
    excess = found.chi2 - found.factor * fit.df
    baseline = found.baseline_chi2 - found.baseline_factor * fit.df_baseline
    worst = max(baseline, excess, 0.0)
    cfi = 1 - max(excess, 0.0) / worst if worst > 0 else None
    tli = 1 - excess * fit.df_baseline / (baseline * fit.df) if fit.df and baseline > 0 else None
    return cfi, tli


def _rmsea(fit: Fit) -> tuple[float | None, float | None, float | None, float | None]:
    """RMSEA, the ends of its interval and the p value of a close fit; groups count by their square root."""
    chi2, c = fit.discrepancy.chi2, fit.discrepancy.factor
    if not fit.df or c <= 0:
        return None, None, None, None
    groups = math.sqrt(len(fit.model.groups))
    value = groups * math.sqrt(max(chi2 - c * fit.df, 0) / (fit.n * fit.df))
    scaled = chi2 / c
    tail = (1 - RMSEA_LEVEL) / 2
    ends = [groups * math.sqrt(c * noncentrality(scaled, fit.df, at) / (fit.n * fit.df)) for at in (1 - tail, tail)]
    close = float(stats.ncx2.sf(scaled, fit.df, fit.n * fit.df * CLOSE**2 / (c * groups**2)))
    return value, ends[0], ends[1], close


def noncentrality(chi2: float, df: int, probability: float) -> float:
    """The noncentrality under which a noncentral chi2 stays below `chi2` with this probability; 0 if none does."""

    def gap(at: float) -> float:
        below = stats.ncx2.cdf(chi2, df, at) if at > 0 else stats.chi2.cdf(chi2, df)
        return float(below) - probability

    if gap(0.0) <= 0:
        return 0.0
    high = max(chi2, 1.0)
    while gap(high) > 0:
        high *= 2
    return float(optimize.brentq(gap, 0.0, high, xtol=1e-10, rtol=1e-12))


def srmr(fit: Fit) -> float:
    """Root mean square of residual covariances, and means where modelled, in observed standard deviations."""
    total = 0.0
    for sample, state, (mean, covariance) in zip(
        fit.objective.samples, fit.point.states, fit.reference.saturated, strict=True
    ):
        scale = np.sqrt(np.diag(covariance))
        residual = ((covariance - state.covariance) / np.outer(scale, scale))[np.tril_indices(len(scale))]
        if fit.model.means:
            residual = np.concatenate([residual, (mean - state.mean) / scale])
        total += sample.total / fit.n * math.sqrt(float(np.mean(residual**2)))
    return total
