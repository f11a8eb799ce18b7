"""SPSS (`.sav`, `.zsav`) and Stata (`.dta`) files with their labels and user-missing declarations → `RawTable`."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
from pyreadstat import PyreadstatError, ReadstatError

from cxresearch.provenance import sha256_of
from cxresearch.readers.decimals import settle_decimal
from cxresearch.readers.header import check_names
from cxresearch.readers.options import Task
from cxresearch.readers.refusal import refusal
from cxresearch.readers.table import Missing, RawTable

Columns = Mapping[str, Sequence[object]]


def read_spss(task: Task) -> RawTable:
    """Read an SPSS file. User-missing codes stay in the cells; what they mean is in `user_missing` and `value_labels`.

    Raises
    ------
    ReadError
        Damaged file, no rows.
    """
    columns, meta = _load(pyreadstat.read_sav, task, "SPSS")
    missing = {
        column: tuple(Missing(low=_plain(each["lo"]), high=_plain(each["hi"])) for each in ranges)
        for column, ranges in meta.missing_ranges.items()
    }
    return _table(task, "sav", columns, meta, missing)


def read_stata(task: Task) -> RawTable:
    """Read a Stata file. The extended missing values stay in the cells as Stata writes them: `.a` … `.z`.

    Raises
    ------
    ReadError
        Damaged file, no rows.
    """
    columns, meta = _load(pyreadstat.read_dta, task, "Stata")
    extended = {column: frozenset(letters) for column, letters in meta.missing_user_values.items()}
    shown = {
        column: [f".{value}" if value in extended.get(column, ()) else value for value in values]
        for column, values in columns.items()
    }
    missing = {
        column: tuple(Missing(low=f".{letter}", high=f".{letter}") for letter in sorted(letters))
        for column, letters in extended.items()
    }
    return _table(task, "dta", shown, meta, missing, prefixed=extended)


def _load(reader: Callable[..., tuple[Any, Any]], task: Task, program: str) -> tuple[Columns, Any]:
    try:
        columns, meta = reader(str(task.path), user_missing=True, output_format="dict", encoding=task.options.encoding)
    except (ReadstatError, PyreadstatError) as error:
        raise refusal("damaged", task.shown_as, format=program, reason=str(error)) from None
    check_names(list(columns), task.shown_as, None)
    if not columns:
        raise refusal("no_columns", task.shown_as)
    if not len(next(iter(columns.values()))):
        raise refusal("no_rows", task.shown_as)
    return columns, meta


def _table(
    task: Task,
    kind: str,
    columns: Columns,
    meta: Any,
    missing: Mapping[str, tuple[Missing, ...]],
    prefixed: Mapping[str, frozenset[str]] | None = None,
) -> RawTable:
    frame = pd.DataFrame(
        {column: pd.Series([_plain(value) for value in values], dtype=object) for column, values in columns.items()}
    )
    return RawTable(
        name=task.name,
        file=task.shown_as,
        frame=frame,
        lines=np.arange(1, len(frame) + 1, dtype=np.int64),
        sha256=sha256_of(task.path),
        format=kind,
        decimal=settle_decimal((frame[column] for column in frame), task.options.decimal),
        details={"encoding": str(meta.file_encoding or task.options.encoding or "")},
        value_labels=_value_labels(meta.variable_value_labels, prefixed or {}),
        variable_labels={column: label for column, label in meta.column_names_to_labels.items() if label},
        user_missing=missing,
    )


def _value_labels(
    labels: Mapping[str, Mapping[Any, str]], prefixed: Mapping[str, frozenset[str]]
) -> dict[str, dict[float | str, str]]:
    return {
        column: {
            f".{value}" if value in prefixed.get(column, ()) else _plain(value): label for value, label in named.items()
        }
        for column, named in labels.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value
