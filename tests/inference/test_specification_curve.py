from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from cxresearch.inference.specifications.sample_products import row_sample_products, unit_sample_products
from cxresearch.inference.specifications.specification_curve import (
    Specification,
    explained_by_choice,
    specification_estimates,
)
from cxresearch.inference.specifications.specification_test import joint_test

R_DIGITS = 1e-9
PEER = 1e-10
"""Both compute the same closed form; statsmodels by a pseudo-inverse of the rows."""


@pytest.fixture(scope="module")
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


@pytest.fixture(scope="module")
def curve(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "spec_curve_24.csv")


def grid(units: pd.DataFrame):
    """The 24 specifications as columns, weights and samples: outcomes, weights, region's dummies, size of unit."""
    region = pd.get_dummies(units.region, drop_first=True).to_numpy(dtype=float)
    columns = np.column_stack([units.EX, units[["NPS", "csat", "ces"]], region])
    enough = (units.n_e >= 8).to_numpy(dtype=float)
    weights = np.array([w * e for w in (np.ones(60), units.n_c.to_numpy(float)) for e in (np.ones(60), enough)])
    specifications, names = [], []
    for (o, dv), (w, weight), (c, control), (s, sample) in itertools.product(
        enumerate(["NPS", "csat", "ces"]),
        enumerate(["none", "n_c"]),
        enumerate(["none", "region"]),
        enumerate(["all", "n_e>=8"]),
    ):
        specifications.append(Specification(1, 2 + o, (5, 6, 7) if c else (), 2 * w + s))
        names.append((dv, weight, control, sample))
    return columns, weights, specifications, names


def test_the_curve_of_24_equals_r(units: pd.DataFrame, curve: pd.DataFrame) -> None:
    columns, weights, specifications, names = grid(units)
    assert [tuple(row) for row in curve[["dv", "weight", "control", "sample"]].to_numpy()] == names
    found = specification_estimates(
        unit_sample_products(columns, weights), specifications, level=0.95, errors="classical"
    )
    assert found.slope == pytest.approx(curve.beta.to_numpy(), abs=R_DIGITS)
    assert found.std_error == pytest.approx(curve.se.to_numpy(), abs=R_DIGITS)
    assert found.p_value == pytest.approx(curve.p.to_numpy(), abs=R_DIGITS)
    assert found.n_units.tolist() == curve.n.tolist()
    assert np.median(found.slope) == pytest.approx(0.39399977276, abs=R_DIGITS)
    assert (found.slope.min(), found.slope.max()) == pytest.approx((0.33991547539, 0.46942455476), abs=R_DIGITS)


def test_robust_errors_equal_statsmodels(units: pd.DataFrame) -> None:
    columns, weights, specifications, _ = grid(units)
    found = specification_estimates(unit_sample_products(columns, weights), specifications, level=0.95)
    values = np.column_stack([np.ones(60), columns])
    for place in (0, 3, 9, 14, 23):
        item = specifications[place]
        inside = weights[item.sample] > 0
        y, x = values[inside][:, item.outcome], values[inside][:, list(item.columns)]
        scale = x[:, 1].std(ddof=1) / y.std(ddof=1)
        fit = sm.WLS(y, x, weights=weights[item.sample][inside]).fit(cov_type="HC1")
        half = stats.t.isf(0.025, inside.sum() - 1) * fit.bse[1] * scale
        assert found.slope[place] == pytest.approx(fit.params[1] * scale, abs=PEER)
        assert found.std_error[place] == pytest.approx(fit.bse[1] * scale, abs=PEER)
        assert found.high[place] - found.low[place] == pytest.approx(2 * half, abs=PEER)


def test_rows_in_units_equal_a_loop_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    code = np.repeat(np.arange(25), rng.integers(4, 15, size=25))
    n = len(code)
    unit = rng.normal(size=(25, 2))[code]
    columns = np.column_stack([1000 + unit[:, 0], unit[:, 1], rng.normal(size=(n, 2)), rng.normal(size=n)])
    columns[:, 4] += 0.4 * unit[:, 0] + rng.normal(size=25)[code]
    samples = np.stack([np.ones(n), (rng.random(n) < 0.7).astype(float), np.asarray(code < 20, dtype=float)])
    data = row_sample_products(code, columns, samples, 25)
    subsets = [extra for size in range(3) for extra in itertools.combinations((2, 3, 4), size)]
    specifications = [Specification(1, 5, extra, sample) for extra in subsets for sample in range(3)]
    found = specification_estimates(data, specifications, level=0.9)
    values = np.column_stack([np.ones(n), columns])
    for place, item in enumerate(specifications):
        inside = samples[item.sample] > 0
        y, x = values[inside, 5], values[inside][:, list(item.columns)]
        fit = sm.OLS(y, x - np.r_[0, x[:, 1:].mean(axis=0)]).fit(
            cov_type="cluster", cov_kwds={"groups": code[inside]}, use_t=True
        )
        scale = x[:, 1].std(ddof=1) / y.std(ddof=1)
        assert found.slope[place] == pytest.approx(fit.params[1] * scale, abs=PEER)
        assert found.std_error[place] == pytest.approx(fit.bse[1] * scale, abs=PEER)
        assert found.p_value[place] == pytest.approx(fit.pvalues[1], abs=PEER)
        assert (found.low[place], found.high[place]) == pytest.approx(fit.conf_int(0.1)[1] * scale, abs=PEER)


def test_a_specification_without_a_fit_is_nan(units: pd.DataFrame) -> None:
    columns = np.column_stack([units.EX, units.NPS, 2 * units.EX])
    data = unit_sample_products(columns, np.ones((1, 60)))
    found = specification_estimates(data, [Specification(1, 2), Specification(1, 2, (3,))], level=0.95)
    assert np.isfinite(found.slope).tolist() == [True, False]
    assert np.isfinite(found.p_value).tolist() == [True, False]


def test_variance_explained_by_a_choice() -> None:
    a, b = np.meshgrid([0, 1, 2], [0, 1])
    estimates = (0.3 * a + 0.1 * b).ravel()
    shares = explained_by_choice(estimates, [a.ravel().astype(str), b.ravel().astype(str)])
    assert shares.sum() == pytest.approx(1)
    assert shares[0] == pytest.approx(0.06 / (0.06 + 0.0025))
    assert explained_by_choice([0.2, 0.2], [["x", "y"]]) == pytest.approx([0.0])


def naive_joint(columns, weights, specifications, orders):
    data = unit_sample_products(columns, weights)
    found = specification_estimates(data, specifications, level=0.95, errors="classical")
    statistics = [found]
    for order in orders:
        shuffled = columns.copy()
        shuffled[:, 0] = columns[order, 0]
        data = unit_sample_products(shuffled, weights)
        statistics.append(specification_estimates(data, specifications, level=0.95, errors="classical"))
    return np.array(
        [
            (
                abs(np.median(item.slope)),
                max(((item.p_value < 0.05) & (sign * item.slope > 0)).mean() for sign in (1, -1)),
                max((sign * item.slope > 0).mean() for sign in (1, -1)),
            )
            for item in statistics
        ]
    )


def test_the_joint_test_equals_refitting_every_curve(units: pd.DataFrame) -> None:
    columns, weights, specifications, _ = grid(units)
    found = joint_test(columns, weights, specifications, rng=np.random.default_rng(5), n_permutations=60)
    strata = (units.n_e >= 8).to_numpy().astype(int)
    rng = np.random.default_rng(5)
    order = np.tile(np.arange(60), (60, 1))
    for value in (0, 1):
        group = np.flatnonzero(strata == value)
        order[:, group] = rng.permuted(np.tile(group, (60, 1)), axis=1)
    statistics = naive_joint(columns, weights, specifications, order)
    expected = ((statistics[1:] >= statistics[0] * (1 - 1e-12)).sum(axis=0) + 1) / 61
    assert (found.p_median, found.p_significant, found.p_sign) == pytest.approx(tuple(expected))
    assert (abs(found.median), found.share_significant, found.share_sign) == pytest.approx(tuple(statistics[0]))
    assert found.median == pytest.approx(0.39399977276, abs=R_DIGITS)


def null_curve(rng: np.random.Generator, n_units: int = 30):
    base = rng.normal(size=(n_units, 3))
    ex = base[:, :1] + 0.4 * rng.normal(size=(n_units, 2))
    cx = base[:, 1:2] + 0.5 * rng.normal(size=(n_units, 2))
    columns = np.column_stack([ex, cx, base[:, 2] + rng.normal(size=n_units)])
    weights = np.stack([np.ones(n_units), (rng.random(n_units) < 0.8).astype(float), rng.uniform(0.5, 3, n_units)])
    specifications = [
        Specification(x, y, extra, sample)
        for x, y, extra, sample in itertools.product((1, 2), (3, 4), ((), (5,)), range(3))
    ]
    return columns, weights, specifications


def null_p_values(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([joint_test(*null_curve(rng), rng=rng, n_permutations=199).p_median for _ in range(count)])


def test_p_is_uniform_under_the_null() -> None:
    found = null_p_values(120, 11)
    assert stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.simulation
def test_p_is_uniform_under_the_null_of_500_curves() -> None:
    found = null_p_values(500, 12)
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(found <= 0.05) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 500))
