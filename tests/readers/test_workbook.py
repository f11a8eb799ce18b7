"""Spreadsheets: cells by type, sheets, the header below titles, error values."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from cxresearch.readers import ReadOptions, read

DATA = Path(__file__).parent / "data"


def workbook(path: Path, rows: list[list[object]], **others: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Vastaukset"
    for row in rows:
        book.active.append(row)
    for title, more in others.items():
        sheet = book.create_sheet(title)
        for row in more:
            sheet.append(row)
    book.save(path)
    return path


def test_cells_keep_their_type(tmp_path: Path) -> None:
    when = dt.datetime(2024, 2, 3, 4, 5)
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["id", 2016, "pvm", "klo", "teksti", "kyllä"],
            [1044, 4.5, when, dt.time(12, 30), " 4,5 ", True],
            [None, -2, dt.date(2024, 2, 3), None, "N/A", False],
        ],
    )
    table = read(path, name="a")
    assert table.frame.to_dict("list") == {
        "id": [1044, None],
        "2016": [4.5, -2],
        "pvm": [when, dt.datetime(2024, 2, 3)],
        "klo": ["12:30:00", None],
        "teksti": [" 4,5 ", "N/A"],
        "kyllä": [True, False],
    }
    assert [type(cell) for cell in table.frame["id"]] == [int, type(None)]
    assert type(table.frame["pvm"][1]) is dt.datetime
    assert (table.format, table.decimal) == ("xlsx", ",")
    assert table.lines.tolist() == [2, 3]


def test_sheet_is_the_first_visible_or_the_named_one(tmp_path: Path) -> None:
    path = workbook(tmp_path / "s.xlsx", [["a"], [1]], Toinen=[["b"], [2]])
    book = openpyxl.load_workbook(path)
    book.move_sheet("Toinen", -1)
    book["Toinen"].sheet_state = "hidden"
    book.create_chartsheet("Kuvio", 0)
    book.active = 2
    book.save(path)
    table = read(path, name="s")
    assert table.details == {"sheet": "Vastaukset", "sheets": "Toinen, Vastaukset", "header_row": "1"}
    assert read(path, name="s", options=ReadOptions(sheet="Toinen")).frame["b"].tolist() == [2]


def test_header_below_titles_and_blank_rows_with_sheet_row_numbers(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        ["Henkilöstökysely 2024"],
        ["Viety", dt.date(2024, 1, 2)],
        [],
        [None, "yksikkö", "q1", "q2", "q3"],
        [None, "Oulu", 1, 2, 3],
        [],
        [None, "Espoo", 4, None, 5],
    ]
    path = workbook(tmp_path / "t.xlsx", rows)
    table = read(path, name="t")
    assert list(table.frame.columns) == ["yksikkö", "q1", "q2", "q3"]
    assert table.lines.tolist() == [6, 8]
    assert table.details["header_row"] == "5"
    assert table.frame.loc[1].tolist() == ["Espoo", 4, None, 5]
    assert list(read(path, name="t", options=ReadOptions(header_row=6)).frame.columns) == ["Oulu", "1", "2", "3"]


def test_data_are_never_taken_for_the_header(tmp_path: Path) -> None:
    path = workbook(tmp_path / "g.xlsx", [["a"], [1], [2]])
    assert list(read(path, name="g").frame.columns) == ["a"]


def test_error_values_stay_visible(tmp_path: Path) -> None:
    path = workbook(tmp_path / "e.xlsx", [["unit", "score"], ["A", "#N/A"], ["B", "#DIV/0!"], ["C", 3]])
    assert read(path, name="e").frame["score"].tolist() == ["#N/A", "#DIV/0!", 3]


@pytest.mark.parametrize("suffix", ["xls", "xlsx"])
def test_old_workbook_under_either_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"survey.{suffix}"
    path.write_bytes((DATA / "survey.xls").read_bytes())
    table = read(path, name="survey")
    assert table.format == "xls"
    assert table.details == {"sheet": "Vastaukset", "sheets": "Vastaukset, Ohje", "header_row": "3"}
    assert table.lines.tolist() == [4, 5, 6]
    assert table.frame.to_dict("list") == {
        "yksikkö": ["Oulu", "Espoo", "Åbo"],
        "tyytyväisyys": [4, 5, "N/A"],
        "päivä": [dt.datetime(2024, 1, 2), dt.datetime(2024, 2, 3), None],
        "keskiarvo": [3.25, None, 4],
    }


def test_real_dictionary_needs_its_header_row(shared: Path) -> None:
    path = shared / "data/nyc-schools/School_Survey_Data_Dictionary_2017.xlsx"
    book = openpyxl.load_workbook(path, read_only=True)
    assert len(book.sheetnames) > 1
    for name in book.sheetnames:
        first = next(book[name].iter_rows(values_only=True))
        assert any(first)
    book.close()
