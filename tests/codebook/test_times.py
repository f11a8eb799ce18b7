"""When people answered and how long it took."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from cxresearch.codebook import validate
from cxresearch.errors import DataError
from tests.codebook.tables import UNIT, book, raw, spec, variable

BOOK = book(UNIT, variable("q1"), variable("when", "timestamp"), variable("secs", "duration"))


def day(year: int, month: int, number: int) -> float:
    return float(datetime.date(year, month, number).toordinal())


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025-03-14 10:22", day(2025, 3, 14)),
        ("14.3.2025", day(2025, 3, 14)),
        ("14/3/2025", day(2025, 3, 14)),
        (datetime.datetime(2025, 3, 14, 8), day(2025, 3, 14)),
        ("3/4/2025", np.nan),
        ("3/2025", np.nan),
        ("soon", np.nan),
        ("", np.nan),
    ],
)
def test_a_timestamp_is_a_day(cell: object, expected: float) -> None:
    found = validate(raw({"team": ["a"], "q1": [3], "when": [cell], "secs": [60]}), BOOK, spec())
    np.testing.assert_array_equal(found.frame["when"], [expected])
    assert found.frame["secs"].tolist() == [60.0]


def test_one_plain_day_tells_the_order_of_all() -> None:
    cells = {"team": ["a", "a"], "q1": [3, 4], "when": ["3/4/2025", "14/4/2025"], "secs": [1, ""]}
    found = validate(raw(cells), BOOK, spec())
    assert found.frame["when"].tolist() == [day(2025, 4, 3), day(2025, 4, 14)]
    assert np.isnan(found.frame["secs"][1])


def test_a_duration_is_not_negative() -> None:
    with pytest.raises(DataError) as caught:
        validate(raw({"team": ["a"], "q1": [3], "when": [""], "secs": ["-4"]}), BOOK, spec())
    (problem,) = caught.value.problems
    assert problem.what("en") == "The response time “secs” is -4 seconds; it cannot be below 0."
    assert problem.what("fi") == "Vastausaika ”secs” on -4 sekuntia; se ei voi olla pienempi kuin 0."
    assert "missing" in problem.remedy("en")
