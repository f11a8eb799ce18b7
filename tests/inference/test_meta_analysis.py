from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.inference.meta_analysis import heterogeneity_interval, random_effects

CLOSED = 1e-9
"""Closed forms, and REML on the boundary."""
OPTIMISED = 1e-6
"""Metafor's Fisher scoring stops within this of the optimum."""
PUBLISHED = 1e-5
"""Metafor's REML with its own stopping rule."""

MEDICATION = [
    (0.187, 109), (0.162, 749), (0.34, 55), (0.32, 107), (0.27, 72), (0.0, 65), (0.175, 174), (0.05, 326),
    (0.26, 58), (0.01, 771), (-0.09, 56), (0.37, 91), (0.0, 116), (0.15, 537), (0.24, 158), (0.04, 65),
]  # fmt: skip
"""Conscientiousness and medication adherence: correlations and sample sizes of 16 studies (Molloy et al. 2014)."""


@pytest.fixture
def metafor(reference: Path) -> dict:
    return json.loads((reference / "meta_witness.json").read_text())


def medication():
    r, n = np.array(MEDICATION).T
    return np.arctanh(r), 1 / (n - 3)


def test_the_published_synthesis(reference: Path) -> None:
    expected = json.loads((reference / "extra.json").read_text())["meta_molloy"]
    found = random_effects(*medication())
    assert found.effect == pytest.approx(expected["est_z"], abs=PUBLISHED)
    assert found.std_error == pytest.approx(expected["se"], abs=PUBLISHED)
    assert found.tau2 == pytest.approx(expected["tau2"], abs=PUBLISHED)
    assert found.i2 == pytest.approx(expected["I2"] / 100, abs=1e-4)
    assert found.q == pytest.approx(expected["QE"], abs=CLOSED)
    assert found.adjusted_error == pytest.approx(expected["knha_se"], abs=PUBLISHED)
    assert np.tanh(found.interval(0.95)) == pytest.approx(expected["ci_r"], abs=PUBLISHED)
    assert np.tanh(found.prediction(0.95)) == pytest.approx(expected["pi_r"], abs=2 * PUBLISHED)


@pytest.mark.parametrize("name", ["regions", "companies", "medication"])
def test_syntheses_equal_metafor(metafor: dict, name: str) -> None:
    r = metafor[name]
    effects = np.array(r["z"]) if "z" in r else np.arctanh(r["r"])
    variances = 1 / (np.array(r["n"]) - 3)
    found = random_effects(effects, variances)
    close = OPTIMISED if r["tau2"] > 0 else CLOSED
    for value, key in (
        (found.effect, "est"),
        (found.std_error, "se"),
        (found.tau2, "tau2"),
        (found.i2, "i2"),
        (found.q, "q"),
        (found.q_p, "q_p"),
        (found.criterion, "loglik"),
        (found.adjusted_error, "knha_se"),
        (found.interval(0.95), "ci"),
        (found.prediction(0.95), "pi"),
        (found.interval(0.95, adjusted=True), "knha_ci"),
        (found.prediction(0.95, adjusted=True), "knha_pi"),
    ):
        assert value == pytest.approx(r[key], abs=close), key
    assert found.at_boundary == (r["tau2"] == 0)
    assert heterogeneity_interval(effects, variances, 0.95) == pytest.approx(r["tau2_ci"], abs=1e-4)
    moments = random_effects(effects, variances, heterogeneity="dl")
    assert (moments.tau2, moments.effect, moments.std_error) == pytest.approx(
        (r["dl_tau2"], r["dl_est"], r["dl_se"]), abs=CLOSED
    )


def test_correlated_errors_equal_metafor(metafor: dict) -> None:
    r = metafor["correlated"]
    size = len(r["y"])
    covariance = r["variance"] * ((1 - r["correlation"]) * np.eye(size) + r["correlation"])
    found = random_effects(r["y"], covariance)
    assert found.tau2 == pytest.approx(r["tau2"], abs=OPTIMISED)
    assert (found.effect, found.std_error, found.q, found.criterion) == pytest.approx(
        (r["est"], r["se"], r["q"], r["loglik"]), abs=OPTIMISED
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12))
def test_no_tau2_is_better_than_the_one_found(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    variances = rng.uniform(0.005, 0.1, size=size)
    effects = (
        rng.normal(0.2, math.sqrt(rng.choice([0.0, 0.02, 0.3])), size=size) + rng.normal(size=size) * variances**0.5
    )
    found = random_effects(effects, variances)

    def criterion(tau2: float) -> float:
        w = 1 / (variances + tau2)
        mean = w @ effects / w.sum()
        parts = np.log(variances + tau2).sum() + math.log(w.sum()) + w @ (effects - mean) ** 2
        return -0.5 * ((size - 1) * math.log(2 * math.pi) - math.log(size) + parts)

    assert found.criterion == pytest.approx(criterion(found.tau2), abs=1e-8)
    assert found.criterion >= max(criterion(tau2) for tau2 in np.geomspace(1e-8, 10, 400)) - 1e-9
    assert found.criterion >= criterion(0.0) - 1e-12


def test_impossible_input_is_an_error() -> None:
    with pytest.raises(ValueError, match="two estimates"):
        random_effects([0.2], [0.1])
    with pytest.raises(ValueError, match="not positive definite"):
        random_effects([0.2, 0.1], [[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(ValueError, match="as many variances"):
        random_effects([0.2, 0.1], [0.1])
