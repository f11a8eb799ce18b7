"""Mediation against base R (a, b, Sobel, Monte Carlo, bootstrap), sandwich, and what must not matter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.mechanism.joint_regressions import joint_covariance
from cxresearch.inference.mechanism.mediation import PARTS, mediation
from cxresearch.inference.mechanism.mediation_paths import fit_paths
from cxresearch.inference.regression import cr1s_covariance, hc3_covariance, least_squares
from cxresearch.statistic import Estimate, NotEstimable, Result

EXACT = 1e-9
"""Closed forms; R printed eleven digits or more."""
MONTE_CARLO = 0.01
"""Two million draws of R against 200,000 of ours."""
RESAMPLED = 0.03
"""Two bootstraps of 20,000 draws."""
BY_DRAWS = 20_000
MONTE_CARLO_DRAWS = 200_000


@pytest.fixture(scope="module")
def units(reference: Path) -> pd.DataFrame:
    frame = pd.read_csv(reference / "unit_table.csv")
    return frame.assign(TP=frame[[f"tp_{place}" for place in range(1, 7)]].mean(axis=1))


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict[str, Any]:
    return json.loads((reference / "mechanism_witness.json").read_text())


def by_part(results: tuple[Result, ...]) -> dict[str, Estimate]:
    assert [result.term for result in results] == [f"m.{part}" for part in PARTS]
    assert all(isinstance(result, Estimate) for result in results)
    return {result.term.removeprefix("m."): result for result in results}


def run(x: Any, m: Any, y: Any, covariates: Any = None, **options: Any) -> tuple[Result, ...]:
    rng = np.random.default_rng(1)
    return mediation(
        x, m, y, covariates, term="m", level=0.95, rng=rng, **{"n_draws": 200, "n_products": 4000, **options}
    )


def test_everything_equals_base_r(units: pd.DataFrame, reference: Path) -> None:
    r = json.loads((reference / "mediation_unit.json").read_text())
    found = by_part(
        run(units.EX, units.TP, units.NPS, errors="classical", n_draws=BY_DRAWS, n_products=MONTE_CARLO_DRAWS)
    )
    for part, key in (("a", "a"), ("b", "b"), ("direct", "cprime"), ("total", "total"), ("indirect", "ab")):
        assert found[part].estimate == pytest.approx(r[key], rel=EXACT)
    assert found["a"].std_error == pytest.approx(r["a_se"], rel=EXACT)
    assert found["b"].std_error == pytest.approx(r["b_se"], rel=EXACT)
    assert (found["a"].df, found["b"].df) == (58, 57)
    assert found["indirect.sobel"].std_error == pytest.approx(r["sobel_se"], rel=EXACT)
    limits = (found["indirect"].conf_low, found["indirect"].conf_high)
    assert limits == pytest.approx(r["mc_ci95"], rel=MONTE_CARLO)
    limits = (found["indirect.percentile"].conf_low, found["indirect.percentile"].conf_high)
    assert limits == pytest.approx(r["boot_pct_ci95"], rel=RESAMPLED)
    assert found["indirect"].n_units == 60


def test_a_covariate_and_robust_errors_equal_sandwich(units: pd.DataFrame, witness: dict[str, Any]) -> None:
    found = by_part(run(units.EX, units.TP, units.NPS, units.region))
    expected = {
        "a": (witness["path_a"]["coef"], witness["path_a"]["se"], 57),
        "b": (witness["path_b"]["coef"][0], witness["path_b"]["se"][0], 56),
        "direct": (witness["path_b"]["coef"][1], witness["path_b"]["se"][1], 56),
        "total": (witness["path_total"]["coef"], witness["path_total"]["se"], 57),
    }
    for part, numbers in expected.items():
        assert (found[part].estimate, found[part].std_error, found[part].df) == pytest.approx(numbers, rel=EXACT)


def test_the_stacked_covariance_within_units_equals_r(reference: Path, witness: dict[str, Any]) -> None:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    ex = rows.unit_id.map(pd.read_csv(reference / "unit_table.csv").set_index("unit_id").EX).to_numpy()
    rated = rows[[f"tp_{place}" for place in range(1, 7)]].mean(axis=1).to_numpy()
    none = np.empty((len(rows), 0))
    paths = fit_paths(ex, rated, rows.lat.to_numpy(), none, errors="cluster", clusters=rows.unit_id)
    assert not isinstance(paths, str)
    r = witness["stacked"]
    covariance = paths.covariance
    assert (paths.a, paths.b) == pytest.approx((r["a"], r["b"]), rel=EXACT)
    found = (covariance[0, 0], covariance[1, 1], covariance[0, 1])
    assert found == pytest.approx((r["var_a"], r["var_b"], r["cov_ab"]), rel=EXACT)
    gradient = np.array([r["b"], r["a"]])
    variances = np.array([[r["var_a"], r["cov_ab"]], [r["cov_ab"], r["var_b"]]])
    assert paths.sobel_error**2 == pytest.approx(gradient @ variances @ gradient, rel=EXACT)
    assert paths.df_outcome == 59


def test_blocks_of_the_joint_covariance_are_the_single_ones(units: pd.DataFrame) -> None:
    design = np.column_stack([np.ones(60), units.EX])
    fits = [fit for fit in (least_squares(units[name].to_numpy(), design) for name in ("TP", "NPS")) if fit]
    joint = joint_covariance(fits, "hc3")
    assert joint is not None
    assert joint[2:, 2:] == pytest.approx(hc3_covariance(fits[1]), rel=EXACT)
    clustered = joint_covariance(fits, "cluster", units.region)
    assert clustered is not None
    assert clustered[:2, :2] == pytest.approx(cr1s_covariance(fits[0], units.region)[0], rel=EXACT)
    with pytest.raises(ValueError, match="know the units"):
        joint_covariance(fits, "cluster")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_scale_order_and_place_do_not_matter(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x, e, d = rng.normal(size=(3, 30))
    m, order = 0.5 * x + e, rng.permutation(30)
    y = 0.4 * m + 0.2 * x + d
    plain, moved = (
        by_part((*run(*data)[:8], Estimate(term="m.proportion", estimate=0.0)))
        for data in ((x, m, y), (x[order], scale * m[order] + shift, y[order]))
    )
    assert moved["a"].estimate == pytest.approx(scale * plain["a"].estimate, rel=1e-6, abs=1e-9)
    assert moved["indirect"].estimate == pytest.approx(plain["indirect"].estimate, rel=1e-6, abs=1e-9)
    assert moved["indirect.sobel"].std_error == pytest.approx(plain["indirect.sobel"].std_error, rel=1e-6)
    total = moved["direct"].estimate + moved["indirect"].estimate
    assert total == pytest.approx(plain["total"].estimate, rel=1e-6, abs=1e-9)


def test_the_share_is_told_only_where_the_total_is_certain(units: pd.DataFrame) -> None:
    rng = np.random.default_rng(11)
    certain = by_part(run(units.EX, units.TP, units.NPS))["proportion"]
    assert certain.estimate == pytest.approx(37.5385737999 / 34.0587644115, rel=EXACT)
    assert certain.conf_low < certain.estimate < certain.conf_high
    assert certain.health == ("mechanism.opposite_paths",)
    noise = run(units.EX, units.TP, rng.normal(size=60))[-1]
    assert noise == NotEstimable(term="m.proportion", reason="mechanism.total_uncertain")


@pytest.mark.parametrize(
    ("m", "reason"),
    [
        (np.ones(20), "linkage.constant"),
        (2 * np.arange(20.0), "linkage.collinear"),
        (np.where(np.arange(20) < 4, np.arange(20.0), np.nan), "linkage.too_few_units"),
        (np.eye(20)[3], "linkage.full_leverage"),
    ],
)
def test_what_cannot_be_fitted_says_why(m: np.ndarray, reason: str) -> None:
    x, y = np.arange(20.0), np.sin(np.arange(20.0))
    found = run(x, m, y)
    assert {item.reason for item in found if isinstance(item, NotEstimable)} == {reason}
    assert len(found) == len(PARTS)


@pytest.mark.slow
def test_the_monte_carlo_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(200):
        x, e, d = rng.normal(size=(3, 60))
        m = 0.4 * x + e
        found = run(x, m, 0.4 * m + d)[4]
        hits += found.conf_low <= 0.16 <= found.conf_high
    assert 0.90 <= hits / 200 <= 0.99
