from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxresearch.inference.naive_permutation import customer_level_p
from cxresearch.inference.permutation import monte_carlo_error
from cxresearch.moments import ScoreMoments, score_moments
from cxresearch.statistic import NotEstimable

EXACT = 1e-9


@pytest.fixture(scope="module")
def customers(reference: Path) -> ScoreMoments:
    rows = pd.read_csv(reference / "data" / "gen_customers.csv")
    codes, names = pd.factorize(rows.unit_id, sort=True)
    return score_moments(codes, rows.lat, len(names))


def test_shuffling_customers_claims_far_too_much(customers: ScoreMoments, reference: Path) -> None:
    expected = json.loads((reference / "mc_reference.json").read_text())["customer_level_r"]
    ex = pd.read_csv(reference / "unit_table.csv").EX
    wrong, right = customer_level_p(customers, ex, term="w", rng=np.random.default_rng(1), n_permutations=9999)
    assert wrong.estimate == pytest.approx(expected["r"], abs=EXACT)
    assert wrong.p_value < expected["p_customer_shuffle_WRONG"]
    assert wrong.health == ("honesty.wrong_on_purpose",)
    error = math.hypot(*(monte_carlo_error(expected["p_unit_shuffle"], m) for m in (9999, expected["B"])))
    assert right.p_value == pytest.approx(expected["p_unit_shuffle"], abs=4 * error)
    assert right.p_value / wrong.p_value > 40


def test_the_wrong_p_is_that_of_shuffling_rows() -> None:
    rng = np.random.default_rng(3)
    code = np.repeat(np.arange(10), 6)
    x = rng.normal(size=10)
    y = 0.35 * x[code] + rng.normal(size=60)
    wrong, _ = customer_level_p(score_moments(code, y, 10), x, term="w", rng=rng, n_permutations=9)
    rows = x[code] - x[code].mean()
    shuffled = rng.permuted(np.tile(y - y.mean(), (20_000, 1)), axis=1)
    sizes = np.abs(shuffled @ rows) / np.sqrt((rows @ rows) * ((y - y.mean()) ** 2).sum())
    expected = np.mean(sizes >= abs(wrong.estimate))
    assert wrong.p_value == pytest.approx(expected, abs=4 * monte_carlo_error(expected, 20_000) + 1e-3)
    assert wrong.estimate == pytest.approx(np.corrcoef(x[code], y)[0, 1], abs=EXACT)


def test_under_the_null_of_units_that_differ_it_is_wrong_far_too_often() -> None:
    rng = np.random.default_rng(7)
    code = np.repeat(np.arange(20), 30)
    wrong_ps, right_ps = [], []
    for _ in range(150):
        y = 0.4 * rng.normal(size=20)[code] + rng.normal(size=600)
        found = customer_level_p(score_moments(code, y, 20), rng.normal(size=20), term="w", rng=rng, n_permutations=199)
        wrong_ps.append(found[0].p_value)
        right_ps.append(found[1].p_value)
    assert np.mean(np.array(wrong_ps) < 0.05) > 0.25
    assert np.mean(np.array(right_ps) < 0.05) < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 150)


@pytest.mark.parametrize(
    ("x", "reason"), [([1.0, 1, 1, 1, 1], "linkage.constant"), ([1.0, 2, np.nan, np.nan, 4], "linkage.too_few_units")]
)
def test_what_cannot_be_shuffled_says_why(x, reason: str) -> None:
    moments = score_moments(np.repeat(np.arange(5), 2), np.arange(10.0), 5)
    for found in customer_level_p(moments, x, term="w", rng=np.random.default_rng(1)):
        assert isinstance(found, NotEstimable)
        assert found.reason == reason
