from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxresearch.codebook import in_natural_order
from cxresearch.codebook.distinct import distinct
from cxresearch.codebook.periods import fixed_period, period_labels


def labels(cells: list[object], granularity: str = "month") -> tuple[list[str], list[str]]:
    column = distinct(pd.Series(cells, dtype=object))
    found, faults = period_labels(column, np.ones(len(cells), dtype=np.int64), granularity)  # type: ignore[arg-type]
    return found.tolist(), sorted(faults.values())


@pytest.mark.parametrize(
    ("cell", "month", "quarter", "year"),
    [
        ("2025-03-14", "2025-03", "2025-Q1", "2025"),
        ("2025-03-14T09:30:00Z", "2025-03", "2025-Q1", "2025"),
        ("2025-03-14 09:30:00.123+02:00", "2025-03", "2025-Q1", "2025"),
        ("2025/12/31", "2025-12", "2025-Q4", "2025"),
        ("14.3.2025", "2025-03", "2025-Q1", "2025"),
        ("4.3.2025 klo 10.22", "2025-03", "2025-Q1", "2025"),
        ("3/2025", "2025-03", "2025-Q1", "2025"),
        ("03.2025", "2025-03", "2025-Q1", "2025"),
        ("2025-03", "2025-03", "2025-Q1", "2025"),
        ("202503", "2025-03", "2025-Q1", "2025"),
        ("20250314", "2025-03", "2025-Q1", "2025"),
        (202503.0, "2025-03", "2025-Q1", "2025"),
        ("25/3/2025", "2025-03", "2025-Q1", "2025"),
        ("3/25/2025 1:05:00 PM", "2025-03", "2025-Q1", "2025"),
        ("3/3/2025", "2025-03", "2025-Q1", "2025"),
        (datetime.datetime(2025, 3, 14, 12), "2025-03", "2025-Q1", "2025"),
        (datetime.date(2025, 3, 14), "2025-03", "2025-Q1", "2025"),
        (pd.Timestamp(2025, 3, 14), "2025-03", "2025-Q1", "2025"),
        ("2025Q1", "", "2025-Q1", "2025"),
        ("Q1/2025", "", "2025-Q1", "2025"),
        ("2025-Q1", "", "2025-Q1", "2025"),
        ("2025", "", "", "2025"),
        (2025, "", "", "2025"),
        (2025.0, "", "", "2025"),
    ],
)
def test_times_as_exports_write_them(cell: object, month: str, quarter: str, year: str) -> None:
    for granularity, label in (("month", month), ("quarter", quarter), ("year", year)):
        found, faults = labels([cell], granularity)
        assert found == [label]
        assert faults == ([] if label else ["period_too_coarse"])


@pytest.mark.parametrize(
    "cell", ["wave 1", "31.2.2025", "14.3.25", "2025-13", "45730", 45730, 3.2025, True, "1/1/1", "Q5/2025", "0/2025"]
)
def test_what_is_no_time_is_told(cell: object) -> None:
    assert labels([cell]) == ([""], ["period_unreadable"])


def test_slashes_are_ambiguous_until_the_column_proves_the_order() -> None:
    assert labels(["3/4/2025"]) == ([""], ["period_ambiguous"])
    assert labels(["3/4/2025", "25/4/2025"])[0] == ["2025-04", "2025-04"]
    assert labels(["3/4/2025", "4/25/2025"])[0] == ["2025-03", "2025-04"]
    assert labels(["3/4/2025", "25/4/2025", "4/25/2025"]) == (["", "2025-04", "2025-04"], ["period_ambiguous"])
    assert labels(["3/4/2025"], "year") == (["2025"], [])
    assert labels(["2/3/2025"], "quarter") == (["2025-Q1"], [])


def test_blank_periods_are_no_fault() -> None:
    assert labels(["", None, "2025-01"]) == (["", "", "2025-01"], [])


def test_waves_stay_as_they_are_and_stand_in_natural_order() -> None:
    found, faults = labels(["Wave 10", "wave 2", "Wave 2", "Wave  2", 1.0], "as_is")
    assert found == ["Wave 10", "Wave 2", "Wave 2", "Wave 2", "1"]
    assert not faults
    assert in_natural_order(found) == ("1", "Wave 2", "Wave 10")


def test_without_periods_every_row_is_in_one() -> None:
    assert labels(["2025", "x"], "none") == (["", ""], [])


@pytest.mark.parametrize(
    ("text", "granularity", "expected"),
    [
        ("2025", "year", ("2025", "")),
        ("2025", "month", ("", "period_too_coarse")),
        ("3/4/2025", "month", ("", "period_ambiguous")),
        ("spring", "year", ("", "period_unreadable")),
        (" spring ", "as_is", ("spring", "")),
        ("2025", "none", ("", "")),
    ],
)
def test_a_declared_period(text: str, granularity: str, expected: tuple[str, str]) -> None:
    assert fixed_period(text, granularity) == expected  # type: ignore[arg-type]


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)))
def test_all_ways_of_writing_a_date_agree(day: datetime.date) -> None:
    ways = [day.isoformat(), f"{day.day}.{day.month}.{day.year}", f"{day.month}/{day.year}", day, f"{day:%Y%m%d}"]
    assert set(labels(ways)[0]) == {f"{day:%Y-%m}"}


@example(["²", "9" * 5000, "007", "7"])
@given(st.lists(st.text()))
def test_natural_order_is_an_order(names: list[str]) -> None:
    found = in_natural_order(names)
    assert set(found) == set(names)
    assert in_natural_order(reversed(found)) == found
