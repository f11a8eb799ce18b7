"""Values of measures with the unit and the decimals that their metric asks for."""

from __future__ import annotations

from typing import Literal

from cxresearch.exhibits.table import Cell
from cxresearch.language import Phrase
from cxresearch.statistic import Estimate, Result

Metric = Literal["mean", "nps", "csat", "ces"]
_FORMS: dict[str, str] = {"nps": "points", "csat": "percent"}
"""Metrics on a scale of a hundred have one decimal; the others, means of answers, have two."""

_DIGITS = ((100.0, 1), (10.0, 2))
"""From this size on, this many decimals; smaller values have three."""


def amount(metric: str, found: Estimate) -> Phrase:
    """The value of a measure as its metric is written."""
    return Phrase(f"tables.amount.{_FORMS.get(metric, 'mean')}", {"value": found.estimate})


def amount_interval(metric: str, found: Estimate) -> Phrase | None:
    """The interval of a measure as its metric is written; None where there is none."""
    if found.conf_low is None or found.conf_high is None:
        return None
    form = _FORMS.get(metric, "mean")
    return Phrase(f"tables.amount.{form}_interval", {"low": found.conf_low, "high": found.conf_high})


def _digits(*values: float) -> int:
    largest = max(abs(value) for value in values)
    return next((digits for bound, digits in _DIGITS if largest >= bound), 3)


def sized(value: float | None) -> Cell:
    """A number of any size with about four significant figures."""
    return None if value is None else Phrase(f"tables.value.d{_digits(value)}", {"value": value})


def sized_interval(result: Result) -> Cell:
    """An interval of any size, both ends with the same decimals; None where there is none."""
    if not isinstance(result, Estimate) or result.conf_low is None or result.conf_high is None:
        return None
    ends = {"low": result.conf_low, "high": result.conf_high}
    return Phrase(f"tables.value.interval_d{_digits(*ends.values())}", ends)
