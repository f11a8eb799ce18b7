"""The indices against R's careless, and against brute force where R's rule is not ours."""

from __future__ import annotations

import time
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from cxresearch.moments import Floats
from cxresearch.screening import (
    average_string,
    even_odd,
    exact_copies,
    irv,
    irv_by_part,
    item_correlations,
    item_pairs,
    longstring,
    mahalanobis,
    mahalanobis_answered,
    nearest_share,
    nearest_share_within,
    pair_consistency,
    seconds_per_item,
)
from cxresearch.screening.variability import parts_of

ROWWISE = 1e-10  # the tolerance promised for careless_rowwise.csv
COMPLETE = 1e-8  # the tolerance promised for careless_complete.csv
SAME = 1e-12  # the same sums in another order
ITEMS = [f"ex_{place:02d}" for place in range(1, 13)]


@pytest.fixture(scope="module")
def asked(reference: Path) -> tuple[pd.Series, Floats]:
    """Respondents of the raw file as the R script took them: first of each id, 99 and 7 as no answer."""
    raw = pd.read_csv(reference / "data" / "gen_employees_raw.csv").drop_duplicates("employee_id")
    items = raw[ITEMS].to_numpy(dtype=np.float64)
    items[(items < 1) | (items > 5)] = np.nan
    return raw["employee_id"].reset_index(drop=True), items


def equal(found: Floats, expected: pd.Series, tolerance: float) -> None:
    np.testing.assert_allclose(found, expected.to_numpy(dtype=np.float64), rtol=0, atol=tolerance, equal_nan=True)


def test_rowwise_indices_equal_careless(asked: tuple[pd.Series, Floats], reference: Path) -> None:
    ids, items = asked
    witness = pd.read_csv(reference / "careless_rowwise.csv")
    assert (witness["employee_id"] == ids).all()
    assert (longstring(items) == witness["longstr"]).all()
    equal(average_string(items), witness["avgstr"], ROWWISE)
    equal(irv(items), witness["irv"], ROWWISE)
    for place, column in enumerate(irv_by_part(items).T):
        equal(column, witness[f"irv{place + 1}"], ROWWISE)


def test_complete_case_indices_equal_careless(asked: tuple[pd.Series, Floats], reference: Path) -> None:
    ids, items = asked
    whole = ~np.isnan(items).any(axis=1)
    witness = pd.read_csv(reference / "careless_complete.csv").set_index("employee_id").loc[ids[whole]]
    found = mahalanobis(items)
    equal(found.squared[whole], witness["d_sq"], COMPLETE)
    assert (found.flags(0.99)[whole] == witness["flagged"]).all()
    assert np.isnan(found.squared[~whole]).all()
    assert not found.flags()[~whole].any()
    equal(even_odd(items[whole], [range(0, 4), range(4, 8), range(8, 12)]), witness["evenodd"], COMPLETE)


def test_mahalanobis_of_incomplete_answers_is_that_of_the_answered_items(asked: tuple[pd.Series, Floats]) -> None:
    _, items = asked
    whole = items[~np.isnan(items).any(axis=1)]
    mean, covariance = whole.mean(axis=0), np.cov(whole.T)
    found = mahalanobis_answered(items)
    assert found.n_complete == len(whole)
    for row in np.flatnonzero(np.isnan(items).any(axis=1))[:25]:
        known = ~np.isnan(items[row])
        apart = items[row][known] - mean[known]
        expected = apart @ np.linalg.solve(covariance[np.ix_(known, known)], apart)
        assert found.squared[row] == pytest.approx(expected, rel=COMPLETE)
        assert found.df[row] == known.sum()
        assert found.p_values()[row] == pytest.approx(stats.chi2.sf(expected, known.sum()), rel=1e-6)
    equal(found.squared[~np.isnan(items).any(axis=1)], pd.Series(mahalanobis(whole).squared), SAME * 1000)


def test_mahalanobis_of_items_that_repeat_each_other_loses_a_degree_of_freedom() -> None:
    rng = np.random.default_rng(3)
    items = rng.normal(size=(60, 3))
    doubled = np.column_stack([items, items[:, 0]])
    found = mahalanobis(doubled)
    np.testing.assert_allclose(found.squared, mahalanobis(items).squared, rtol=COMPLETE)
    assert (found.df == 3).all()
    assert (mahalanobis(items[:4]).df == 0).all()


ANSWERS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 12), st.integers(1, 9)), elements=st.sampled_from([1.0, 2.0, 3.0, np.nan])
)


@given(ANSWERS)
@settings(max_examples=80, deadline=None)
def test_runs_by_brute_force(items: Floats) -> None:
    for row, longest, average in zip(items, longstring(items), average_string(items), strict=True):
        runs = [
            len(list(run)) for _, run in groupby(enumerate(row), key=lambda p: p[1] if p[1] == p[1] else f"-{p[0]}")
        ]
        known = [len(list(run)) for value, run in groupby(row.tolist()) if value == value]
        assert longest == max(known, default=0)
        assert np.isnan(average) if not known else average == pytest.approx(np.mean(runs))


@given(ANSWERS)
@settings(max_examples=80, deadline=None)
def test_near_duplicates_by_brute_force(items: Floats) -> None:
    found = nearest_share(items)
    if len(items) < 2:
        assert np.isnan(found).all()
        return
    for place, row in enumerate(items):
        others = [np.mean(row == other) for at, other in enumerate(items) if at != place]
        assert found[place] == pytest.approx(max(others))


def test_near_duplicates_across_blocks_and_within_units() -> None:
    rng = np.random.default_rng(5)
    items = rng.integers(1, 6, (1500, 8)).astype(float)
    direct = (items[:, None, :] == items[None, :, :]).mean(axis=2)
    np.fill_diagonal(direct, 0)
    np.testing.assert_array_equal(nearest_share(items), direct.max(axis=1))
    codes = rng.integers(0, 6, 1500)
    within = nearest_share_within(items, codes, largest=1000)
    direct[codes[:, None] != codes[None, :]] = 0
    np.testing.assert_array_equal(within, direct.max(axis=1))
    np.testing.assert_array_equal(nearest_share_within(items, codes), nearest_share(items))


def test_many_different_answers_are_told_apart() -> None:
    items = np.column_stack([np.arange(600.0), np.arange(600.0) % 299])
    assert nearest_share(items).max() == 0.5


def test_exact_copies_keep_the_first_and_leave_empty_rows() -> None:
    frame = pd.DataFrame({"a": [1, 1, 2, np.nan, np.nan, 1], "b": ["x", "x", None, None, None, "y"]})
    assert exact_copies(frame).tolist() == [False, True, False, False, False, False]
    frame.loc[5, "b"] = "x"
    assert exact_copies(frame).sum() == 2


def test_synonyms_by_hand() -> None:
    rng = np.random.default_rng(7)
    trait = rng.normal(size=(300, 3))
    items = trait[:, [0, 0, 1, 1, 2, 2]] + 0.3 * rng.normal(size=(300, 6))
    items[:, 5] *= -1
    items[::7, 1] = np.nan
    correlations = item_correlations(items)
    frame = pd.DataFrame(items).corr().to_numpy()
    np.testing.assert_allclose(correlations, frame, atol=SAME)
    assert item_pairs(correlations).tolist() == [[1, 0], [3, 2]]
    assert item_pairs(correlations, "antonyms").tolist() == [[5, 4]]
    pairs = np.array([[1, 0], [3, 2], [5, 4]])
    r, n = pair_consistency(items, pairs)
    assert n.tolist() == [2 if place % 7 == 0 else 3 for place in range(300)]
    expected = [np.nan if place % 7 == 0 else np.corrcoef(row[[1, 3, 5]], row[[0, 2, 4]])[0, 1]
                for place, row in enumerate(items)]  # fmt: skip
    np.testing.assert_allclose(r, expected, atol=SAME)


def test_even_odd_ends_at_one_and_needs_halves() -> None:
    items = np.array([[1, 5, 3, 3, 5, 1], [1, 1, 3, 3, 5, 5], [2, 2, 2, 2, 2, 2]], dtype=float)
    scales = [(0, 1), (2, 3), (4, 5)]
    found = even_odd(items, scales)
    assert found[:2].tolist() == pytest.approx([1.0, -1.0], abs=SAME)
    assert np.isnan(found[2])
    with pytest.raises(ValueError, match="one item"):
        even_odd(items, [(0,)])


@pytest.mark.parametrize(("n_items", "n_parts"), [(12, 3), (10, 3), (7, 2), (5, 5), (1, 1)])
def test_parts_are_those_of_r(n_items: int, n_parts: int) -> None:
    edges = np.linspace(1, n_items, n_parts + 1)
    expected = [max(int(np.searchsorted(edges, place - 1e-9)) - 1, 0) for place in range(1, n_items + 1)]
    assert parts_of(n_items, n_parts).tolist() == expected
    with pytest.raises(ValueError, match="cannot be cut"):
        parts_of(n_items, n_items + 1)


def test_seconds_per_answered_item() -> None:
    items = np.array([[1, 2, np.nan], [np.nan] * 3, [1, 1, 1]])
    np.testing.assert_array_equal(seconds_per_item([10, 10, np.nan], items), [5, np.nan, np.nan])


def test_a_hundred_thousand_rows_take_seconds() -> None:
    rng = np.random.default_rng(1)
    items = rng.integers(1, 6, (100_000, 20)).astype(float)
    items[rng.random(items.shape) < 0.01] = np.nan
    start = time.perf_counter()
    longstring(items), irv(items), mahalanobis_answered(items), item_correlations(items)
    even_odd(items, [range(place, place + 4) for place in range(0, 20, 4)])
    assert time.perf_counter() - start < 15  # about 1 s on an idle core


def test_mahalanobis_with_repeated_and_missing_items_counts_each_once() -> None:
    rng = np.random.default_rng(4)
    items = rng.normal(size=(80, 3))
    items[::5, 1] = np.nan
    doubled = np.column_stack([items, items[:, 0]])
    found, plain = mahalanobis_answered(doubled), mahalanobis_answered(items)
    np.testing.assert_allclose(found.squared, plain.squared, rtol=COMPLETE)
    assert (found.df == plain.df).all()


def test_correlations_of_counted_rows_are_those_of_the_rows() -> None:
    rng = np.random.default_rng(3)
    items = rng.integers(1, 6, size=(200, 4)).astype(float)
    items[rng.random(items.shape) < 0.1] = np.nan
    times = rng.integers(1, 5, size=200)
    assert item_correlations(items, times) == pytest.approx(
        item_correlations(np.repeat(items, times, axis=0)), abs=1e-12, nan_ok=True
    )
