"""A figure as data: what it shows, told without a language; and small makers of its texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

MAX_HEIGHT_CM = 22.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureSpec:
    """A figure before it is drawn.

    Attributes
    ----------
    id : stable name, unique in a report.
    caption : what the figure shows. alt : what a reader sees in it, for those who cannot.
    note : how to read it; None where the caption is enough.
    draw : key of `exhibits.figures.FIGURES`.
    data : what the drawing function takes.
    width_cm, height_cm : size on paper.
    """

    id: str
    caption: Text
    alt: Text
    note: Text | None
    draw: str
    data: Mapping[str, Any]
    width_cm: float = 16.0
    height_cm: float = 9.0


def _joined(key: str, texts: tuple[Text | None, ...]) -> Text:
    given: list[Text] = [text for text in texts if text is not None]
    if not given:
        raise ValueError("a text needs one sentence or more")
    return reduce(lambda first, second: Phrase(key, {"first": first, "second": second}), given)


def sentences(*texts: Text | None) -> Text:
    """Sentences one after the other; None is left out."""
    return _joined("figures.two_sentences", texts)


def listed(*texts: Text | None) -> Text:
    """Parts of one sentence with semicolons between them; None is left out."""
    return _joined("figures.two_items", texts)


def bounded(value: float) -> Text:
    """A standardised number, or the infinity sign where an interval has no end."""
    if math.isfinite(value):
        return Phrase("figures.bounded", {"x": value})
    return "\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"


def result_text(result: Result) -> Text:
    """A standardised result in words: value and interval, or why there is none."""
    if not isinstance(result, Estimate):
        reason = Phrase(f"reasons.{result.reason}", result.details)
        return Phrase("figures.not_estimable", {"reason": reason})
    value = bounded(result.estimate)
    if result.conf_low is None or result.conf_high is None:
        return value
    ends = {"low": bounded(result.conf_low), "high": bounded(result.conf_high)}
    return Phrase("figures.with_interval", {"value": value, **ends})


def told(label: Text, result: Result) -> Text:
    """A named standardised result as a sentence; where there is none, the sentence that says why follows."""
    if isinstance(result, Estimate):
        return Phrase("figures.result", {"label": label, "result": result_text(result)})
    reason = Phrase(f"reasons.{result.reason}", result.details)
    return Phrase("figures.no_result", {"label": label, "reason": reason})


def rows_height(rows: float, row_cm: float, around_cm: float, least_cm: float = 4.5) -> float:
    """Height of a figure whose rows need `row_cm` each, never more than a page holds."""
    return min(MAX_HEIGHT_CM, max(least_cm, around_cm + rows * row_cm))
