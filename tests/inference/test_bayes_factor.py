from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cxresearch.inference.bayes_factor import (
    PRIORS,
    correlation_bayes_factor,
    log_correlation_factor,
    log_jzs_factor,
)
from cxresearch.statistic import Estimate, NotEstimable

R_DIGITS = 1e-6
"""R's BayesFactor, printed with ten decimals, itself integrates numerically."""
QUADRATURE = 1e-8
"""Against direct integration over rho of Hotelling's density."""


@pytest.fixture
def r(reference: Path) -> dict:
    return json.loads((reference / "inference.json").read_text())


def observed(r: float, n: int) -> Estimate:
    return Estimate(term="h1.pearson", estimate=r, n_units=n)


def test_factors_of_a_correlation_equal_bayesfactor(r: dict) -> None:
    expected = r["correlationBF"]
    found = correlation_bayes_factor(observed(expected["r"], expected["n"]), width=1 / 3, term="h1.bayes_factor")
    values = {item.term: item.estimate for item in found}
    assert values["h1.bayes_factor"] == pytest.approx(expected["rscale_medium_1_3"], rel=R_DIGITS)
    assert values["h1.bayes_factor.prior_width"] == pytest.approx(1 / 3)
    assert values["h1.bayes_factor.medium"] == values["h1.bayes_factor"]
    assert values["h1.bayes_factor.wide"] == pytest.approx(expected["wide_1_sqrt3"], rel=R_DIGITS)
    assert values["h1.bayes_factor.ultrawide"] == pytest.approx(expected["ultrawide_1"], rel=R_DIGITS)
    assert found[0].method == "honesty.bayes_factor_medium"
    iris = r["correlationBF_iris"]
    for width, name in ((1 / 3, "bf_1_3"), (1.0, "bf_1")):
        assert math.exp(log_correlation_factor(iris["r"], iris["n"], width)) == pytest.approx(iris[name], rel=R_DIGITS)


def test_factors_of_a_regression_and_a_t_test_equal_bayesfactor(r: dict) -> None:
    n = r["correlationBF"]["n"]
    squared = r["correlationBF"]["r"] ** 2
    regression = math.exp(log_jzs_factor(squared, n - 2, 1, n * (math.sqrt(2) / 4) ** 2))
    assert regression == pytest.approx(r["regBF_lm"]["bf"], rel=R_DIGITS)
    extra = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    t = stats.ttest_rel(extra, other).statistic
    sleep = math.exp(log_jzs_factor(t**2 / (t**2 + 9), 9, 1, 10 / 2))
    assert sleep == pytest.approx(r["ttestBF_sleep"]["paired"], rel=R_DIGITS)


def _sampling_density(r: float, rho: float, n: int) -> float:
    """Density of r given rho, up to what does not depend on rho (Hotelling)."""
    hyper = float(special.hyp2f1(0.5, 0.5, n - 0.5, (1 + r * rho) / 2))
    return (1 - rho**2) ** ((n - 1) / 2) * (1 - r * rho) ** (1.5 - n) * hyper


@pytest.mark.parametrize(("r", "n", "width"), [(0.3, 20, 1.0), (0.1, 60, 1 / 3), (-0.5, 12, 0.5)])
def test_the_factor_is_the_ratio_of_the_marginal_likelihoods(r: float, n: int, width: float) -> None:
    prior = stats.beta(1 / width, 1 / width, loc=-1, scale=2)
    marginal = integrate.quad(lambda rho: _sampling_density(r, rho, n) * prior.pdf(rho), -1, 1, epsrel=1e-10)[0]
    expected = marginal / _sampling_density(r, 0.0, n)
    assert math.exp(log_correlation_factor(r, n, width)) == pytest.approx(expected, rel=QUADRATURE)


@given(st.floats(-0.999, 0.999), st.integers(4, 5000), st.sampled_from(sorted(PRIORS.values())))
def test_any_number_of_units_has_a_finite_factor(r: float, n: int, width: float) -> None:
    found = log_correlation_factor(r, n, width)
    assert math.isfinite(found)
    assert found == pytest.approx(log_correlation_factor(-r, n, width))


def test_a_factor_beyond_all_numbers_says_so() -> None:
    found = correlation_bayes_factor(observed(0.9, 5000), width=1 / 3, term="b")[0]
    assert isinstance(found, NotEstimable)
    assert found.reason == "honesty.factor_too_large"
    assert found.details["log10"] > 300


def test_larger_correlations_have_larger_factors() -> None:
    factors = [log_correlation_factor(r, 60, 1 / 3) for r in np.linspace(0, 0.95, 20)]
    assert np.diff(factors).min() > 0
    assert factors[0] < 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (observed(0.2, 3), "linkage.too_few_units"),
        (observed(1.0, 30), "linkage.perfect"),
        (NotEstimable(term="h1.pearson", reason="linkage.constant"), "linkage.constant"),
    ],
)
def test_what_has_no_factor_says_why(given, reason: str) -> None:
    found = correlation_bayes_factor(given, width=1 / 3, term="b")
    assert [item.reason for item in found] == [reason] * 5
    assert found[0].term == "b"


def test_impossible_priors_are_errors() -> None:
    with pytest.raises(ValueError, match="the prior's width is above 0"):
        log_correlation_factor(0.2, 20, 0.0)
    with pytest.raises(ValueError, match="prior's spread above 0"):
        log_jzs_factor(0.2, 20, 1, 0.0)
