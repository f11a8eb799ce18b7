"""Response ranges: which scale of answers the observed ones were most likely given on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from cxresearch.study.draft.column import Column

Range = tuple[float, float]
NPS_RANGE: Range = (0.0, 10.0)

_USUAL: tuple[Range, ...] = (
    (1, 3), (0, 3), (1, 4), (0, 4), (1, 5), (0, 5), (1, 6), (0, 6), (1, 7), (0, 7), (1, 9), (1, 10), (0, 10),
    (0, 100),
)  # fmt: skip
_HIGHEST_ANSWER = 10
_FAMILY = 3
_RARE = 0.01


def is_rating(column: Column) -> bool:
    """Whether the answers are whole numbers in a small range, and more than yes and no."""
    values = column.values
    return column.whole and values[0] >= 0 and values[-1] <= _HIGHEST_ANSWER and not set(values) <= {0.0, 1.0}


def usual_range(low: float, high: float) -> Range:
    """The smallest customary range that holds the observed one; the observed one if none does."""
    return next(((float(a), float(b)) for a, b in _USUAL if a <= low and high <= b), (low, high))


def range_of(column: Column) -> Range:
    """The range of a column: of its value labels, where the file has them for the answers; else the customary one."""
    labelled = [float(value) for value in column.labels if isinstance(value, int | float) and 0 <= value <= 10]
    low, high = float(column.values[0]), float(column.values[-1])
    if len(labelled) >= 3 and min(labelled) <= low and high <= max(labelled):
        return min(labelled), max(labelled)
    return usual_range(low, high)


def score_range(column: Column) -> Range | None:
    """The range of published scores, where it is plain: shares, 1…5, per cent. None otherwise."""
    low, high = float(column.values[0]), float(column.values[-1])
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 1 and 2 < high <= 5:
        return 1.0, 5.0
    return (0.0, 100.0) if low >= 0 and 20 < high <= 100 else None


def agreed_ranges(columns: Mapping[str, Column]) -> dict[str, Range]:
    """Ranges of items that belong together.

    An end that nobody chose in one item is taken from the others; a rare answer outside the range of most items is a
    typing error, not a wider range.
    """
    own = {name: range_of(column) for name, column in columns.items()}
    usual, n_items = Counter(own.values()).most_common(1)[0]
    if n_items >= _FAMILY:
        own = {name: usual if _rarely_outside(columns[name], usual) else found for name, found in own.items()}
    widest = sorted(set(own.values()), key=lambda found: found[0] - found[1])
    agreed: dict[Range, Range] = {}
    for found in widest:
        agreed[found] = next((wide for wide in agreed.values() if _nearly(found, wide)), found)
    return {name: agreed[found] for name, found in own.items()}


def _rarely_outside(column: Column, usual: Range) -> bool:
    answers = column.answers[np.isfinite(column.answers)]
    outside = (answers < usual[0]) | (answers > usual[1])
    return bool(0 < outside.mean() <= _RARE)


def _nearly(narrow: Range, wide: Range) -> bool:
    inside = wide[0] <= narrow[0] and narrow[1] <= wide[1]
    return inside and max(narrow[0] - wide[0], wide[1] - narrow[1]) <= max(1.0, np.ptp(wide) / 4)
