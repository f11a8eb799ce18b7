"""Simulated studies with known truth, from unit scores to the verdict."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from cxresearch.linkage import LinkageSettings, analyse, link
from cxresearch.verdict import Criteria, Evidence, Verdict, decide, parts_of
from tests.linkage.panels import panel

SETTINGS = LinkageSettings(n_permutations=199, n_bootstrap=99)
RUNS = 120


def study(rng: np.random.Generator, n_units: int, effect: float, confounding: float = 0.0) -> Verdict:
    """EX drives CX by `effect`; a cause that is common to EX, CX and the control by `confounding`."""
    names = [f"U{place:04d}" for place in range(n_units)]
    cause, ex, cx, control = rng.normal(size=(4, n_units))
    ex = ex + confounding * cause
    cx = cx + effect * ex + confounding * cause
    sides = {"ex": ("employee", ex), "cx": ("customer", cx), "price": ("customer", control + confounding * cause)}
    panels = {name: panel(name, side, names, values) for name, (side, values) in sides.items()}
    results = analyse("h1", link(panels["ex"], panels["cx"]), SETTINGS, {"price": panels["price"]})
    return decide(Evidence(hypothesis="h1", results=parts_of("h1", results)), Criteria())


def verdicts(n_units: int, effect: float, confounding: float = 0.0, runs: int = RUNS) -> Counter[str]:
    rng = np.random.default_rng([n_units, int(100 * effect) + 100, int(100 * confounding)])
    return Counter(study(rng, n_units, effect, confounding).verdict for _ in range(runs))


def test_without_an_effect_support_is_rarer_than_half_of_alpha() -> None:
    found = verdicts(60, 0.0)
    assert found["supported"] / RUNS <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / RUNS)
    assert found["inconclusive"] > 0.8 * RUNS


def test_a_large_effect_is_supported_and_its_opposite_contradicted() -> None:
    assert verdicts(60, 0.8)["supported"] > 0.8 * RUNS
    assert verdicts(60, -0.8)["contradicted"] > 0.8 * RUNS


def test_many_units_without_an_effect_show_that_it_is_nil() -> None:
    assert verdicts(2000, 0.0, runs=25)["no_meaningful_effect"] >= 22


def test_a_common_cause_is_caught_by_the_control() -> None:
    found = verdicts(200, 0.0, confounding=1.0)
    assert found["inconclusive"] > 0.8 * RUNS


def test_few_units_are_not_testable() -> None:
    assert verdicts(19, 0.8, runs=20) == {"not_testable": 20}
