"""The headline estimators as the product computes them: estimate, interval and p value of one draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from cxresearch.inference import ols, pearson
from cxresearch.inference.clusters.cluster_grams import unit_grams
from cxresearch.inference.clusters.cr2 import cluster_ols
from cxresearch.inference.clusters.wild_bootstrap import wild_bootstrap
from cxresearch.inference.latent.two_source import fit_two_source
from cxresearch.inference.latent.two_source_profile import correlation_interval
from cxresearch.inference.latent.two_source_sides import side_of_moments
from cxresearch.inference.mixed.random_intercept import fit_random_intercept
from cxresearch.inference.mixed.regression_moments import unit_level_moments
from cxresearch.inference.wald import wald_estimate
from cxresearch.statistic import Estimate, Result
from tests.simulation.design import Organisation

LEVEL = 0.95
N_DRAWS = 399
"""Of the wild bootstrap: enough for a test at 5 %."""

Numbers = tuple[float, float, float, float]
"""Estimate, lower and upper end, p value."""


def _numbers(found: Result) -> Numbers | None:
    if not isinstance(found, Estimate) or found.conf_low is None or found.conf_high is None or found.p_value is None:
        return None
    return found.estimate, found.conf_low, found.conf_high, found.p_value


def _unit_correlation(drawn: Organisation, rng: np.random.Generator) -> Numbers | None:
    del rng
    return _numbers(pearson(drawn.ex.mean, drawn.cx.mean, term="r", level=LEVEL))


def _latent(drawn: Organisation, rng: np.random.Generator) -> Numbers | None:
    del rng
    fit = fit_two_source(side_of_moments(drawn.ex), side_of_moments(drawn.cx))
    if fit is None or fit.rho is None or not fit.converged:
        return None
    low, high = correlation_interval(fit, LEVEL)
    return fit.rho, low, high, float(stats.chi2.sf(fit.likelihood_ratio, 1))


def _ols(drawn: Organisation, rng: np.random.Generator) -> Numbers | None:
    del rng
    return _numbers(ols(drawn.cx.mean, drawn.true_ex, terms=("slope",), level=LEVEL)[0])


def _mixed(drawn: Organisation, rng: np.random.Generator) -> Numbers | None:
    del rng
    fit = fit_random_intercept(unit_level_moments(drawn.cx, drawn.true_ex))
    if fit is None:
        return None
    slope, error, df = (float(part[1]) for part in (fit.coefficients, fit.std_errors, fit.df))
    return _numbers(wald_estimate(slope, error, df, term="slope", level=LEVEL, method="reml"))


def _cr2(drawn: Organisation, rng: np.random.Generator) -> Numbers | None:
    del rng
    return _numbers(cluster_ols(unit_grams(drawn.cx, drawn.true_ex), ("slope",), level=LEVEL)[0])


def _wild(drawn: Organisation, rng: np.random.Generator) -> Numbers | None:
    grams = unit_grams(drawn.cx, drawn.true_ex)
    return _numbers(wild_bootstrap(grams, term="slope", level=LEVEL, rng=rng, n_draws=N_DRAWS))


Estimator = Callable[[Organisation, np.random.Generator], Numbers | None]

OF_CORRELATION: Mapping[str, Estimator] = {
    "correlation of unit means": _unit_correlation,
    "latent correlation": _latent,
}
"""Judged by the correlation of the true scores, employees being a sample."""

OF_SLOPE: Mapping[str, Estimator] = {
    "OLS of unit means, HC3": _ols,
    "random intercept, Satterthwaite": _mixed,
    "OLS of customers, CR2": _cr2,
    "OLS of customers, wild bootstrap": _wild,
}
"""Judged by the slope on the true employee scores, which are known."""
