"""A row that stands for several respondents says the same as that many rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.aggregation import panel_from_respondents, unit_agreement
from cxresearch.measurement import item_statistics
from cxresearch.moments import item_moments, score_moments
from cxresearch.scoring.distribution import tally
from cxresearch.statistic import Estimate

EXACT = 1e-9
"""The same arithmetic in another order."""
UNITS = 4


@st.composite
def weighted_rows(draw: st.DrawFn, items: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units (N,), answers (N, K) with some missing, and frequencies (N,)."""
    n = draw(st.integers(4, 25))
    answer = st.one_of(st.just(float("nan")), st.integers(1, 5).map(float))
    units = draw(st.lists(st.integers(0, UNITS - 1), min_size=n, max_size=n))
    answers = draw(st.lists(st.lists(answer, min_size=items, max_size=items), min_size=n, max_size=n))
    times = draw(st.lists(st.integers(1, 6), min_size=n, max_size=n))
    return np.array(units), np.array(answers), np.array(times)


def same(one: Any, other: Any) -> None:
    for name in one.__dataclass_fields__:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=EXACT, err_msg=name)


@given(weighted_rows())
@settings(deadline=None, max_examples=60)
def test_moments(rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    units, answers, times = rows
    each, every = np.repeat(units, times), np.repeat(answers, times, axis=0)
    same(score_moments(units, answers[:, 0], UNITS, frequency=times), score_moments(each, every[:, 0], UNITS))
    same(item_moments(units, answers, UNITS, frequency=times), item_moments(each, every, UNITS))


@given(weighted_rows())
@settings(deadline=None, max_examples=60)
def test_tallies(rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    _, answers, times = rows
    for one, other in zip(tally(answers[:, 0], times), tally(np.repeat(answers[:, 0], times)), strict=True):
        np.testing.assert_array_equal(one, other)


@given(weighted_rows())
@settings(deadline=None, max_examples=40)
def test_item_statistics(rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    _, answers, times = rows
    ends: dict[str, Any] = {"minimum": 1, "maximum": 5, "term": "item"}
    one = item_statistics(answers, ["a", "b", "c"], frequency=times, **ends)
    other = item_statistics(np.repeat(answers, times, axis=0), ["a", "b", "c"], **ends)
    assert [r.term for r in one] == [r.term for r in other]
    for mine, theirs in zip(one, other, strict=True):
        assert type(mine) is type(theirs), mine.term
        if isinstance(mine, Estimate) and isinstance(theirs, Estimate):
            assert (mine.n_respondents, mine.method, mine.health) == (
                theirs.n_respondents, theirs.method, theirs.health,
            )  # fmt: skip
            for name in ("estimate", "std_error", "conf_low", "conf_high"):
                pair = [getattr(result, name) for result in (mine, theirs)]
                assert None in pair or np.isclose(*pair, atol=EXACT), (mine.term, name)


@given(weighted_rows())
@settings(deadline=None, max_examples=60)
def test_agreement(rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    units, answers, times = rows
    each, every = np.repeat(units, times), np.repeat(answers, times, axis=0)
    same(
        unit_agreement(units, answers, UNITS, minimum=1, maximum=5, frequency=times),
        unit_agreement(each, every, UNITS, minimum=1, maximum=5),
    )


@given(weighted_rows(items=1))
@settings(deadline=None, max_examples=40)
def test_panels(rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    units, answers, times = rows
    names, each = units.astype(str), np.repeat(units, times).astype(str)
    one = panel_from_respondents("m", "customer", names, answers[:, 0], frequency=times)
    other = panel_from_respondents("m", "customer", each, np.repeat(answers[:, 0], times))
    pd.testing.assert_frame_equal(one.frame, other.frame, rtol=EXACT, atol=EXACT)
    assert one.losses == other.losses
    if one.moments is not None and other.moments is not None:
        same(one.moments, other.moments)
