"""The mean whose error respects units, against `survey::svymean(ids = ~unit)` of R and by its own algebra."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.inference.clusters.cluster_mean import cluster_mean, design_effect
from cxresearch.moments import score_moments
from cxresearch.scoring import METRICS
from cxresearch.statistic import Estimate, NotEstimable

WITNESS = 1e-8  # R printed ten digits after the point


@pytest.fixture(scope="module")
def nps(reference: Path) -> tuple[np.ndarray, np.ndarray]:
    customers = pd.read_csv(reference / "data" / "gen_customers.csv")
    return pd.factorize(customers["unit_id"])[0], METRICS["nps"].scores(customers["nps"])


def test_it_equals_svymean(nps: tuple[np.ndarray, np.ndarray], reference: Path) -> None:
    witness = json.loads((reference / "cx_metrics.json").read_text())["gen_cluster"]
    moments = score_moments(*nps, 60)
    result = cluster_mean(moments, term="cx.nps")
    assert isinstance(result, Estimate)
    assert result.estimate == pytest.approx(witness["nps"], abs=WITNESS)
    assert result.std_error == pytest.approx(witness["se_cluster"], abs=WITNESS)
    assert [result.conf_low, result.conf_high] == pytest.approx(witness["ci_t"], abs=WITNESS)
    assert (result.df, result.n_units, result.n_respondents) == (witness["df"], 60, 2593)
    effect = design_effect(moments, term="cx.nps.deff")
    assert isinstance(effect, Estimate)
    assert effect.estimate == pytest.approx(witness["deff_vs_srs"], abs=WITNESS)


def test_respondents_as_their_own_units_are_a_simple_random_sample() -> None:
    values = np.random.default_rng(3).normal(size=40)
    result = cluster_mean(score_moments(np.arange(40), values, 40), term="t")
    assert isinstance(result, Estimate)
    assert result.std_error == pytest.approx(values.std(ddof=1) / np.sqrt(40), rel=1e-12)
    effect = design_effect(score_moments(np.arange(40), values, 40), term="t")
    assert isinstance(effect, Estimate)
    assert effect.estimate == pytest.approx(1.0, rel=1e-12)


def test_copies_of_colleagues_add_no_knowledge(nps: tuple[np.ndarray, np.ndarray]) -> None:
    codes, scores = nps
    once = cluster_mean(score_moments(codes, scores, 60), term="t")
    twice = cluster_mean(score_moments(np.tile(codes, 2), np.tile(scores, 2), 60), term="t")
    assert isinstance(once, Estimate)
    assert isinstance(twice, Estimate)
    assert twice.std_error == pytest.approx(once.std_error, rel=1e-12)


def test_row_order_unit_names_and_empty_units_do_not_matter(nps: tuple[np.ndarray, np.ndarray]) -> None:
    codes, scores = nps
    rng = np.random.default_rng(4)
    shuffled, renamed = rng.permutation(len(codes)), rng.permutation(70)
    once = cluster_mean(score_moments(codes, scores, 60), term="t")
    again = cluster_mean(score_moments(renamed[codes[shuffled]], scores[shuffled], 70), term="t")
    assert isinstance(once, Estimate)
    assert isinstance(again, Estimate)
    assert [again.estimate, again.conf_low] == pytest.approx([once.estimate, once.conf_low], rel=1e-12)
    assert again.n_units == 60


def test_one_unit_has_no_error_between_units() -> None:
    result = cluster_mean(score_moments([0, 0], [1.0, 2.0], 1), term="t")
    assert result == NotEstimable(term="t", reason="measurement.too_few_units", details={"units": 1, "needed": 2})


def test_few_units_and_no_variation_are_said() -> None:
    result = cluster_mean(score_moments([0, 1], [5.0, 5.0], 2), term="t")
    assert isinstance(result, Estimate)
    assert set(result.health) == {"measurement.few_units", "measurement.no_variation"}
    assert design_effect(score_moments([0, 1], [5.0, 5.0], 2), term="t") == NotEstimable(
        term="t", reason="measurement.no_variation", details={"n": 2}
    )


def test_the_interval_covers_the_mean_of_the_units_population() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    codes = np.repeat(np.arange(30), 12)
    for _ in range(400):
        scores = np.repeat(rng.normal(size=30), 12) + rng.normal(size=360)
        result = cluster_mean(score_moments(codes, scores, 30), term="t")
        hits += isinstance(result, Estimate) and not result.excludes(0.0)
    assert hits / 400 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 400))  # four Monte Carlo errors
