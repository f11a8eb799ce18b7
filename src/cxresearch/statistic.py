"""A result is an `Estimate` or a `NotEstimable` with its reason; never a bare number, never NaN."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pandas as pd

COLUMNS = (
    "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "conf_level",
    "n_units", "n_respondents", "n_employees", "n_customers", "n_items", "n_periods",
    "method", "health", "reason",
)  # fmt: skip
"""The one column vocabulary of every table of results."""

_NUMBERS = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One statistic with what it rests on.

    Attributes
    ----------
    term : stable, language-free id, such as `h1.pearson` or `scale.leadership.alpha`.
    estimate : the value, full precision, finite.
    std_error, statistic, df, p_value : None where the method has none. `df` may be infinite.
    conf_low, conf_high, conf_level : interval and its level; both ends or neither. An end may be infinite.
    n_units, n_respondents, n_employees, n_customers, n_items, n_periods : counts it rests on; None = not part of it.
    method : code of the method (`pearson_fisher`, `reml`), explained in the catalogues under `methods`.
    health : codes of what a reader must know to trust it (`singular`, `conservative_se`), under `health`.
    """

    term: str
    estimate: float
    std_error: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    conf_level: float | None = None
    n_units: int | None = None
    n_respondents: int | None = None
    n_employees: int | None = None
    n_customers: int | None = None
    n_items: int | None = None
    n_periods: int | None = None
    method: str = ""
    health: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.estimate):
            raise ValueError(f"{self.term}: an estimate is finite, got {self.estimate!r}; use NotEstimable")
        for name in _NUMBERS[1:]:
            value = getattr(self, name)
            if value is not None and math.isnan(value):
                raise ValueError(f"{self.term}: {name} is NaN; leave it None or use NotEstimable")
        if (self.conf_low is None) != (self.conf_high is None):
            raise ValueError(f"{self.term}: an interval has two ends")

    def excludes(self, value: float) -> bool:
        """Whether the interval lies wholly on one side of `value`; False without an interval."""
        if self.conf_low is None or self.conf_high is None:
            return False
        return self.conf_low > value or self.conf_high < value

    def named(self, term: str) -> Estimate:
        """The same result under another term."""
        return replace(self, term=term)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEstimable:
    """A statistic that could not be computed, and why.

    Attributes
    ----------
    term : as in `Estimate`.
    reason : code, explained in the catalogues under `reasons` (`too_few_units`, `grain_counts`).
    details : values that the reason's sentence names.
    """

    term: str
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def named(self, term: str) -> NotEstimable:
        """The same result under another term."""
        return replace(self, term=term)


Result = Estimate | NotEstimable


def to_row(result: Result) -> dict[str, Any]:
    """One result as a row of the column vocabulary; absent values are None."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    if isinstance(result, NotEstimable):
        row |= {"term": result.term, "reason": result.reason, "health": ""}
        return row
    for item in fields(result):
        row[item.name] = getattr(result, item.name)
    row["health"] = " ".join(result.health)
    return row


def tidy(results: Iterable[Result]) -> pd.DataFrame:
    """Results as a frame, one row each, columns `COLUMNS`, in the given order."""
    frame = pd.DataFrame([to_row(result) for result in results], columns=list(COLUMNS))
    counts = [name for name in COLUMNS if name.startswith("n_")]
    return frame.astype(dict.fromkeys(counts, "Int64") | dict.fromkeys((*_NUMBERS, "conf_level"), "Float64"))


def to_json(result: Result) -> dict[str, Any]:
    """One result as a JSON object that `from_json` reads back exactly."""
    if isinstance(result, NotEstimable):
        return {"term": result.term, "reason": result.reason, "details": dict(result.details)}
    values = {item.name: getattr(result, item.name) for item in fields(result)}
    values["health"] = list(result.health)
    return {name: value for name, value in values.items() if value is not None}


def from_json(values: Mapping[str, Any]) -> Result:
    """Read back what `to_json` wrote."""
    if "reason" in values:
        return NotEstimable(term=values["term"], reason=values["reason"], details=values["details"])
    return Estimate(**{**values, "health": tuple(values["health"])})
