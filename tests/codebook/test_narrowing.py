"""Counted sources narrowed to some columns, held against pandas counting the rows one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.codebook import Responses
from cxresearch.codebook import blocks as blocking
from cxresearch.codebook.narrowing import LARGEST_HELD, Narrowing, combined, patterns
from tests.codebook.tables import variable


def source(n_rows: int = 400, *, counted: bool = True, named: int = 0) -> Responses:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "unit": pd.Series(rng.choice(["a", "b", "c"], n_rows), dtype="str"),
            "period": pd.Series(rng.choice(["1", "2"], n_rows), dtype="str"),
            "respondent": pd.Series([f"p{k // 2}" if k < named else "" for k in range(n_rows)], dtype="str"),
            "line": np.arange(n_rows),
            "frequency": rng.integers(1, 5, n_rows) if counted else np.ones(n_rows, dtype=np.int64),
            "q1": rng.choice([1.0, 2.0, np.nan], n_rows),
            "q2": rng.choice([1.0, 2.0, 3.0], n_rows),
            "class": pd.Series(rng.choice(["x", "y"], n_rows), dtype="str"),
        }
    )
    variables = tuple(variable(name, "item") for name in ("q1", "q2"))
    return Responses("s", "customer", "respondents", frame, variables)


def told(frame: pd.DataFrame, names: Sequence[str]) -> dict[tuple[object, ...], int]:
    keys = ["unit", "period", "respondent", *names]
    sums = frame.groupby(keys, dropna=False)["frequency"].sum()
    return {tuple("" if part != part else part for part in key): int(n) for key, n in sums.items()}  # type: ignore[union-attr]


@pytest.mark.parametrize("names", [(), ("q1",), ("q1", "class"), ("q1", "q2", "class")])
@pytest.mark.parametrize("some", [False, True])
def test_every_respondent_is_still_counted(names: tuple[str, ...], some: bool) -> None:
    responses = source()
    kept = np.arange(400) % 3 > 0 if some else None
    found = Narrowing(responses, kept).over(names).frame
    rows = responses.frame if kept is None else responses.frame[kept]
    assert told(found, names) == told(rows, names)
    assert len(found) == len(told(rows, names))
    assert list(found) == ["unit", "period", "respondent", "line", "frequency", *names]
    assert found["line"].is_monotonic_increasing
    assert (found.dtypes == responses.frame[list(found)].dtypes).all()


def test_answers_of_a_named_respondent_stay_apart() -> None:
    found = Narrowing(source(named=100)).over(["q1"]).frame
    assert (found["respondent"] != "").sum() == 100
    assert found.loc[found["respondent"] != "", "line"].tolist() == list(range(100))


def test_further_columns_tell_rows_apart() -> None:
    responses = source()
    answered = responses.frame[["q1", "q2"]].notna().sum(axis=1).to_numpy(dtype=np.uint8)
    found = Narrowing(responses).over(["q2"], {"answered": answered}).frame
    wanted = told(responses.frame.assign(answered=answered), ("q2", "answered"))
    assert told(found, ("q2", "answered")) == wanted
    assert found["answered"].dtype == np.uint8


def test_what_was_narrowed_is_at_hand() -> None:
    narrowing = Narrowing(source())
    assert narrowing.over(["q1", "q2"]) is narrowing.over(["q2", "q1", "absent"])
    assert len(narrowing.responses.frame) <= LARGEST_HELD


def test_patterns_are_of_answers_alone() -> None:
    responses = source()
    frame, place = patterns(responses, ["q1", "q2"])
    assert place is not None
    assert frame["frequency"].sum() == responses.frame["frequency"].sum()
    for name in ("q1", "q2"):
        np.testing.assert_array_equal(frame[name].to_numpy()[place], responses.frame[name].to_numpy())
    single = source(counted=False)
    assert patterns(single, ["q1"])[0] is single.frame


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.5, float("nan")]), st.integers(0, 2**62)), min_size=1),
    st.booleans(),
)
def test_equal_rows_have_the_same_number(rows: list[tuple[int, float, int]], wide: bool) -> None:
    columns = [np.array(column) for column in zip(*rows, strict=True)][: 3 if wide else 2]
    codes, first = combined(columns, len(rows))
    named = [tuple("" if part != part else part for part in row[: len(columns)]) for row in rows]
    order = list(dict.fromkeys(named))
    assert [order[code] for code in codes.tolist()] == named
    assert [named[place] for place in first.tolist()] == order


def test_blocks_cover_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "BLOCK", 7)
    for n_rows in (0, 1, 7, 20):
        covered = [row for rows in blocking.blocks(n_rows) for row in range(n_rows)[rows]]
        assert covered == list(range(n_rows))


def test_unit_scores_are_never_narrowed() -> None:
    from_units = replace(source(), grain="unit_scores")
    assert patterns(from_units, ["q1"])[1] is None
