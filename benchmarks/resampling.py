"""Permutation and bootstrap of whole units, against loops over models."""

from __future__ import annotations

from functools import partial

import numpy as np
import statsmodels.api as sm

from benchmarks.comparison import Row, agree, timed
from benchmarks.random_intercept import simulated
from cxresearch.inference import permutation_test
from cxresearch.inference.clusters.cluster_bootstrap import cluster_bootstrap
from cxresearch.inference.clusters.cluster_grams import unit_grams
from cxresearch.moments import Floats, Ints, score_moments
from cxresearch.statistic import Estimate

UNITS, DRAWS, CONTROLS = 500, 10_000, 10
PEER_DRAWS = 10
"""The statsmodels loop draws so few, and its time is multiplied."""
AGREES = 1e-8


def _permuted(x: Floats, y: Floats, controls: Floats) -> float:
    rng = np.random.default_rng(1)
    found = permutation_test(x, y, term="r", level=0.95, rng=rng, n_permutations=DRAWS, covariates=controls)
    assert isinstance(found, Estimate)
    return found.estimate


def _random_numbers() -> float:
    np.random.default_rng(1).permuted(np.tile(np.arange(UNITS), (DRAWS, 1)), axis=1)
    return 0.0


def _partial_correlation(x: Floats, y: Floats, controls: Floats) -> float:
    design = sm.add_constant(controls)
    first, second = (sm.OLS(series, design).fit().resid for series in (x, y))
    return float(np.corrcoef(first, second)[0, 1])


def _bootstrapped(unit: Ints, ex: Floats, cx: Floats) -> float:
    grams = unit_grams(score_moments(unit, cx, UNITS), ex)
    found = cluster_bootstrap(grams, term="slope", level=0.95, rng=np.random.default_rng(1), n_draws=DRAWS)[0]
    assert isinstance(found, Estimate)
    return found.estimate


def _statsmodels(members: list[Ints], ex: Floats, cx: Floats) -> float:
    rng = np.random.default_rng(1)
    for _ in range(PEER_DRAWS):
        drawn = rng.integers(0, UNITS, UNITS)
        taken = np.concatenate([members[one] for one in drawn])
        at = np.repeat(ex[drawn], [len(members[one]) for one in drawn])
        sm.OLS(cx[taken], sm.add_constant(at)).fit()
    order = np.concatenate(members)
    at = np.repeat(ex, [len(one) for one in members])
    return float(sm.OLS(cx[order], sm.add_constant(at)).fit().params[1])


def rows() -> list[Row]:
    """Permutation against drawing its random numbers, bootstrap against a loop of regressions."""
    rng = np.random.default_rng(20261122)
    controls = rng.normal(size=(UNITS, CONTROLS))
    x = controls[:, 0] + rng.normal(size=UNITS)
    y = 0.2 * x + controls[:, 0] + rng.normal(size=UNITS)
    own, floor = timed(partial(_permuted, x, y, controls)), timed(_random_numbers)
    agree(own.values, _partial_correlation(x, y, controls), rtol=AGREES)
    size = f"{UNITS} units, {CONTROLS} controls, {DRAWS:,}"
    found = [Row("permutation of units", size, "the random numbers alone", floor.seconds, own.seconds, 0.5)]
    unit, ex, cx = simulated(UNITS, 495_000)
    members = np.split(np.argsort(unit, kind="stable"), np.cumsum(np.bincount(unit))[:-1])
    own, peer = timed(partial(_bootstrapped, unit, ex, cx)), timed(partial(_statsmodels, members, ex, cx), 1)
    agree(own.values, peer.values, rtol=AGREES)
    seconds, note = peer.seconds * DRAWS / PEER_DRAWS, f"peer: {PEER_DRAWS} draws, scaled"
    size = f"{UNITS} units × 495,000, {DRAWS:,} draws"
    found.append(Row("slope, bootstrap of units", size, "statsmodels loop", seconds, own.seconds, 1000, note))
    return found
