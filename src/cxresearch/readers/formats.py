"""The formats that can be read, and the one way in: `read`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cxresearch.readers.access import check_file
from cxresearch.readers.database import read_sql
from cxresearch.readers.delimited import read_delimited
from cxresearch.readers.labelled import read_spss, read_stata
from cxresearch.readers.options import ReadOptions, Task
from cxresearch.readers.parquet import read_parquet
from cxresearch.readers.refusal import refusal
from cxresearch.readers.table import RawTable
from cxresearch.readers.workbook import read_workbook

Reader = Callable[[Task], RawTable]

READERS: dict[str, Reader] = {
    "csv": read_delimited,
    "tsv": read_delimited,
    "txt": read_delimited,
    "xlsx": read_workbook,
    "xlsm": read_workbook,
    "xls": read_workbook,
    "ods": read_workbook,
    "sav": read_spss,
    "zsav": read_spss,
    "dta": read_stata,
    "parquet": read_parquet,
    "sql": read_sql,
    "sqlite": read_sql,
    "db": read_sql,
}
"""Format → reader. The keys are also the suffixes by which a file's format is known; a new format is a new line."""


def read(path: Path | None, *, name: str, shown_as: str = "", options: ReadOptions | None = None) -> RawTable:
    """Read one source as it is.

    Parameters
    ----------
    path : the file; None if `options.url` names a database.
    name : the source's name in the study; shown_as : the file as messages name it, `str(path)` if empty.
    options : what the user says about the source; the rest is detected.

    Raises
    ------
    ReadError
        The source cannot be read; the problems say why, where and what to do.
    ValueError
        Neither a path nor an address.
    """
    chosen = options or ReadOptions()
    if chosen.url is not None:
        return read_sql(Task(path=Path(), name=name, shown_as=shown_as or name, options=chosen))
    if path is None:
        raise ValueError(f"source {name!r} has neither a path nor an address")
    shown = shown_as or str(path)
    check_file(path, shown)
    return READERS[format_of(path, shown, chosen.format)](Task(path=path, name=name, shown_as=shown, options=chosen))


def format_of(path: Path, shown_as: str, declared: str | None = None) -> str:
    """The key of `READERS` for a file: the declared format, else its suffix.

    Raises
    ------
    ReadError
        If nobody reads that format.
    """
    suffix = path.suffix.removeprefix(".").lower() if declared is None else declared.removeprefix(".").lower()
    if suffix not in READERS:
        fault = "unknown_suffix" if declared is None else "unknown_format"
        raise refusal(fault, shown_as, value=suffix, known=", ".join(READERS))
    return suffix
