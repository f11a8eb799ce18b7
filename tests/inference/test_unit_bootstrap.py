from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxresearch.inference import bca_interval, bootstrap, percentile_interval
from cxresearch.inference.bootstrap import draw_counts, leave_one_out
from cxresearch.statistic import Estimate, NotEstimable

EXACT = 1e-10
"""Same draws, same algebra."""


@pytest.fixture
def sample() -> np.ndarray:
    return np.random.default_rng(5).gamma(2.0, size=30)


@pytest.mark.parametrize("method", ["BCa", "percentile"])
def test_intervals_equal_scipy_on_the_same_draws(sample: np.ndarray, method: str) -> None:
    peer = stats.bootstrap(
        (sample,), np.mean, n_resamples=999, method=method, rng=np.random.default_rng(3), confidence_level=0.9
    )
    draws = peer.bootstrap_distribution
    jackknife = (sample.sum() - sample) / (len(sample) - 1)
    low, high = (
        bca_interval(draws, sample.mean(), jackknife, 0.9) if method == "BCa" else percentile_interval(draws, 0.9)
    )
    assert low == pytest.approx(peer.confidence_interval.low, abs=EXACT)
    assert high == pytest.approx(peer.confidence_interval.high, abs=EXACT)


def test_counts_are_draws_of_units(sample: np.ndarray) -> None:
    counts = draw_counts(np.random.default_rng(1), 30, 4000)
    assert counts.shape == (4000, 30)
    assert (counts.sum(axis=1) == 30).all()
    assert counts.mean(axis=0) == pytest.approx(1, abs=4 / np.sqrt(4000))


def test_the_mean_has_its_textbook_error(sample: np.ndarray) -> None:
    found = bootstrap(
        lambda counts: counts @ sample / counts.sum(axis=1),
        30,
        term="mean",
        level=0.95,
        rng=np.random.default_rng(8),
        n_draws=20_000,
    )
    assert isinstance(found, Estimate)
    assert found.estimate == pytest.approx(sample.mean())
    expected = sample.std() / np.sqrt(30)
    assert found.std_error == pytest.approx(expected, rel=4 / np.sqrt(2 * 20_000))


def test_leave_one_out_is_brute_force(sample: np.ndarray) -> None:
    found = leave_one_out(lambda counts: counts @ sample / counts.sum(axis=1), 30)
    assert found == pytest.approx([np.delete(sample, place).mean() for place in range(30)])


def test_the_seed_decides(sample: np.ndarray) -> None:
    def run(seed: int) -> object:
        return bootstrap(
            lambda counts: counts @ sample / 30, 30, term="m", level=0.9, rng=np.random.default_rng(seed), n_draws=200
        )

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_an_undefined_statistic_is_no_result() -> None:
    found = bootstrap(
        lambda counts: np.where(counts[:, 0] > 0, 1.0, np.nan),
        10,
        term="m",
        level=0.95,
        rng=np.random.default_rng(1),
    )
    assert found == NotEstimable(term="m", reason="linkage.bootstrap_undefined")
