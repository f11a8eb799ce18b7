from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import expit

from cxresearch.inference.categories.cumulative_logit import category_data, fit_cumulative_logit
from cxresearch.inference.categories.logit_mixed import logit, logit_mixed, two_categories
from cxresearch.inference.categories.ordinal_likelihood import log_likelihood, quadrature
from cxresearch.inference.categories.ordinal_mixed import POINTS, OrdinalMixed, fit_ordinal_mixed, ordinal_mixed
from cxresearch.inference.categories.ordinal_search import Surface, conditional_height
from cxresearch.statistic import Estimate, NotEstimable
from tests.inference.customer_data import Customers, customers_of, r_values

CLMM = 1e-3
"""The goal table's tolerance for clmm, which stops at a gradient of 1e-6."""

TIGHT = 5e-5
"""Against clmm and glmer with tightened stopping rules."""

LAPLACE_ERROR = 2e-3
"""With one node R takes the curvature at fixed nodes for its standard errors."""


@pytest.fixture(scope="module")
def customers(reference: Path) -> Customers:
    return customers_of(reference)


def fitted(counts: np.ndarray, predictors: np.ndarray, n_points: int) -> OrdinalMixed:
    fit = fit_ordinal_mixed(counts, predictors, n_points=n_points)
    assert fit is not None
    return fit


def test_without_random_effects_it_is_polr(customers: Customers, reference: Path) -> None:
    r = r_values(reference, "linkage")["cust"]["polr"]
    fit = fit_cumulative_logit(category_data(customers.recommendation, customers.ex))
    assert fit is not None
    assert fit.slopes == pytest.approx([r["coef"]], abs=TIGHT)
    assert fit.thresholds == pytest.approx(r["zeta"], abs=TIGHT)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([*r["se"][1:], r["se"][0]], rel=TIGHT)
    assert fit.log_likelihood == pytest.approx(-2808.73176, abs=1e-5)
    r = r_values(reference)["polr_region"]
    fit = fit_cumulative_logit(category_data(customers.recommendation, customers.both))
    assert fit is not None
    assert [*fit.thresholds, *fit.slopes] == pytest.approx(r["coef"], abs=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(r["se"], abs=1e-6)
    assert fit.log_likelihood == pytest.approx(r["logLik"], abs=1e-8)


@pytest.mark.parametrize(("case", "n_points"), [("clmm_agq7", 7), ("clmm_laplace", 1)])
def test_recommendation_equals_clmm(customers: Customers, reference: Path, case: str, n_points: int) -> None:
    r = r_values(reference, "linkage")["cust"][case]
    fit = fitted(customers.recommendation, customers.ex, n_points)
    assert [*fit.thresholds, *fit.slopes] == pytest.approx(r["coef"], abs=CLMM)
    assert fit.sd == pytest.approx(r["sd_unit"], abs=CLMM)
    assert fit.log_likelihood == pytest.approx(r["logLik"], abs=CLMM)
    errors = np.sqrt(np.diag(fit.covariance))
    if "se" in r:
        assert errors[:3] == pytest.approx(r["se"][:3], abs=CLMM)
        assert errors[3] / fit.sd == pytest.approx(r["se"][3], abs=CLMM)  # clmm's is that of log sd


@pytest.mark.parametrize("case", ["clmm_region", "clmm_four", "clmm_laplace"])
def test_more_predictors_and_categories_equal_clmm(customers: Customers, reference: Path, case: str) -> None:
    r = r_values(reference)[case]
    counts, predictors, n_points = {
        "clmm_region": (customers.recommendation, customers.both, 9),
        "clmm_four": (customers.table(np.clip(customers.rows.csat, 2, 5).to_numpy() - 2, 4), customers.ex, 11),
        "clmm_laplace": (customers.recommendation, customers.ex, 1),
    }[case]
    fit = fitted(counts, predictors, n_points)
    count = len(r["coef"])
    errors = np.sqrt(np.diag(fit.covariance))
    assert [*fit.thresholds, *fit.slopes] == pytest.approx(r["coef"], abs=TIGHT)
    assert fit.sd == pytest.approx(r["sd"], abs=TIGHT)
    assert fit.log_likelihood == pytest.approx(r["logLik"], abs=1e-5)
    assert errors[:count] == pytest.approx(r["se"][:count], abs=LAPLACE_ERROR if n_points == 1 else TIGHT)


@pytest.mark.parametrize(("case", "n_points"), [("glmer_laplace", 1), ("glmer_agq15", 15)])
def test_churn_equals_glmer(customers: Customers, reference: Path, case: str, n_points: int) -> None:
    r = r_values(reference)[case]
    fit = fitted(customers.churn, customers.ex, n_points)
    assert [-fit.thresholds[0], fit.slopes[0]] == pytest.approx(r["coef"], abs=1e-4)
    assert fit.sd == pytest.approx(r["sd"], abs=TIGHT)
    assert fit.log_likelihood == pytest.approx(r["logLik"], abs=1e-4)
    assert np.sqrt(np.diag(fit.covariance))[:2] == pytest.approx(r["se"], abs=LAPLACE_ERROR if n_points == 1 else TIGHT)


def test_churn_equals_the_goal_table(customers: Customers, reference: Path) -> None:
    r = r_values(reference, "linkage")["cust"]["logit_churn"]
    slope, sd = logit_mixed(customers.churn, customers.ex, ["h.glmm"], level=0.95, n_points=7)
    assert isinstance(slope, Estimate) and isinstance(sd, Estimate)
    assert slope.estimate == pytest.approx(r["glmer_coef"][1], abs=CLMM)
    assert slope.std_error == pytest.approx(r["glmer_se"][1], abs=CLMM)
    assert sd.estimate == pytest.approx(r["glmer_sd"], abs=CLMM)
    assert fitted(customers.churn, customers.ex, 7).log_likelihood == pytest.approx(r["glmer_logLik"], abs=CLMM)


def test_logit_errors_equal_sandwich_and_glm(customers: Customers, reference: Path) -> None:
    r = r_values(reference)["logit_cluster"]
    (slope,) = logit(customers.churn, customers.ex, ["h.logit"], level=0.95)
    fit = fit_cumulative_logit(category_data(customers.churn, customers.ex))
    assert isinstance(slope, Estimate) and fit is not None
    assert slope.estimate == pytest.approx(r["coef"][1], rel=1e-9)
    assert slope.std_error == pytest.approx(r["CR1S"][1], rel=1e-6)
    assert np.sqrt(np.diag(fit.robust))[0] == pytest.approx(r["CR1S"][0], rel=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(r["naive"], rel=1e-6)
    assert slope.df == 59
    peer = sm.Logit(customers.rows.churned, sm.add_constant(customers.ex[customers.codes])).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": customers.codes}
    )
    assert slope.std_error == pytest.approx(peer.bse.iloc[1], rel=1e-6)


def integrated(counts: np.ndarray, eta: np.ndarray, thresholds: np.ndarray, sd: float) -> float:
    """The log likelihood by adaptive numerical integration, unit by unit."""
    total = 0.0
    for row, centre in zip(counts, eta, strict=True):

        def density(u: float, row: np.ndarray = row, centre: float = centre) -> float:
            below = np.concatenate([[0.0], expit(thresholds - centre - sd * u), [1.0]])
            return float(np.exp(row @ np.log(np.diff(below))) * stats.norm.pdf(u))

        total += np.log(integrate.quad(density, -9, 9, epsabs=0, epsrel=1e-11, limit=300)[0])
    return total


def test_the_likelihood_is_the_integral_and_its_gradient_its_slope() -> None:
    rng = np.random.default_rng(2)
    counts, x = rng.multinomial(6, [0.2, 0.3, 0.4, 0.1], size=8).astype(float), rng.normal(size=8)
    data = category_data(counts, x)
    at = np.array([-1.2, 0.1, 1.9, 0.4, 0.8])
    value, _ = log_likelihood(data, at, quadrature(25))
    assert value == pytest.approx(integrated(counts, data.design[:, 0] * at[3], at[:3], at[4]), abs=1e-8)
    for n_points in (1, 5):
        rule = quadrature(n_points)
        _, gradient = log_likelihood(data, at, rule)
        steps = np.eye(5) * 1e-5
        slope = [(log_likelihood(data, at + s, rule)[0] - log_likelihood(data, at - s, rule)[0]) / 2e-5 for s in steps]
        assert gradient == pytest.approx(slope, abs=1e-7)


def test_no_variance_between_units_is_a_result_on_the_boundary() -> None:
    counts = two_categories(np.array([8.0, 9.0] * 20), np.full(40, 20.0))
    x = np.random.default_rng(0).normal(size=40)
    slope, sd = ordinal_mixed(counts, x, ["b"], level=0.95)
    plain = fit_cumulative_logit(category_data(counts, x))
    assert isinstance(slope, Estimate) and isinstance(sd, Estimate) and plain is not None
    assert (sd.estimate, sd.conf_low, sd.std_error) == (0.0, 0.0, None)
    assert 0 < sd.conf_high < 1
    assert slope.estimate == pytest.approx(plain.slopes[0])
    assert slope.std_error == pytest.approx(np.sqrt(plain.covariance[1, 1]))
    assert slope.health == sd.health == ("linkage.singular",)


def test_the_sd_interval_is_where_the_profile_falls_by_half_a_chi_square(customers: Customers) -> None:
    fit = fitted(customers.recommendation, customers.ex, 9)
    data, rule = category_data(customers.recommendation, customers.ex), quadrature(9)
    for end in (fit.sd_low, fit.sd_high):
        from_best = [
            max(
                log_likelihood(data, np.array([t, t + d, b, end]), rule)[0]
                for t in fit.thresholds[0] - 0.8669832 * data.centre[0] + np.linspace(-0.02, 0.02, 5)
                for d in np.diff(fit.thresholds)[0] + np.linspace(-0.04, 0.04, 9)
                for b in fit.slopes[0] * data.size[0] + np.linspace(-0.02, 0.02, 5)
            )
        ]
        assert fit.log_likelihood - from_best[0] == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=0.02)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-50, 50))
def test_order_scale_and_direction_do_not_matter(seed: int, factor: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=25)
    share = expit(np.array([-1.0, 0.8]) - (0.5 * x + 0.6 * rng.normal(size=25))[:, None])
    chances = np.diff(np.column_stack([np.zeros(25), share, np.ones(25)]), axis=1)
    counts = np.array([rng.multinomial(15, chance) for chance in chances])
    order = rng.permutation(25)
    plain = fitted(counts, x, 7)
    moved = fitted(counts[order], factor * x[order] + shift, 7)
    turned = fitted(counts[:, ::-1], x, 7)
    assert moved.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)
    assert moved.slopes[0] * factor == pytest.approx(plain.slopes[0], abs=1e-4)
    assert moved.sd == pytest.approx(plain.sd, abs=1e-4)
    assert turned.slopes[0] == pytest.approx(-plain.slopes[0], abs=1e-4)
    assert moved.sd_high == pytest.approx(plain.sd_high, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_no_optimum_is_missed(seed: int) -> None:
    rng = np.random.default_rng([5, seed])
    n_units, n_categories = int(rng.integers(6, 50)), int(rng.integers(2, 6))
    x, effects = rng.normal(size=n_units), rng.choice([0, 0.1, 0.3, 1, 2.5]) * rng.normal(size=n_units)
    at = np.sort(1.5 * rng.normal(size=n_categories - 1)) - (rng.choice([0, 0.5, 2]) * x + effects)[:, None]
    chances = np.diff(np.column_stack([np.zeros(n_units), expit(at), np.ones(n_units)]), axis=1)
    counts = np.array([rng.multinomial(rng.integers(2, 40), chance) for chance in chances])
    fit = fit_ordinal_mixed(counts, x)
    data = category_data(counts, x)
    plain = fit_cumulative_logit(data)
    assert fit is not None and plain is not None
    surface, others = Surface(data, quadrature(POINTS)), plain.scaled
    assert fit.log_likelihood >= plain.log_likelihood - 1e-9
    for sd in (*np.linspace(0.02, 1, 12), *np.linspace(1.2, 5, 8)):
        others, height = conditional_height(surface, others, sd)
        assert height <= fit.log_likelihood + 1e-5


def test_the_truth_is_found_again() -> None:
    rng = np.random.default_rng(12)
    x, effects = rng.normal(size=400), 0.7 * rng.normal(size=400)
    share = expit(np.array([-1.0, 1.0]) - (0.5 * x + effects)[:, None])
    chances = np.diff(np.column_stack([np.zeros(400), share, np.ones(400)]), axis=1)
    slope, sd = ordinal_mixed(np.array([rng.multinomial(20, c) for c in chances]), x, ["b"], level=0.99)
    assert isinstance(slope, Estimate) and isinstance(sd, Estimate)
    assert slope.conf_low < 0.5 < slope.conf_high
    assert sd.conf_low < 0.7 < sd.conf_high
    assert slope.health == ()


@pytest.mark.parametrize(
    ("counts", "x", "reason"),
    [
        (np.array([[1, 2], [2, 1]]), [1.0, 2.0], "linkage.too_few_units"),
        (np.array([[0, 4]] * 5), np.arange(5.0), "models.one_category"),
        (np.array([[3, 0]] * 4 + [[0, 3]] * 4), np.arange(8.0), "models.separated"),
        (np.array([[3, 1]] * 4 + [[1, 3]] * 4), np.ones(8), "models.separated"),
    ],
)
def test_what_cannot_be_fitted_says_why(counts, x, reason) -> None:
    for found in (*ordinal_mixed(counts, x, ["b"], level=0.95), *logit(counts, x, ["b"], level=0.95)):
        assert isinstance(found, NotEstimable) and found.reason == reason


def test_few_units_and_empty_categories() -> None:
    rng = np.random.default_rng(1)
    counts = np.insert(rng.multinomial(9, [0.4, 0.6], size=12), 1, 0, axis=1)
    slope, _ = ordinal_mixed(counts, rng.normal(size=12), ["b"], level=0.95)
    assert isinstance(slope, Estimate) and "models.normal_test" in slope.health
