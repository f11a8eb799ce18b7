"""Readers: one file → `RawTable`, nothing cleaned.

`read` takes any format of `READERS` into memory; `open_large` leaves text tables and Parquet files on disk.
"""

from cxresearch.readers.formats import READERS, Reader, format_of, read
from cxresearch.readers.large import open_large
from cxresearch.readers.ondisk import LargeTable
from cxresearch.readers.options import ReadOptions, Task
from cxresearch.readers.table import Lines, Missing, RawTable

__all__ = [
    "READERS",
    "LargeTable",
    "Lines",
    "Missing",
    "RawTable",
    "ReadOptions",
    "Reader",
    "Task",
    "format_of",
    "open_large",
    "read",
]
