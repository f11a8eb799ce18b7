"""Nobody's answers are shown: groups below the anonymity threshold lose their values, and cannot be worked out.

If the total is published too, total less published groups gives the hidden groups taken together. So that this is no
small group either, the next smallest groups are hidden until the hidden ones number at least the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

LABELS = (
    "unit", "period", "group", "segment", "scale", "item", "touchpoint", "moment", "stage", "measure", "side", "term",
    "label",
)  # fmt: skip
"""Columns that name a row; every other column is a value and is lost with its row."""


def suppressed(n: ArrayLike, threshold: int, *, total_published: bool = True) -> NDArray[np.bool_]:
    """Which groups of one table are to be hidden.

    Parameters
    ----------
    n : (G,) people in each group of a partition; NaN (unknown) is hidden.
    threshold : fewest people a shown group has. An empty group (0) shows nobody and is not hidden by itself.
    total_published : whether the groups' total is known to the reader, here or elsewhere in the report.

    Returns
    -------
    (G,) True where hidden. No sum or difference of the shown groups and the total is a group of 1..threshold-1 people.
    A total below the threshold is itself a group that must not be shown.
    """
    size = np.asarray(n, dtype=np.float64)
    hidden = np.isnan(size) | ((size > 0) & (size < threshold))
    if not total_published or not hidden.any():
        return hidden
    people = float(np.nansum(size[hidden]))
    candidates = [index for index in np.argsort(size, kind="stable") if not hidden[index] and size[index] > 0]
    for index in candidates:
        if people >= threshold:
            break
        hidden[index] = True
        people += float(size[index])
    return hidden


def mask(
    frame: pd.DataFrame,
    n_column: str,
    threshold: int,
    *,
    labels: Sequence[str] = LABELS,
    within: Sequence[str] = (),
    total_published: bool = True,
    unknown_n: Literal["hide", "show"] = "hide",
) -> pd.DataFrame:
    """A copy of a table of groups in which no group below the threshold shows a value.

    Parameters
    ----------
    frame : one row per group; the groups do not overlap within a table.
    n_column : how many people stand behind the row.
    labels : columns that name the row and stay. All others, `n_column` included, lose their values.
    within : columns that divide the frame into tables with totals of their own, such as `period`.
    total_published : see `suppressed`.
    unknown_n : what to do with rows whose number of people is not known; `show` only for scores that their owner has
        published.
    """
    sizes = frame[n_column].to_numpy(dtype=np.float64, na_value=np.nan)
    hidden = np.zeros(len(frame), dtype=bool)
    table = pd.Series(0, index=frame.index)
    if within:
        table = frame.groupby(list(within), dropna=False, sort=False).ngroup()
    for number in table.unique():
        rows = np.flatnonzero(table == number)
        size = sizes[rows]
        counted = np.where(np.isnan(size), 0.0, size) if unknown_n == "show" else size
        hidden[rows] = suppressed(counted, threshold, total_published=total_published)
    shown = frame.copy()
    for column in frame.columns:
        if column not in labels:
            shown[column] = _nullable(frame[column]).mask(hidden)
    return shown


def _nullable(column: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(column):
        return column.astype("boolean")
    return column.astype("Int64") if pd.api.types.is_integer_dtype(column) else column
