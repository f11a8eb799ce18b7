"""Relative importance against relaimpo, domir and brute force; intervals against a bootstrap of rows by loops."""

from __future__ import annotations

import json
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.mechanism.driver_analysis import distinguishable, driver_importance
from cxresearch.inference.mechanism.relative_importance import (
    correlations,
    explained,
    first,
    johnson,
    last,
    lmg,
    pratt,
    standardised_slopes,
    subset_r2,
)
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-9
"""Closed forms; R printed eleven digits."""
ITEMS = [f"tp_{place}" for place in range(1, 7)]
MTCARS = np.array(
    [
        [21, 2.62, 110, 160, 6], [21, 2.875, 110, 160, 6], [22.8, 2.32, 93, 108, 4], [21.4, 3.215, 110, 258, 6],
        [18.7, 3.44, 175, 360, 8], [18.1, 3.46, 105, 225, 6], [14.3, 3.57, 245, 360, 8], [24.4, 3.19, 62, 146.7, 4],
        [22.8, 3.15, 95, 140.8, 4], [19.2, 3.44, 123, 167.6, 6], [17.8, 3.44, 123, 167.6, 6],
        [16.4, 4.07, 180, 275.8, 8], [17.3, 3.73, 180, 275.8, 8], [15.2, 3.78, 180, 275.8, 8],
        [10.4, 5.25, 205, 472, 8], [10.4, 5.424, 215, 460, 8], [14.7, 5.345, 230, 440, 8], [32.4, 2.2, 66, 78.7, 4],
        [30.4, 1.615, 52, 75.7, 4], [33.9, 1.835, 65, 71.1, 4], [21.5, 2.465, 97, 120.1, 4], [15.5, 3.52, 150, 318, 8],
        [15.2, 3.435, 150, 304, 8], [13.3, 3.84, 245, 350, 8], [19.2, 3.845, 175, 400, 8], [27.3, 1.935, 66, 79, 4],
        [26, 2.14, 91, 120.3, 4], [30.4, 1.513, 113, 95.1, 4], [15.8, 3.17, 264, 351, 8], [19.7, 2.77, 175, 145, 6],
        [15, 3.57, 335, 301, 8], [21.4, 2.78, 109, 121, 4],
    ]
)  # fmt: skip
"""Motor Trend 1974: miles per gallon, weight, horsepower, displacement, cylinders."""


@pytest.fixture(scope="module")
def witness(reference: Path) -> dict[str, Any]:
    return json.loads((reference / "relimp.json").read_text())


@pytest.fixture(scope="module")
def customers(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "gen_customers.csv")


def test_all_shares_equal_relaimpo_and_domir(customers: pd.DataFrame, witness: dict[str, Any]) -> None:
    r, matrix = witness["gen"], np.corrcoef(customers[[*ITEMS, "lat"]].to_numpy().T)[None]
    for function, key in ((lmg, "lmg"), (lmg, "domir_general"), (last, "last"), (first, "first"), (pratt, "pratt")):
        assert function(matrix)[0] == pytest.approx(list(r[key].values()), rel=EXACT)
    assert johnson(matrix)[0] == pytest.approx(r["johnson_rw"], rel=EXACT)
    assert standardised_slopes(matrix)[0] ** 2 == pytest.approx(list(r["betasq"].values()), rel=EXACT)
    assert explained(matrix)[0] == pytest.approx(r["R2"], rel=EXACT)


def test_motor_cars_equal_relaimpo(witness: dict[str, Any]) -> None:
    r, matrix = witness["mtcars"], np.corrcoef(np.roll(MTCARS, -1, axis=1).T)[None]
    assert lmg(matrix)[0] == pytest.approx(list(r["lmg"].values()), rel=EXACT)
    assert johnson(matrix)[0] == pytest.approx(r["johnson_rw"], rel=EXACT)
    assert lmg(matrix)[0].sum() == pytest.approx(r["R2"], rel=EXACT)


def test_lmg_is_the_average_over_all_orders() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(50, 5)) @ rng.normal(size=(5, 5))
    matrix = np.corrcoef(rows.T)

    def r2(chosen: tuple[int, ...]) -> float:
        inner = matrix[np.ix_(chosen, chosen)]
        return float(matrix[-1, list(chosen)] @ np.linalg.solve(inner, matrix[list(chosen), -1])) if chosen else 0.0

    found = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        for place, one in enumerate(order):
            found[one] += (r2(order[: place + 1]) - r2(order[:place])) / len(orders)
    assert lmg(matrix[None])[0] == pytest.approx(found, rel=EXACT)
    of_subsets = subset_r2(matrix[None])[:, 0]
    for size in range(5):
        for chosen in combinations(range(4), size):
            assert of_subsets[sum(1 << one for one in chosen)] == pytest.approx(r2(chosen), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(2, 7))
def test_shares_add_up_and_follow_their_predictor(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(60, size + 1)) @ rng.normal(size=(size + 1, size + 1))
    order = rng.permutation(size)
    matrix = np.corrcoef(rows.T)[None]
    moved = np.corrcoef(np.column_stack([3 * rows[:, order] + 7, -2 * rows[:, -1]]).T)[None]
    for function in (lmg, johnson, last, first):
        assert function(moved)[0] == pytest.approx(function(matrix)[0][order], abs=1e-8)
    for function in (lmg, johnson, pratt):
        assert function(matrix).sum() == pytest.approx(explained(matrix)[0], abs=1e-8)
    assert (lmg(matrix) >= -1e-10).all()


def test_a_doubled_predictor_shares_with_its_double() -> None:
    rng = np.random.default_rng(2)
    x, z, e = rng.normal(size=(3, 200))
    alone = np.corrcoef(np.array([x, z, x + z + e]))[None]
    doubled = np.corrcoef(np.array([x, x, z, x + z + e]))[None]
    assert lmg(doubled).sum() == pytest.approx(lmg(alone).sum(), abs=1e-9)
    assert lmg(doubled)[0, 0] == pytest.approx(lmg(doubled)[0, 1], abs=1e-9)
    assert johnson(doubled).sum() == pytest.approx(explained(alone)[0], abs=1e-9)


def test_a_column_without_variance_carries_nothing() -> None:
    covariance = np.array([[[1.0, 0, 0.5], [0, 0, 0], [0.5, 0, 1]]])
    assert lmg(correlations(covariance))[0] == pytest.approx([0.25, 0], abs=1e-12)


def test_intervals_respect_units(customers: pd.DataFrame) -> None:
    codes, _ = pd.factorize(customers.unit_id)
    results = driver_importance(
        customers.lat, customers[ITEMS], ITEMS, codes, term="d", level=0.95, rng=np.random.default_rng(1), n_draws=999
    )
    found = {result.term: result for result in results}
    assert all(isinstance(result, Estimate) for result in results)
    assert found["d.r2"].estimate == pytest.approx(0.6247657405, rel=EXACT)
    assert found["d.tp_1.lmg"].estimate == pytest.approx(0.13873548954, rel=EXACT)
    assert found["d.tp_1.johnson"].estimate == pytest.approx(0.13838126687, rel=EXACT)
    assert (found["d.tp_1.lmg"].n_units, found["d.tp_1.lmg"].n_respondents) == (60, 2593)
    difference = found["d.tp_1.less.tp_2"]
    assert difference.estimate == pytest.approx(0.13873548954 - 0.1067578083, rel=1e-8)
    assert difference.excludes(0)
    assert difference.p_value < 0.02
    rng, drawn = np.random.default_rng(7), []
    rows = [customers[customers.unit_id == unit][[*ITEMS, "lat"]].to_numpy() for unit in customers.unit_id.unique()]
    for _ in range(200):
        chosen = np.concatenate([rows[place] for place in rng.integers(60, size=60)])
        drawn.append(lmg(np.corrcoef(chosen.T)[None])[0, 0])
    assert found["d.tp_1.lmg"].std_error == pytest.approx(np.std(drawn), rel=0.2)
    pairs = distinguishable(results, ITEMS, term="d")
    assert ("tp_1", "tp_2") in pairs
    assert ("tp_2", "tp_3") not in pairs
    assert ("tp_3", "tp_2") not in pairs


def test_many_predictors_get_johnsons_weights() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(400, 16))
    names = [f"x{place}" for place in range(16)]
    results = driver_importance(
        x.sum(axis=1) + rng.normal(size=400), x, names, np.arange(400) % 40,
        term="d", level=0.95, rng=rng, n_draws=99,
    )  # fmt: skip
    terms = {result.term for result in results}
    assert "d.x0.johnson" in terms
    assert "d.x0.lmg" not in terms
    assert "d.x0.less.x15" in terms
    with pytest.raises(ValueError, match="too many subsets"):
        lmg(np.eye(17)[None])


@pytest.mark.parametrize(
    ("y", "n_predictors", "reason"),
    [
        (np.ones(30), 3, "linkage.constant"),
        (np.arange(30.0), 1, "mechanism.one_driver"),
        (np.arange(30.0), 8, "linkage.too_few_units"),
    ],
)
def test_what_cannot_be_split_says_why(y: np.ndarray, n_predictors: int, reason: str) -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(30, n_predictors))
    names = [f"x{place}" for place in range(n_predictors)]
    found = driver_importance(y, x, names, np.arange(30) % 10, term="d", level=0.95, rng=rng, n_draws=99)
    assert [(item.term, item.reason) for item in found if isinstance(item, NotEstimable)] == [("d.r2", reason)]
