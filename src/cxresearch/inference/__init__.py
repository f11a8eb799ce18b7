"""Shared numerics: arrays in, an `Estimate` (or the reason why there is none) out."""

from cxresearch.inference.bootstrap import bca_interval, bootstrap, percentile_interval
from cxresearch.inference.complete_cases import complete_cases
from cxresearch.inference.correlation import (
    correlation,
    fisher_interval,
    partial_correlation,
    pearson,
    spearman,
    weighted_correlation,
)
from cxresearch.inference.dependent_correlations import correlation_difference
from cxresearch.inference.equivalence import tost_correlation, tost_estimate
from cxresearch.inference.mixed.random_intercept import RandomIntercept, fit_random_intercept
from cxresearch.inference.mixed.regression_moments import RegressionMoments, row_level_moments, unit_level_moments
from cxresearch.inference.multiplicity import benjamini_hochberg, holm
from cxresearch.inference.permutation import monte_carlo_error, permutation_test
from cxresearch.inference.power import correlation_power, detectable_correlation, units_needed
from cxresearch.inference.regression import LeastSquares, cr1s_covariance, hc3_covariance, least_squares, ols
from cxresearch.inference.wald import wald_estimate

__all__ = [
    "LeastSquares",
    "RandomIntercept",
    "RegressionMoments",
    "bca_interval",
    "benjamini_hochberg",
    "bootstrap",
    "complete_cases",
    "correlation",
    "correlation_difference",
    "correlation_power",
    "cr1s_covariance",
    "detectable_correlation",
    "fisher_interval",
    "fit_random_intercept",
    "hc3_covariance",
    "holm",
    "least_squares",
    "monte_carlo_error",
    "ols",
    "partial_correlation",
    "pearson",
    "percentile_interval",
    "permutation_test",
    "row_level_moments",
    "spearman",
    "tost_correlation",
    "tost_estimate",
    "unit_level_moments",
    "units_needed",
    "wald_estimate",
    "weighted_correlation",
]
