"""Period labels: what a column of dates, months, quarters or waves says at the study's granularity."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cxresearch.codebook.dates import DayFirst, When, readings
from cxresearch.codebook.distinct import Distinct, Ints, Objects
from cxresearch.codebook.keys import unit_keys
from cxresearch.codebook.texts import cell_text

Floats = NDArray[np.float64]
Granularity = Literal["none", "as_is", "year", "quarter", "month"]


def period_label(when: When, granularity: Granularity) -> str | None:
    """`2025`, `2025-Q1` or `2025-03`; None when the time is told too coarsely for the granularity."""
    if granularity == "year":
        return str(when.year)
    if granularity == "quarter":
        return None if when.quarter is None else f"{when.year}-Q{when.quarter}"
    return None if when.month is None else f"{when.year}-{when.month:02d}"


def period_labels(column: Distinct, frequency: Ints, granularity: Granularity) -> tuple[Objects, Mapping[int, str]]:
    """The period of each cell.

    Parameters
    ----------
    column : the raw cells. frequency : (N,) how many rows each stands for.
    granularity : `as_is` keeps the text (spellings that differ in case and blanks only are one period).

    Returns
    -------
    labels : (N,) period of each row, "" where the cell tells none.
    faults : position of a value to the code of its problem: `period_unreadable`, `period_ambiguous`,
        `period_too_coarse`.
    """
    if granularity == "none":
        return np.full(len(column.codes), "", dtype=object), {}
    if granularity == "as_is":
        waves = unit_keys(column, frequency)
        return np.array([waves.names.get(key, "") for key in waves.keys], dtype=object), {}
    meanings = [readings(value) for value in column.values]
    order = _proven_order(meanings)
    read = [_label(meaning, order, granularity) for meaning in meanings]
    labels = np.array([label for label, _ in read], dtype=object)
    return column.spread(labels, ""), {place: fault for place, (_, fault) in enumerate(read) if fault}


def fixed_period(text: str, granularity: Granularity) -> tuple[str, str]:
    """The label of a period that the study declares for all rows, and the code of its problem ("" if it has none)."""
    if granularity == "none":
        return "", ""
    return (cell_text(text), "") if granularity == "as_is" else _label(readings(text), None, granularity)


def days_of(column: Distinct) -> Floats:
    """Day of each cell (N,) as a proleptic Gregorian ordinal; NaN where the cell tells no day, or tells two.

    `3/4/2025` is told by the cells of the column that have only one reading.
    """
    meanings = [readings(value) for value in column.values]
    order = _proven_order(meanings)
    days = np.array([_day(meaning, order) for meaning in meanings], dtype=np.float64)
    return column.spread(days, np.nan)


def _day(meaning: dict[DayFirst, When], order: DayFirst | None) -> float:
    chosen = [meaning[order]] if order in meaning and order is not None else list(meaning.values())
    days = {_ordinal(when) for when in chosen}
    return days.pop() if len(days) == 1 else math.nan


def _ordinal(when: When) -> float:
    if when.month is None or when.day is None:
        return math.nan
    return float(datetime.date(when.year, when.month, when.day).toordinal())


def _proven_order(meanings: list[dict[DayFirst, When]]) -> DayFirst | None:
    """The order that values with only one possible reading show, when they agree."""
    orders = {next(iter(meaning)) for meaning in meanings if len(meaning) == 1}
    return orders.pop() if len(orders) == 1 else None


def _label(meaning: dict[DayFirst, When], order: DayFirst | None, granularity: Granularity) -> tuple[str, str]:
    if not meaning:
        return "", "period_unreadable"
    chosen = [meaning[order]] if order in meaning and order is not None else list(meaning.values())
    labels = {period_label(when, granularity) for when in chosen}
    if len(labels) > 1:
        return "", "period_ambiguous"
    label = labels.pop()
    return ("", "period_too_coarse") if label is None else (label, "")
