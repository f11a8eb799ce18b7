from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.inference import monte_carlo_error, permutation_test
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-10
"""Enumerated: no Monte-Carlo error."""


def run(x, y, seed=1, **options):
    return permutation_test(x, y, term="p", level=0.95, rng=np.random.default_rng(seed), **options)


@pytest.fixture
def units(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "unit_table.csv")


def test_eight_units_are_enumerated(units: pd.DataFrame, reference: Path) -> None:
    expected = json.loads((reference / "extra.json").read_text())["exact_perm8"]
    found = run(units.EX[:8], units.NPS[:8])
    assert isinstance(found, Estimate)
    assert found.method == "linkage.permutation_exact"
    assert found.p_value == pytest.approx(expected["p_two_sided"], abs=EXACT)
    assert found.estimate == pytest.approx(expected["r"], abs=EXACT)


def test_monte_carlo_equals_the_reference_within_its_error(units: pd.DataFrame, reference: Path) -> None:
    expected = json.loads((reference / "mc_reference.json").read_text())["unit_permutation_r"]
    found = run(units.EX, units.NPS, n_permutations=50_000)
    error = math.hypot(monte_carlo_error(expected["p"], 50_000), monte_carlo_error(expected["p"], expected["B"]))
    assert found.p_value == pytest.approx(expected["p"], abs=4 * error)


def partial(x, y, design):
    basis, _ = np.linalg.qr(design)
    first, second = (series - basis @ (basis.T @ series) for series in (x, y))
    return first @ second / math.sqrt(first @ first * (second @ second))


def test_strata_equal_brute_force() -> None:
    rng = np.random.default_rng(3)
    x, y, stratum = rng.normal(size=8), rng.normal(size=8), np.array([0, 0, 0, 1, 1, 1, 1, 1])
    design = np.eye(2)[stratum]
    observed = partial(x, y, design)
    orders = [
        (*first, *second)
        for first in itertools.permutations(range(3))
        for second in itertools.permutations(range(3, 8))
    ]
    sizes = [abs(partial(x, y[list(order)], design)) for order in orders]
    found = run(x, y, strata=stratum)
    assert found.estimate == pytest.approx(observed)
    assert found.p_value == pytest.approx(np.mean(np.array(sizes) >= abs(observed) - 1e-12), abs=EXACT)


def test_covariates_equal_brute_force_of_freedman_and_lane() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(size=7)
    x, y = z + rng.normal(size=7), z + rng.normal(size=7)
    design = np.column_stack([np.ones(7), z])
    basis, _ = np.linalg.qr(design)
    fitted = basis @ (basis.T @ y)
    sizes = [abs(partial(x, fitted + (y - fitted)[list(order)], design)) for order in itertools.permutations(range(7))]
    found = run(x, y, covariates=z)
    assert found.p_value == pytest.approx(np.mean(np.array(sizes) >= abs(partial(x, y, design)) - 1e-12), abs=EXACT)


def test_blocks_move_together_among_those_with_the_same_periods() -> None:
    rng = np.random.default_rng(5)
    unit = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4])
    period = np.array([1, 2, 1, 2, 2, 3, 2, 3, 1])
    x, y = rng.normal(size=9), rng.normal(size=9)
    one = np.ones((9, 1))
    orders = [[*first, *second, 8] for first in ([0, 1, 2, 3], [2, 3, 0, 1]) for second in ([4, 5, 6, 7], [6, 7, 4, 5])]
    sizes = [abs(partial(x, y[order], one)) for order in orders]
    shuffled = rng.permutation(9)
    found = run(x[shuffled], y[shuffled], blocks=unit[shuffled], positions=period[shuffled])
    assert found.p_value == pytest.approx(np.mean(np.array(sizes) >= abs(partial(x, y, one)) - 1e-12))
    assert found.n_units == 5


def test_p_is_uniform_under_the_null() -> None:
    rng = np.random.default_rng(6)
    found = [run(*rng.normal(size=(2, 12)), seed=seed, n_permutations=199).p_value for seed in range(400)]
    for alpha in (0.05, 0.25, 0.5):
        error = 4 * math.sqrt(alpha * (1 - alpha) / 400)
        assert np.mean(np.array(found) <= alpha) == pytest.approx(alpha, abs=error)


def test_p_is_never_zero_and_ignores_scale() -> None:
    x = np.arange(30.0)
    assert run(x, x**3, n_permutations=99).p_value == pytest.approx(1 / 100)
    rng = np.random.default_rng(9)
    y = rng.normal(size=30)
    assert run(x, y).p_value == run(1000 * x + 5, -0.01 * y).p_value


def test_a_p_at_the_limit_is_flagged() -> None:
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(2, 40))
    found = run(x, y, n_permutations=999)
    near = permutation_test(x, y, term="p", level=1 - found.p_value, rng=np.random.default_rng(1), n_permutations=999)
    assert near.health == ("linkage.monte_carlo_borderline",)


@pytest.mark.parametrize(
    ("x", "options", "reason"),
    [
        ([1, 1, 1, 1, 1], {}, "linkage.constant"),
        ([1, 2, 3], {}, "linkage.too_few_units"),
        ([1, 2, 3, 4, 5], {"covariates": [2, 4, 6, 8, 10]}, "linkage.collinear"),
    ],
)
def test_what_cannot_be_permuted_says_why(x, options, reason) -> None:
    found = run(x, [3, 1, 4, 1, 5][: len(x)], **options)
    assert isinstance(found, NotEstimable)
    assert found.reason == reason
