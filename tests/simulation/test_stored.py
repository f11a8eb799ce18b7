"""The stored simulations: still what the code gives, shown as they are, and as good as they must be."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.simulation.design import CONDITIONS
from tests.simulation.estimators import LEVEL
from tests.simulation.run import N_DRAWS, PAGE, SEED, STORED, condition_results, estimates, monte_carlo_error, page

RESULTS: list[dict[str, Any]] = json.loads(STORED.read_text(encoding="utf-8"))
SAME, TIES = 1e-5, 2
"""Other processors may round the last digits differently, which may move a draw across a limit."""
ERRORS = 3.5
"""Monte-Carlo errors that a rate may lie off: some 90 rates are looked at."""
CONSERVATIVE = {"latent correlation": 0.03, "OLS of unit means, HC3": 0.02, "OLS of customers, CR2": 0.02}
"""How far above the level coverage may lie: few units make these intervals too wide, never too narrow."""
LIBERAL = {"latent correlation": 0.02, "OLS of customers, wild bootstrap": 0.02}
"""How far below: likelihood-ratio intervals are asymptotic."""


def test_the_page_shows_the_stored_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS)
    assert {one["draws"] for one in RESULTS} == {N_DRAWS}
    assert str(SEED) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "one", RESULTS, ids=lambda one: f"{one['estimator']}-{one['n_units']}-{one['equal']}-{one['truth']:.2f}"
)
def test_intervals_hold_the_truth_and_tests_keep_their_level(one: dict[str, Any]) -> None:
    name = one["estimator"]
    if name == "correlation of unit means" and one["truth"]:
        assert one["coverage"] < LEVEL - ERRORS * monte_carlo_error(LEVEL, one["estimable"])
        return
    slack = ERRORS * monte_carlo_error(LEVEL, one["estimable"])
    assert LEVEL - LIBERAL.get(name, 0) - slack < one["coverage"] < LEVEL + CONSERVATIVE.get(name, 0) + slack
    if not one["truth"]:
        assert (
            1 - LEVEL - CONSERVATIVE.get(name, 0) - slack < one["rejected"] < 1 - LEVEL + LIBERAL.get(name, 0) + slack
        )


def test_the_slopes_are_unbiased() -> None:
    for one in RESULTS:
        if not one["surveyed"]:
            assert abs(one["mean"] - one["truth"]) < ERRORS * one["sd"] / np.sqrt(one["estimable"])


def test_a_draw_follows_from_its_number_alone() -> None:
    first, more = estimates(CONDITIONS[0], 2), estimates(CONDITIONS[0], 4)
    assert {name: found[:2] for name, found in more.items()} == first


@pytest.mark.simulation
@pytest.mark.parametrize("place", range(len(CONDITIONS)))
def test_everything_is_what_the_code_gives_today(place: int) -> None:
    stored = [
        one
        for one in RESULTS
        if all(one[key] == getattr(CONDITIONS[place], key) for key in ("n_units", "equal", "correlation", "surveyed"))
    ]
    for found, kept in zip(condition_results(CONDITIONS[place]), stored, strict=True):
        assert found["estimator"] == kept["estimator"]
        rates = [{key: one[key] for key in one if key != "estimator"} for one in (found, kept)]
        assert rates[0] == pytest.approx(rates[1], rel=SAME, abs=TIES / N_DRAWS)
