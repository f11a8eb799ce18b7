"""Text tables in every dialect, encoding and line end come back cell by cell, with the right lines."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cxresearch.readers import RawTable, ReadOptions, read

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1")
BREAKS = ("\n", "\r\n", "\r")
DELIMITERS = (",", ";", "\t", "|")
SECONDS_FOR_FIVE_MILLION_CELLS = 15.0  # about 2 s on two idle cores; the margin is for loaded machines


def written(rows: list[list[str]], delimiter: str, end: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return stream.getvalue()


def read_bytes(folder: Path, data: bytes, **options: object) -> RawTable:
    path = folder / "table.csv"
    path.write_bytes(data)
    return read(path, name="table", options=ReadOptions(**options))  # type: ignore[arg-type]


def cells(table: RawTable) -> list[list[object]]:
    return [list(table.frame.columns), *table.frame.to_numpy(dtype=object).tolist()]


def lines_by_hand(rows: list[list[str]], delimiter: str, end: str, quoting: int) -> list[int]:
    """The line of each row: one more than the line ends in everything written before it."""
    found = []
    for place in range(1, len(rows)):
        before = written(rows[:place], delimiter, end, quoting)
        found.append(1 + len(re.findall(r"\r\n|\r|\n", before)))
    return found


def tables(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    def of_width(width: int) -> st.SearchStrategy[list[list[str]]]:
        names = st.lists(st.text("abcåäö_XYZ", min_size=1, max_size=6), min_size=width, max_size=width, unique=True)
        row = st.lists(st.text(alphabet, max_size=12), min_size=width, max_size=width)
        return st.tuples(names, st.lists(row, min_size=1, max_size=8)).map(lambda parts: [parts[0], *parts[1]])

    return st.integers(2, 5).flatmap(of_width)


def text_of(encoding: str) -> st.SearchStrategy[str]:
    odd = st.sampled_from("\n\r\t ;,|\"'aåÄ€–1.")
    if encoding.startswith("utf"):
        return st.one_of(odd, st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff"))
    if encoding == "latin-1":
        return st.one_of(st.sampled_from("\n\r\t ;,|\"'aåÄ1."), st.characters(min_codepoint=0xA0, max_codepoint=0xFF))
    return st.one_of(odd, st.characters(codec="cp1252", exclude_characters="\0"))


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_table_of_strings_comes_back_exactly(
    encoding: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = data.draw(tables(text_of(encoding)))
    delimiter, end = data.draw(st.sampled_from(DELIMITERS)), data.draw(st.sampled_from(BREAKS))
    # before Python 3.13 the csv writer leaves a line break unquoted that is not the file's own: no reader could tell
    foreign = any(set("\r\n") & set(cell) for row in rows for cell in row)
    quoting = csv.QUOTE_ALL if foreign else data.draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
    raw = written(rows, delimiter, end, quoting).encode(encoding)
    declared = encoding if not encoding.startswith("utf") else None
    table = read_bytes(tmp_path_factory.mktemp("any"), raw, encoding=declared)
    assert cells(table) == rows
    assert table.lines.tolist() == lines_by_hand(rows, delimiter, end, quoting)
    assert table.details["delimiter"] == {"\t": "tab"}.get(delimiter, delimiter)
    assert table.sha256 == hashlib.sha256(raw).hexdigest()


@settings(max_examples=150, deadline=None)
@given(
    rows=tables(st.sampled_from("abc äöåÄÖÅéüß€–’")),
    delimiter=st.sampled_from(DELIMITERS),
    end=st.sampled_from(BREAKS),
)
def test_western_letters_are_detected(
    rows: list[list[str]], delimiter: str, end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = written(rows, delimiter, end).encode("cp1252")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        multibyte = re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", raw)
        assume(not multibyte)
    else:
        assume(raw.isascii())
    table = read_bytes(tmp_path_factory.mktemp("western"), raw)
    assert cells(table) == rows
    assert table.details["encoding"] in ("cp1252", "utf-8")


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.text('ab1,;.\n" ', max_size=6).filter(bool), min_size=1, max_size=6),
    mark=st.sampled_from(";|\t"),
)
def test_one_column_is_one_column(values: list[str], mark: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = [["answer"], *([value] for value in values)]
    text = written(rows, mark, "\n", csv.QUOTE_ALL)
    assert cells(read_bytes(tmp_path_factory.mktemp("one"), text.encode())) == rows


@pytest.mark.parametrize("end", BREAKS)
def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path, end: str) -> None:
    table = read_bytes(tmp_path, end.join(["a;b", "", "1;2", "", '"x', 'y";3', "4;5", "", ""]).encode())
    assert table.lines.tolist() == [3, 5, 7]
    assert table.frame["a"].tolist() == ["1", f"x{end}y", "4"]


def test_nothing_is_taken_for_missing_or_trimmed(tmp_path: Path) -> None:
    odd = ["NA", "N/A", "", "nan", "NULL", "-", " 1 ", "1e5", "01044", "True"]
    table = read_bytes(tmp_path, written([["id", "value"], *(["x", cell] for cell in odd)], ",", "\n").encode())
    assert table.frame["value"].tolist() == odd
    assert all(type(cell) is str for cell in table.frame["value"])


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("a;b\n1,5;2\n", ","),
        ("a;b\n1.5;2\n", "."),
        ("a;b\n1;2\n", "."),
        ('a,b\n"1,5",2\n', ","),
        ('a,b\n"1,234",2\n', "."),
        ("a;b\n1,234;2\n", ","),
        ("a;b\n1,234;2.5\n", "."),
        ("a;b\n1,5;3.4.2024\n2,5;24.12.2024\n", ","),
        ("a\tb\n-0,25\tx, y\n", ","),
    ],
)
def test_decimal_sign_follows_the_values(tmp_path: Path, text: str, decimal: str) -> None:
    assert read_bytes(tmp_path, text.encode()).decimal == decimal


def test_declared_decimal_wins(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b"a;b\n1,5;2\n", decimal=".").decimal == "."


@pytest.mark.parametrize(
    ("text", "delimiter", "columns"),
    [
        ("Kysymys 1, osa a;Kysymys 2, osa b\n1,5;2,5\n3,5;4\n", ";", 2),
        ("unit,channels\nOulu,web;chat\nEspoo,phone;web;chat\n", ",", 2),
        ("id\tcomment\n1\tgood, but slow; really\n2\tfine\n", "tab", 2),
        ("id|text\n1|a;b,c\n", "|", 2),
        ("'a';'b'\n'1';'x;y'\n", ";", 2),
        ('"a"\n"x;y"\n"z,w"\n', "", 1),
        ("comment\nhello, world\nnice\n", "", 1),
        ("sep=|\na|b\n1|2\n", "|", 2),
    ],
)
def test_delimiter_is_the_one_a_person_would_see(tmp_path: Path, text: str, delimiter: str, columns: int) -> None:
    table = read_bytes(tmp_path, text.encode())
    assert table.details["delimiter"] == delimiter
    assert table.frame.shape[1] == columns


@pytest.mark.parametrize("title", ["Henkilöstökysely 2024\n\n", "Henkilöstökysely;;\n;;\n", "Raportti;;\n"])
def test_title_lines_are_passed_over(tmp_path: Path, title: str) -> None:
    text = title + "yksikkö;tyytyväisyys;määrä\nOulu;4,5;3\nEspoo;3,2;8\n"
    table = read_bytes(tmp_path, text.encode())
    first = title.count("\n") + 1
    assert list(table.frame.columns) == ["yksikkö", "tyytyväisyys", "määrä"]
    assert table.details["header_row"] == str(first)
    assert table.lines.tolist() == [first + 1, first + 2]


def test_declared_header_row_wins(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"x,y\nid,score\n1,2\n", header_row=2)
    assert list(table.frame.columns) == ["id", "score"]
    assert table.lines.tolist() == [3]


def test_trailing_delimiters_are_not_data(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"a;b;\n1;2;\n3;4;;;\n")
    assert cells(table) == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_declared_quote_and_no_quote(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b'a;b\n"x;1\n5";2\n', quote="").frame["a"].tolist() == ['"x', '5"']
    assert read_bytes(tmp_path, b"a;b\n'x;y';1\n", quote="'").frame["a"].tolist() == ["x;y"]


def test_mac_excel_export(tmp_path: Path) -> None:
    text = "yksikkö;päivä\rJyväskylä;hyvä työ\r"
    table = read_bytes(tmp_path, text.encode("mac_roman"))
    assert table.details["encoding"] == "mac_roman"
    assert cells(table) == [["yksikkö", "päivä"], ["Jyväskylä", "hyvä työ"]]


def test_cells_of_a_million_characters(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    long = "ä" * 1_000_000
    table = read_bytes(tmp_path, written([["id", "text"], ["1", long + '"\n']], ";", "\n").encode())
    assert table.frame["text"].tolist() == [long + '"\n']
    assert csv.field_size_limit() == limit


@pytest.mark.slow
def test_five_million_cells_take_seconds(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).integers(0, 5000, (100_000, 50)) / 100
    path = tmp_path / "wide.csv"
    head = ";".join(f"c{i}" for i in range(50))
    np.savetxt(path, numbers, fmt="%.2f", delimiter=";", header=head, comments="")
    start = time.perf_counter()
    table = read(path, name="wide")
    assert time.perf_counter() - start < SECONDS_FOR_FIVE_MILLION_CELLS
    assert table.frame.shape == (100_000, 50)
    assert table.lines[-1] == 100_001


REAL = [
    ("nyc-schools/total_2016_score.csv", (3098, 14), "utf-8-sig", "CR", 2, 3099),
    ("nyc-schools/total_2017_score.csv", (3254, 11), "utf-8-sig", "CR", 2, 3255),
    ("nyc-schools/total_2019_score.csv", (1829, 11), "utf-8", "LF", 3, 1831),
    ("nyc-schools/parent_2016_score.csv", (3086, 158), "utf-8-sig", "CR", 2, 3087),
    ("nyc-schools/parent_2017_score.csv", (2966, 146), "utf-8-sig", "CR", 2, 2967),
    ("nyc-schools/student_2016_score.csv", (1137, 260), "utf-8-sig", "CR", 2, 1138),
    ("nyc-schools/student_2017_score.csv", (1121, 268), "utf-8-sig", "CR", 2, 1122),
    ("nyc-schools/2017_high_school_file.csv", (401, 136), "utf-8", "LF", 2, 402),
    ("sfo-airport/sfo_2017.csv", (2831, 97), "utf-8", "LF", 2, 2832),
    ("sfo-airport/sfo_2018.csv", (2809, 97), "utf-8", "LF", 2, 2810),
    ("bank/climate.csv", (669, 32), "utf-8", "LF", 2, 670),
    ("bank/csibank.csv", (1707, 32), "utf-8", "LF", 2, 1708),
    ("multilevel/bh1996.csv", (7382, 13), "utf-8", "LF", 2, 7383),
    ("multilevel/bhr2000.csv", (5400, 14), "utf-8", "LF", 2, 5401),
    ("multilevel/cohesion.csv", (11, 7), "utf-8", "LF", 2, 12),
    ("multilevel/klein2000.csv", (750, 9), "utf-8", "LF", 2, 751),
    ("multilevel/lq2002.csv", (2042, 27), "utf-8", "LF", 2, 2043),
    ("multilevel/univbct.csv", (1485, 22), "utf-8", "LF", 2, 1486),
]


@pytest.mark.parametrize(("file", "shape", "encoding", "end", "first", "last"), REAL)
def test_real_exports(
    shared: Path, file: str, shape: tuple[int, int], encoding: str, end: str, first: int, last: int
) -> None:
    table = read(shared / "data" / file, name="real")
    assert table.frame.shape == shape
    found = {"delimiter": ",", "decimal": ".", "encoding": encoding, "line_ends": end}
    assert {**table.details, "decimal": table.decimal}.items() >= found.items()
    assert (table.lines[0], table.lines[-1]) == (first, last)


def test_real_missing_codes_and_column_names_are_kept(shared: Path) -> None:
    schools = read(shared / "data/nyc-schools/total_2016_score.csv", name="schools").frame
    assert schools.loc[0, "s_rr"] == "N/A"
    assert (~schools["tch_sat"].isin(["N/A", ""])).sum() == 1853
    later = read(shared / "data/nyc-schools/total_2019_score.csv", name="schools").frame
    assert list(later.columns[:3]) == ["DBN", "School Name", "Total Parent \nResponse Rate %"]
    passengers = read(shared / "data/sfo-airport/sfo_2018.csv", name="sfo").frame
    assert [name for name in passengers.columns if name.startswith("NETPRO")] != ["NETPRO"]
