from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference import fit_random_intercept, row_level_moments, unit_level_moments
from cxresearch.inference.mixed.random_intercept import profiled_criterion
from cxresearch.inference.mixed.variance_profile import likelihood_deviance, variance_intervals
from cxresearch.moments import ScoreMoments, score_moments

REML = 1e-5
"""Agreement with lme4, which stops its optimiser at about this distance."""
PEER = 1e-4
"""statsmodels' optimiser stops at about this distance from the optimum."""
CLOSED = 1e-7
"""The root of the derivative is found to about this share of itself."""
DF = 1e-2
"""lmerTest's degrees of freedom rest on numerical second derivatives."""


@pytest.fixture
def customers(reference: Path) -> pd.DataFrame:
    units = pd.read_csv(reference / "unit_table.csv").set_index("unit_id")
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    return rows.assign(code=pd.factorize(rows.unit_id, sort=True)[0], EX=rows.unit_id.map(units.EX))


@pytest.fixture
def lmer(reference: Path) -> dict:
    return json.loads((reference / "linkage.json").read_text())["cust"]["lmer_ri"]


def unit_level(customers: pd.DataFrame):
    outcome = score_moments(customers.code, customers.lat, 60)
    return unit_level_moments(outcome, customers.groupby("code").EX.first())


def test_unit_level_fit_equals_lme4_and_lmertest(customers: pd.DataFrame, lmer: dict) -> None:
    found = fit_random_intercept(unit_level(customers))
    assert found.coefficients == pytest.approx(lmer["coef"], abs=REML)
    assert found.std_errors == pytest.approx(lmer["se"], abs=REML)
    assert (found.tau2, found.sigma2) == pytest.approx(tuple(lmer["var"]), abs=REML)
    assert found.criterion == pytest.approx(lmer["REMLcrit"], abs=REML)
    assert found.df == pytest.approx(lmer["satt_df"], abs=DF)
    assert not found.singular


def test_profile_intervals_equal_lme4(customers: pd.DataFrame, lmer: dict) -> None:
    moments = unit_level(customers)
    fit = fit_random_intercept(moments)
    tau, sigma, icc = variance_intervals(moments, fit.tau2, fit.sigma2, 0.95)
    assert np.sqrt([tau[0], sigma[0]]) == pytest.approx(lmer["profile_ci"]["lo"][:2], abs=REML)
    assert np.sqrt([tau[1], sigma[1]]) == pytest.approx(lmer["profile_ci"]["hi"][:2], abs=REML)
    assert icc[0] < fit.tau2 / (fit.tau2 + fit.sigma2) < icc[1]


def test_rows_and_unit_moments_give_the_same_fit(customers: pd.DataFrame) -> None:
    by_row = fit_random_intercept(row_level_moments(customers.code, customers.lat, customers.EX))
    by_unit = fit_random_intercept(unit_level(customers))
    assert by_row.coefficients == pytest.approx(by_unit.coefficients, abs=1e-9)
    assert by_row.df == pytest.approx(by_unit.df, abs=1e-6)


def test_each_unit_left_out_equals_lme4(customers: pd.DataFrame, reference: Path) -> None:
    expected = pd.read_csv(reference / "lmer_leave_one_unit_out.csv").loo_slope
    outcome = score_moments(customers.code, customers.lat, 60)
    ex = customers.groupby("code").EX.first().to_numpy()
    kept = [np.arange(60) != place for place in range(60)]
    found = [fit_random_intercept(unit_level_moments(outcome.select(k), ex[k])).coefficients[1] for k in kept]
    assert found == pytest.approx(expected.to_list(), abs=REML)


@pytest.mark.parametrize("dataset", range(6))
def test_variances_near_zero_equal_lme4(dataset: int, reference: Path) -> None:
    rows = pd.read_csv(reference / "data" / "gen_nearzero.csv").query("set == @dataset")
    r = json.loads((reference / "nearzero_lme4.json").read_text())[str(dataset)]["ri"]
    moments = row_level_moments(pd.factorize(rows.g)[0], rows.y, rows.x)
    found = fit_random_intercept(moments)
    assert found.singular is r["singular"]
    assert found.criterion == pytest.approx(r["REMLcrit"], abs=1e-6)
    assert found.coefficients == pytest.approx(r["coef"], abs=REML)
    assert found.std_errors == pytest.approx(r["se"], abs=REML)
    assert (found.tau2, found.sigma2) == pytest.approx((r["tau2"], r["sigma2"]), abs=REML)
    tau, _, _ = variance_intervals(moments, found.tau2, found.sigma2, 0.95)
    assert tau[0] <= found.tau2 < tau[1]
    assert found.singular <= (tau[0] == 0)


def test_sleepstudy_equals_lme4(shared: Path, reference: Path) -> None:
    r = json.loads((reference / "linkage.json").read_text())["sleepstudy"]["ri_only"]
    rows = pd.read_csv(shared / "refvalues" / "data" / "pub_sleepstudy.csv")
    found = fit_random_intercept(row_level_moments(pd.factorize(rows.Subject)[0], rows.Reaction, rows.Days))
    assert found.criterion == pytest.approx(r["REMLcrit"], abs=REML)
    assert (found.tau2, found.sigma2) == pytest.approx(tuple(r["var_int"]), rel=REML)


def test_bh1996_equals_nlme(shared: Path, reference: Path) -> None:
    r = json.loads((reference / "linkage.json").read_text())["bh1996"]["ri"]
    rows = pd.read_csv(shared / "refvalues" / "data" / "pub_bh1996.csv")
    mean = rows.groupby("GRP").HRS.transform("mean")
    found = fit_random_intercept(
        row_level_moments(pd.factorize(rows.GRP)[0], rows.WBEING, np.column_stack([rows.HRS, mean]))
    )
    assert found.coefficients == pytest.approx(list(r["coef"].values()), abs=REML)
    assert found.std_errors == pytest.approx(list(r["se"].values()), abs=REML)
    assert -found.criterion / 2 == pytest.approx(r["logLik"], abs=1e-4)


def test_statsmodels_agrees_when_its_optimiser_arrives(customers: pd.DataFrame) -> None:
    model = sm.MixedLM(customers.lat, sm.add_constant(customers.EX), groups=customers.code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = model.fit(method=["powell", "lbfgs"])
    found = fit_random_intercept(unit_level(customers))
    assert found.tau2 == pytest.approx(float(peer.cov_re.iloc[0, 0]), abs=PEER)
    assert found.coefficients == pytest.approx(peer.fe_params.to_numpy(), abs=PEER)


def simulate(seed: int, tau2: float, varying: bool):
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 15, size=25)
    code = np.repeat(np.arange(25), n)
    x = rng.normal(size=len(code)) if varying else rng.normal(size=25)[code]
    y = 3 + 0.3 * x + rng.normal(0, np.sqrt(tau2), 25)[code] + rng.normal(size=len(code))
    return code, x, y


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("tau2", [0.0, 0.01, 0.2])
def test_no_ratio_beats_the_optimum(tau2: float, varying: bool) -> None:
    ratios = np.concatenate([[0], np.geomspace(1e-6, 1e3, 400)])
    for seed in range(40):
        code, x, y = simulate(seed, tau2, varying)
        moments = row_level_moments(code, y, x)
        found = fit_random_intercept(moments)
        assert found.criterion <= profiled_criterion(moments, ratios).min() + 1e-9
        assert found.singular == (found.tau2 / found.sigma2 < 1e-8)


def test_the_deviance_is_that_of_the_rows() -> None:
    code, x, y = simulate(3, 0.2, True)
    v = 0.2 * (code[:, None] == code) + 0.9 * np.eye(len(y))
    design = np.column_stack([np.ones(len(y)), x])
    weight = np.linalg.inv(v)
    beta = np.linalg.solve(design.T @ weight @ design, design.T @ weight @ y)
    rest = y - design @ beta
    expected = np.linalg.slogdet(v)[1] + rest @ weight @ rest
    assert likelihood_deviance(row_level_moments(code, y, x), 0.2, 0.9) == pytest.approx(expected, rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-1e4, 1e4), st.booleans())
def test_units_of_measurement_order_and_labels_do_not_matter(seed, factor, shift, varying) -> None:
    code, x, y = simulate(seed, 0.3, varying)
    rng = np.random.default_rng(seed)
    order, label = rng.permutation(len(y)), rng.permutation(25)
    first = fit_random_intercept(row_level_moments(code, y, x))
    again = fit_random_intercept(row_level_moments(label[code][order], y[order] * factor + shift, x[order] / factor))
    assert again.coefficients[1] / factor**2 == pytest.approx(first.coefficients[1], abs=1e-6)
    assert again.std_errors[1] / factor**2 == pytest.approx(first.std_errors[1], rel=1e-4)
    assert again.singular == first.singular
    if not first.singular:
        assert again.df[1] == pytest.approx(first.df[1], rel=1e-3)


def test_what_is_not_identified_is_none() -> None:
    rng = np.random.default_rng(1)
    once = row_level_moments(np.arange(10), rng.normal(size=10), rng.normal(size=10))
    flat = row_level_moments(np.repeat(np.arange(5), 2), np.repeat(rng.normal(size=5), 2), np.repeat(np.arange(5), 2))
    code = np.repeat(np.arange(5), 3)
    twice = row_level_moments(code, rng.normal(size=15), np.column_stack([code, 2 * code]))
    assert fit_random_intercept(once) is None
    assert fit_random_intercept(flat) is None
    assert fit_random_intercept(twice) is None


@pytest.mark.parametrize("share", [0.5, 0.01, 0.0])
@pytest.mark.parametrize("per_unit", [10, 20_000, 2_000_000])
def test_units_of_any_size_give_the_closed_form_of_equal_units(per_unit: int, share: float) -> None:
    """With equal units REML is the analysis of variance: tau2 = (MSB - MSW) / n, or 0 where that is negative."""
    rng, size = np.random.default_rng(7), 200
    ex = rng.normal(size=size)
    n = np.full(size, per_unit)
    mean = 0.3 * ex + np.sqrt(share) * rng.normal(size=size) + rng.normal(size=size) / np.sqrt(per_unit)
    moments = unit_level_moments(ScoreMoments(n, mean, rng.chisquare(per_unit - 1, size=size)), ex)
    found = fit_random_intercept(moments)
    ols = sm.OLS(mean, sm.add_constant(ex)).fit()
    between, within = per_unit * ols.ssr / (size - 2), moments.within_yy / (moments.n_rows - size)
    tau2 = (between - within) / per_unit
    if tau2 > 0:
        assert (found.tau2, found.sigma2) == pytest.approx((tau2, within), rel=CLOSED)
    else:
        assert found.tau2 == 0
        assert found.sigma2 == pytest.approx(
            (moments.within_yy + per_unit * ols.ssr) / (moments.n_rows - 2), rel=CLOSED
        )
    assert found.coefficients == pytest.approx(ols.params, rel=CLOSED)
    low, high = variance_intervals(moments, found.tau2, found.sigma2, 0.95)[0]
    assert low <= found.tau2 < high
