"""Dates, months, quarters and years as exports write them."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Literal

from cxresearch.codebook.texts import visible

DayFirst = Literal["day", "month"]
"""Which comes first in a date parted by slashes or hyphens."""

_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?"
TIME_OF_DAY = rf"[T ](?:klo )?{_CLOCK}"
"""Pattern of the time that may follow a date and says nothing about its period."""

_TIME = rf"(?:{TIME_OF_DAY})?"
_YEAR = r"(?P<year>(?:19|20|21)\d{2})"
_MONTH = r"(?P<month>\d{1,2})"
_DAY = r"(?P<day>\d{1,2})"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        _YEAR,
        rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}{_TIME}",
        rf"{_DAY}\. ?{_MONTH}\. ?{_YEAR}{_TIME}",
        rf"{_YEAR}[-/]{_MONTH}",
        rf"{_MONTH} ?[/.-] ?{_YEAR}",
        rf"{_YEAR}(?P<month>0[1-9]|1[0-2])",
        rf"{_YEAR}(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)",
        rf"{_YEAR}[-/ ]?[Qq](?P<quarter>[1-4])",
        rf"[Qq](?P<quarter>[1-4])[-/ ]?{_YEAR}",
    )
)
_EITHER_ORDER = re.compile(rf"(?P<first>\d{{1,2}})(?P<mark>[-/])(?P<second>\d{{1,2}})(?P=mark){_YEAR}{_TIME}")


@dataclass(frozen=True, slots=True)
class When:
    """A time as far as a cell tells it: `month`, `quarter` and `day` are None where it does not; equal in one month."""

    year: int
    quarter: int | None = None
    month: int | None = None
    day: int | None = field(default=None, compare=False)


def _when(year: int, month: int | None, day: int | None, quarter: int | None) -> When | None:
    if month is None:
        return When(year, quarter)
    try:
        datetime.date(year, month, day or 1)
    except ValueError:
        return None
    return When(year, (month + 2) // 3, month, day)


def readings(value: object) -> dict[DayFirst, When]:
    """The possible meanings of a cell, by what comes first; both keys hold the same where the order is plain.

    Empty when the cell is no time. `14.3.2025` is day, month, year; `3/4/2025` has two readings.
    """
    if isinstance(value, datetime.date):
        found = When(value.year, (value.month + 2) // 3, value.month, value.day)
        return {"day": found, "month": found}
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = visible(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    either = _EITHER_ORDER.fullmatch(text)
    return _two_readings(either) if either else _one_reading(text)


def _one_reading(text: str) -> dict[DayFirst, When]:
    for pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match:
            parts = {name: int(part) for name, part in match.groupdict().items()}
            found = _when(parts["year"], parts.get("month"), parts.get("day"), parts.get("quarter"))
            return {} if found is None else {"day": found, "month": found}
    return {}


def _two_readings(match: re.Match[str]) -> dict[DayFirst, When]:
    year, first, second = int(match["year"]), int(match["first"]), int(match["second"])
    found: dict[DayFirst, When | None] = {
        "day": _when(year, second, first, None),
        "month": _when(year, first, second, None),
    }
    return {order: when for order, when in found.items() if when is not None}
