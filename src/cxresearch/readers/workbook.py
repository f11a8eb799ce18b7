"""Spreadsheets (`.xlsx`, `.xlsm`, `.xls`, `.ods`) → `RawTable`."""

from __future__ import annotations

import datetime
import hashlib
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import openpyxl
import pandas as pd
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from cxresearch.readers.access import format_of_content
from cxresearch.readers.decimals import settle_decimal
from cxresearch.readers.header import check_names, header_place, is_blank, name_of
from cxresearch.readers.options import Task
from cxresearch.readers.refusal import refusal
from cxresearch.readers.table import RawTable

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
Row = list[object]


def read_workbook(task: Task) -> RawTable:
    """Read one worksheet: the named one, else the first visible one.

    Numbers stay numbers (whole ones int, as spreadsheets know one kind), dates become datetime, times ISO text, empty
    cells None; error values stay text (`#N/A`) in `.xlsx`. Rows without any content are skipped. The header is the
    first row of which more than half of the used columns are filled, unless `header_row` says otherwise.

    Raises
    ------
    ReadError
        Damaged or encrypted file, unknown sheet, no rows, empty or repeated column names, header beyond the end.
    """
    data = task.path.read_bytes()
    book = _open(data, task)
    sheet, rows = _sheet(book, task)
    _restore_errors(data, sheet, rows)
    place = _header_place(rows, task)
    header = [name_of(cell) for cell in rows[place]]
    body = [(number, row) for number, row in enumerate(rows[place + 1 :], start=place + 2) if not _is_empty(row)]
    if not body:
        raise refusal("no_rows", task.shown_as, line=place + 1)
    unused = {i for i, name in enumerate(header) if not name.strip() and all(is_blank(row[i]) for _, row in body)}
    check_names(header, task.shown_as, place + 1, unused)
    kept = [index for index in range(len(header)) if index not in unused]
    columns = {header[i]: pd.Series([row[i] for _, row in body], dtype=object) for i in kept}
    return RawTable(
        name=task.name,
        file=task.shown_as,
        frame=pd.DataFrame(columns),
        lines=np.array([number for number, _ in body], dtype=np.int64),
        sha256=hashlib.sha256(data).hexdigest(),
        format="ods" if _OPEN_DOCUMENT in data[:100] else str(format_of_content(data[:16])),
        decimal=settle_decimal(columns.values(), task.options.decimal),
        details={"sheet": sheet, "sheets": ", ".join(_worksheets(book)), "header_row": str(place + 1)},
    )


def _open(data: bytes, task: Task) -> CalamineWorkbook:
    if _ENCRYPTED in data:
        raise refusal("encrypted", task.shown_as)
    if format_of_content(data[:16]) not in ("xlsx", "xls"):
        raise refusal("not_a_workbook", task.shown_as, value=data[:40].decode("latin-1"))
    with _refusing_damage(task):
        return CalamineWorkbook.from_filelike(io.BytesIO(data))


@contextmanager
def _refusing_damage(task: Task) -> Iterator[None]:
    try:
        yield
    except PasswordError:
        raise refusal("encrypted", task.shown_as) from None
    except (CalamineError, ZipError, XmlError) as error:
        raise refusal("damaged", task.shown_as, format="Excel", reason=str(error)) from None
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # a panic of the parser is no subclass of Exception
            raise
        raise refusal("damaged", task.shown_as, format="Excel", reason=str(error)) from None


def _worksheets(book: CalamineWorkbook) -> list[str]:
    return [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _sheet(book: CalamineWorkbook, task: Task) -> tuple[str, list[Row]]:
    names = _worksheets(book)
    wanted = task.options.sheet
    if wanted is None:
        visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        wanted = next((name for name in names if name in visible), "")
    if wanted not in names:
        raise refusal("unknown_sheet", task.shown_as, value=wanted, sheets=", ".join(names))
    with _refusing_damage(task):
        rows = book.get_sheet_by_name(wanted).to_python(skip_empty_area=False)
    return wanted, [[_cell(value) for value in row] for row in rows]


def _cell(value: object) -> object:
    if value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    if isinstance(value, datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, datetime.timedelta) else value


def _is_empty(row: Row) -> bool:
    return all(is_blank(cell) for cell in row)


def _header_place(rows: Sequence[Row], task: Task) -> int:
    filled = [place for place, row in enumerate(rows) if not _is_empty(row)]
    if not filled:
        raise refusal("no_columns", task.shown_as)
    declared = task.options.header_row
    if declared is None:
        return filled[0] + header_place(rows[filled[0] :])
    if declared < 1:
        raise refusal("bad_header_row", task.shown_as, value=declared)
    if declared > len(rows):
        raise refusal("header_beyond_end", task.shown_as, value=declared, last=len(rows))
    return declared - 1


def _restore_errors(data: bytes, sheet: str, rows: list[Row]) -> None:
    """Put error values (`#N/A`, `#DIV/0!`), which calamine leaves empty, back into the rows of an `.xlsx`."""
    if not _has_errors(data):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for row in book[sheet].iter_rows():
            for cell in row:
                if cell.data_type == "e" and cell.row <= len(rows) and cell.column <= len(rows[cell.row - 1]):
                    rows[cell.row - 1][cell.column - 1] = str(cell.value)
        book.close()


def _has_errors(data: bytes) -> bool:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return any(b't="e"' in parts.read(name) for name in sheets)
