from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from cxresearch.inference.mixed.nested_criterion import nested_criterion
from cxresearch.inference.mixed.nested_intercepts import NestedIntercepts, fit_nested_intercepts
from cxresearch.inference.mixed.nested_moments import NestedMoments, nested_moments
from cxresearch.inference.mixed.nested_profile import share_intervals

REML = 1e-5
"""Agreement with lme4, which stops its optimiser at about this distance."""
DF = 1e-2
"""lmerTest's degrees of freedom rest on numerical second derivatives."""
NO_BETTER = 1e-6
"""Deviance by which another optimiser would have to be lower to count as better."""
ROUNDING = 1e-7
"""Two routes to one optimum."""


@pytest.fixture
def lmer(reference: Path) -> dict:
    return json.loads((reference / "linkage.json").read_text())["cust"]


@pytest.fixture
def customers(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "gen_customers.csv")


@pytest.fixture
def served(reference: Path, customers: pd.DataFrame) -> pd.DataFrame:
    employees = pd.read_csv(reference / "data" / "gen_employees_clean.csv")
    items = employees.filter(like="ex_").copy()
    items[["ex_04", "ex_10"]] = 6 - items[["ex_04", "ex_10"]]
    employees["ex"] = items.mean(axis=1)
    employees["mean"] = employees.groupby("unit_id").ex.transform("mean")
    return customers.merge(employees[["employee_id", "ex", "mean"]], on="employee_id")


def moments(rows: pd.DataFrame, outcome: str, *predictors: pd.Series) -> NestedMoments:
    columns = np.column_stack(predictors) if predictors else np.empty((len(rows), 0))
    return nested_moments(pd.factorize(rows.unit_id)[0], pd.factorize(rows.employee_id)[0], rows[outcome], columns)


@pytest.mark.parametrize("outcome", ["lat", "nps"])
def test_variance_shares_equal_lme4(outcome: str, customers: pd.DataFrame, lmer: dict) -> None:
    found = fit_nested_intercepts(moments(customers, outcome))
    expected = lmer[f"vardecomp_{outcome}"]
    assert found.variances == pytest.approx(expected["vcov"], abs=REML)
    assert found.shares == pytest.approx(expected["share"], abs=REML)
    assert found.criterion == pytest.approx(expected["REMLcrit"], abs=REML)
    assert not found.singular


def test_within_between_equals_lme4(served: pd.DataFrame, lmer: dict) -> None:
    found = fit_nested_intercepts(moments(served, "lat", served.ex - served["mean"], served["mean"]))
    expected = lmer["within_between"]
    assert len(served) == expected["n"]
    assert found.coefficients == pytest.approx(list(expected["coef"].values()), abs=REML)
    assert found.std_errors == pytest.approx(list(expected["se"].values()), abs=REML)
    assert found.df == pytest.approx(expected["satt_df"], abs=DF)
    assert found.variances == pytest.approx([row["vcov"] for row in expected["var"]], abs=REML)
    assert found.criterion == pytest.approx(expected["REMLcrit"], abs=REML)


def test_difference_is_the_contextual_coefficient(served: pd.DataFrame, reference: Path) -> None:
    """b_B - b_W of the within-between model is the coefficient of the mean beside the raw score."""
    split = fit_nested_intercepts(moments(served, "lat", served.ex - served["mean"], served["mean"]))
    raw = fit_nested_intercepts(moments(served, "lat", served.ex, served["mean"]))
    estimate, error, df = split.contrast(np.array([0.0, -1.0, 1.0]))
    assert (estimate, error, df) == pytest.approx((raw.coefficients[2], raw.std_errors[2], raw.df[2]), rel=1e-6)
    expected = json.loads((reference / "mixed_witness.json").read_text())["contextual"]
    assert (estimate, error) == pytest.approx((expected["coef"][2], expected["se"][2]), abs=REML)
    assert df == pytest.approx(expected["df"][2], abs=DF)


def brute_force(rows: pd.DataFrame, variances: np.ndarray) -> float:
    """REML deviance from the full covariance matrix of the rows."""
    unit = rows.unit_id.to_numpy()[:, None] == rows.unit_id.to_numpy()
    group = rows.employee_id.to_numpy()[:, None] == rows.employee_id.to_numpy()
    v = variances[0] * group + variances[1] * unit + variances[2] * np.eye(len(rows))
    x = np.column_stack([np.ones(len(rows)), rows.x])
    inverse = np.linalg.inv(v)
    a = x.T @ inverse @ x
    rest = rows.y - x @ np.linalg.solve(a, x.T @ inverse @ rows.y)
    logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(a)[1]
    return float(logs + rest @ inverse @ rest + (len(rows) - 2) * np.log(2 * np.pi))


def simulated(rng: np.random.Generator, sd_group: float, sd_unit: float) -> pd.DataFrame:
    n_units = int(rng.integers(6, 25))
    groups = np.repeat(np.arange(n_units), rng.integers(1, 6, n_units))
    unit_of = groups
    employee = np.repeat(np.arange(len(groups)), rng.integers(1, 7, len(groups)))
    unit = unit_of[employee]
    x = rng.normal(size=len(employee))
    y = 0.4 * x + sd_unit * rng.normal(size=n_units)[unit] + sd_group * rng.normal(size=len(groups))[employee]
    return pd.DataFrame({"unit_id": unit, "employee_id": employee, "x": x, "y": y + rng.normal(size=len(employee))})


def fitted(rows: pd.DataFrame) -> NestedIntercepts:
    return fit_nested_intercepts(moments(rows, "y", rows.x))


def test_moments_give_the_row_level_deviance() -> None:
    rows = simulated(np.random.default_rng(4), 0.5, 0.4)
    found = fitted(rows)
    assert found.criterion == pytest.approx(brute_force(rows, found.variances), abs=ROUNDING)
    for at in ([0.2, 0.1, 1.1], [0.0, 0.5, 0.8]):
        assert brute_force(rows, np.array(at)) >= found.criterion


def misses(n_sets: int, seed: int) -> tuple[int, int]:
    """Sets in which another optimiser finds a better optimum, and singular sets."""
    rng = np.random.default_rng(seed)
    missed = singular = 0
    for _ in range(n_sets):
        sds = rng.choice([0, 0.05, 0.1, 0.3], 2)
        data = moments(rows := simulated(rng, *sds), "y", rows.x)
        found = fit_nested_intercepts(data)

        def deviance(root: np.ndarray, data: NestedMoments = data) -> float:
            return nested_criterion(data, root**2, reml=True)[0]

        starts = 10 ** rng.uniform(-2, 0.5, (4, 2))
        bounds = [(0, None)] * 2
        rivals = [optimize.minimize(deviance, start, method="L-BFGS-B", bounds=bounds).fun for start in starts]
        missed += found.criterion > min(rivals) + NO_BETTER
        singular += found.singular
    return missed, singular


def test_no_optimum_is_missed() -> None:
    missed, singular = misses(30, seed=2)
    assert missed == 0
    assert 5 < singular < 30


@pytest.mark.slow
def test_no_optimum_is_missed_in_200_sets() -> None:
    assert misses(200, seed=3)[0] == 0


def test_singular_fits_are_results_with_careful_degrees_of_freedom() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        rows = simulated(rng, 0.0, 0.0)
        rows["x"] = rng.normal(size=rows.unit_id.max() + 1)[rows.unit_id]
        found = fitted(rows)
        if found.variances[1] == 0:
            break
    assert found.singular
    assert found.df[1] <= rows.unit_id.nunique() - 2
    low, high = share_intervals(moments(rows, "y", rows.x), 0.95)[1]
    assert low == 0
    assert 0 < high < 1


def test_share_intervals_cut_the_likelihood_ratio(customers: pd.DataFrame) -> None:
    """At each end the best deviance, by brute-force search over the other ratio, is 3.84 above the least."""
    data = moments(customers, "lat")
    least = fit_nested_intercepts(data, reml=False)
    for part, (low, high) in enumerate(share_intervals(data, 0.95)):
        assert low < least.shares[part] < high
        for end in (low, high):
            rest = np.linspace(0.001, 0.999, 400) * (1 - end)
            shares = np.empty((400, 3))
            shares[:, part] = end
            shares[:, (part + 1) % 3], shares[:, (part + 2) % 3] = rest, 1 - end - rest
            values = [nested_criterion(data, row[:2] / row[2], reml=False)[0] for row in shares]
            assert min(values) - least.criterion == pytest.approx(3.841459, abs=1e-3)


def test_measurement_units_order_and_names_do_not_matter() -> None:
    rng = np.random.default_rng(9)
    rows = simulated(rng, 0.5, 0.5)
    moved = rows.sample(frac=1, random_state=1).assign(
        y=lambda d: 1000 + 7 * d.y, x=lambda d: 0.1 * d.x - 50, unit_id=lambda d: 99 - d.unit_id
    )
    one, two = fitted(rows), fitted(moved)
    assert two.coefficients[1] == pytest.approx(70 * one.coefficients[1], rel=ROUNDING)
    assert two.std_errors[1] == pytest.approx(70 * one.std_errors[1], rel=ROUNDING)
    assert two.variances == pytest.approx(49 * one.variances, rel=1e-5)
    assert two.df[1] == pytest.approx(one.df[1], rel=1e-4)


def test_what_is_not_identified_is_not_fitted() -> None:
    rows = simulated(np.random.default_rng(5), 0.5, 0.5)
    assert fitted(rows) is not None
    assert fitted(rows.assign(x=1.0)) is None, "constant predictor"
    assert fitted(rows.assign(employee_id=rows.unit_id)) is None, "one group per unit"
    assert fitted(rows.assign(employee_id=np.arange(len(rows)))) is None, "one row per group"
    assert fitted(rows.assign(y=rows.employee_id * 1.0)) is None, "no spread within groups"
    with pytest.raises(ValueError, match="known values"):
        fitted(rows.assign(y=np.nan))
