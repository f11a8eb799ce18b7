"""Apache Parquet → `RawTable`."""

from __future__ import annotations

import datetime
import decimal
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cxresearch.provenance import sha256_of
from cxresearch.readers.decimals import settle_decimal
from cxresearch.readers.header import check_names
from cxresearch.readers.options import Task
from cxresearch.readers.refusal import refusal
from cxresearch.readers.table import RawTable


def read_parquet(task: Task) -> RawTable:
    """Read a Parquet file; null and NaN become None, dates datetime, decimals float.

    Raises
    ------
    ReadError
        Damaged file, a column of lists or structures, no rows, empty or repeated column names.
    """
    try:
        table = pq.ParquetFile(task.path).read()
    except (pa.ArrowInvalid, OSError) as error:
        raise refusal("damaged", task.shown_as, format="Parquet", reason=str(error)) from None
    if not table.num_columns:
        raise refusal("no_columns", task.shown_as)
    check_names(table.column_names, task.shown_as, None)
    for column in table.schema:
        if pa.types.is_nested(column.type):
            raise refusal("nested_column", task.shown_as, column=column.name, value=column.type)
    if not table.num_rows:
        raise refusal("no_rows", task.shown_as)
    columns = {
        name: pd.Series([plain(value) for value in column.to_pylist()], dtype=object)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    return RawTable(
        name=task.name,
        file=task.shown_as,
        frame=pd.DataFrame(columns),
        lines=np.arange(1, table.num_rows + 1, dtype=np.int64),
        sha256=sha256_of(task.path),
        format="parquet",
        decimal=settle_decimal(columns.values(), task.options.decimal),
    )


def plain(value: object) -> object:
    """A cell of a typed column as one of the types of a raw table."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, datetime.time | datetime.timedelta) else value
