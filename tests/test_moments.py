"""Moments of groups equal what the rows say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cxresearch.moments import count_moments, item_moments, pooled_covariance, score_moments

EXACT = 1e-9  # float64 sums of a few hundred numbers of size 10

VALUES = hnp.arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e3, 1e3) | st.just(np.nan))


def rows(seed: int = 1, size: int = 300, n_items: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    items = rng.integers(1, 6, (size, n_items)).astype(float)
    items[rng.random(items.shape) < 0.1] = np.nan
    return rng.integers(0, 7, size), items


def test_score_moments_equal_the_rows() -> None:
    codes, items = rows()
    moments = score_moments(codes, items[:, 0], 8)
    by_row = pd.Series(items[:, 0]).groupby(codes)
    assert np.allclose(moments.n[:7], by_row.count(), rtol=0, atol=0)
    assert np.allclose(moments.mean[:7], by_row.mean(), rtol=0, atol=EXACT)
    assert np.allclose(moments.ss[:7], by_row.var() * (by_row.count() - 1), rtol=0, atol=EXACT)
    assert (moments.n[7], moments.mean[7], moments.ss[7]) == (0, 0, 0)
    assert len(moments.answered().n) == 7


@settings(deadline=None)
@given(VALUES, st.integers(1, 5))
def test_merging_groups_equals_moments_of_all(values: np.ndarray, n_groups: int) -> None:
    codes = np.arange(len(values)) % n_groups
    whole = score_moments(np.zeros(len(values), dtype=int), values, 1)
    n, mean, ss = score_moments(codes, values, n_groups).total()
    assert n == whole.n[0]
    assert mean == pytest.approx(whole.mean[0], abs=1e-9)
    assert ss == pytest.approx(whole.ss[0], rel=1e-9, abs=1e-6)


def test_large_values_lose_no_precision() -> None:
    moments = score_moments(np.zeros(3, dtype=int), 1e8 + np.array([0.0, 1.0, 2.0]), 1)
    assert moments.ss[0] == pytest.approx(2.0, abs=1e-12)


def test_counts_equal_the_answers_they_count() -> None:
    rng = np.random.default_rng(2)
    codes, answers = rng.integers(0, 5, 200), rng.integers(1, 6, 200)
    counts = np.array([[((codes == unit) & (answers == option)).sum() for option in range(1, 6)] for unit in range(5)])
    from_counts, from_rows = count_moments(np.arange(1, 6), counts), score_moments(codes, answers, 5)
    assert np.array_equal(from_counts.n, from_rows.n)
    assert np.allclose(from_counts.mean, from_rows.mean, rtol=0, atol=EXACT)
    assert np.allclose(from_counts.ss, from_rows.ss, rtol=0, atol=EXACT)


def test_a_missing_count_is_nobody() -> None:
    moments = count_moments([1, 2], [[np.nan, 3.0]])
    assert (moments.n[0], moments.mean[0], moments.ss[0]) == (3, 2.0, 0.0)


def test_pooled_covariance_is_that_of_the_complete_rows() -> None:
    codes, items = rows()
    moments = item_moments(codes, items, 7)
    complete = items[~np.isnan(items).any(axis=1)]
    covariance, n = pooled_covariance(moments)
    assert n == len(complete)
    assert np.allclose(covariance, np.cov(complete, rowvar=False), rtol=0, atol=EXACT)
    assert np.array_equal(moments.n.sum(axis=0), (~np.isnan(items)).sum(axis=0))
    kept = moments.select(np.array([0, 3]))
    among = np.isin(codes, [0, 3]) & ~np.isnan(items).any(axis=1)
    assert np.allclose(pooled_covariance(kept)[0], np.cov(items[among], rowvar=False), rtol=0, atol=EXACT)
    assert moments.n_items == 4


def test_too_few_complete_respondents_have_no_covariance() -> None:
    with pytest.raises(ValueError, match="two complete respondents, got 1"):
        pooled_covariance(item_moments([0, 0], [[1.0, 2.0], [np.nan, 1.0]], 1))


@pytest.mark.parametrize("codes", [[0, 3], [-1, 0]])
def test_a_code_outside_the_groups_is_an_error(codes: list[int]) -> None:
    with pytest.raises(ValueError, match="run from 0 to 2"):
        score_moments(codes, [1.0, 2.0], 3)


def test_no_rows_give_empty_groups_of_floats() -> None:
    moments = score_moments(np.array([], dtype=int), np.array([]), 2)
    assert moments.ss.dtype == np.float64
    assert moments.total() == (0, 0.0, 0.0)
