"""No reader can work out a group below the anonymity threshold, tried by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.aggregation import mask, suppressed

SIZES = st.lists(st.integers(0, 14), min_size=1, max_size=7)
THRESHOLD = st.integers(2, 8)


def leaks(sizes: list[int], hidden: np.ndarray, threshold: int, total_published: bool) -> bool:
    """Whether a signed sum of published figures is exactly the people of a union of groups of 1..threshold-1."""
    groups = range(len(sizes))
    rows = [np.eye(len(sizes), dtype=int)[group] for group in groups if not hidden[group]]
    published = [*rows, np.ones(len(sizes), dtype=int)] if total_published else rows
    if not published:
        return False
    combined = np.array(list(itertools.product((-1, 0, 1), repeat=len(published)))) @ np.array(published)
    people = combined[((combined == 0) | (combined == 1)).all(axis=1)] @ np.array(sizes)
    return bool(((people > 0) & (people < threshold)).any())


@settings(deadline=None)
@given(SIZES, THRESHOLD)
def test_nothing_leaks(sizes: list[int], threshold: int) -> None:
    if sum(sizes) < threshold:  # then the total is not published either
        return
    hidden = suppressed(sizes, threshold)
    assert not leaks(sizes, hidden, threshold, total_published=True)


@settings(deadline=None)
@given(SIZES, THRESHOLD)
def test_without_a_total_only_small_groups_are_hidden(sizes: list[int], threshold: int) -> None:
    hidden = suppressed(sizes, threshold, total_published=False)
    assert np.array_equal(hidden, [0 < size < threshold for size in sizes])


@settings(deadline=None)
@given(SIZES, THRESHOLD)
def test_no_group_is_hidden_without_need(sizes: list[int], threshold: int) -> None:
    hidden = suppressed(sizes, threshold)
    extra = [index for index in np.flatnonzero(hidden) if sizes[index] >= threshold]
    assert len(extra) <= 1
    if extra:
        without = hidden.copy()
        without[extra] = False
        assert leaks(sizes, without, threshold, total_published=True)


def test_the_brute_force_does_find_leaks() -> None:
    assert leaks([3, 9, 9], np.array([True, False, False]), 5, total_published=True)
    assert not leaks([3, 9, 9], np.array([True, False, False]), 5, total_published=False)


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": ["a", "b", "c", "d"],
            "n": [3, 12, 8, 20],
            "mean": [4.5, 3.0, 3.5, 4.0],
            "grew": [True, False, True, False],
            "remark": ["x", "y", "z", "w"],
        }
    )


def test_hidden_rows_lose_every_value_and_keep_their_name(table: pd.DataFrame) -> None:
    shown = mask(table, "n", 5)
    assert shown["unit"].tolist() == ["a", "b", "c", "d"]
    values = shown.drop(columns="unit")
    assert values.iloc[[0, 2]].isna().all().all()  # c is the next smallest
    assert values.iloc[[1, 3]].notna().all().all()
    assert shown["n"].dtype == "Int64"
    assert table["mean"].notna().all()


def test_tables_within_a_frame_have_totals_of_their_own(table: pd.DataFrame) -> None:
    frame = pd.concat([table.assign(period="1"), table.iloc[1:].assign(period="2")], ignore_index=True)
    shown = mask(frame, "n", 5, within=["period"])
    assert shown["mean"].isna().tolist() == [True, False, True, False, False, False, False]


def test_an_unknown_number_of_people_is_hidden_unless_its_owner_published_it(table: pd.DataFrame) -> None:
    frame = table.assign(n=[np.nan, 12.0, 8.0, 20.0])
    assert mask(frame, "n", 5)["mean"].isna().tolist() == [True, False, True, False]
    assert mask(frame, "n", 5, unknown_n="show")["mean"].notna().all()
    assert mask(table, "n", 5, total_published=False)["mean"].isna().tolist() == [True, False, False, False]


def test_results_of_one_column_vocabulary_can_be_masked(table: pd.DataFrame) -> None:
    frame = table.rename(columns={"unit": "term", "n": "n_respondents"}).astype({"n_respondents": "Int64"})
    frame.loc[1, "n_respondents"] = pd.NA
    shown = mask(frame, "n_respondents", 5)
    assert shown["mean"].isna().tolist() == [True, True, True, False]
