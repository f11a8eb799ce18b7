"""Each thing that can be wrong with a source is said in a sentence, with its place and the way out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from cxresearch.errors import ReadError
from cxresearch.language import LANGUAGES, catalogue
from cxresearch.readers import READERS, ReadOptions, open_large, read

DATA = Path(__file__).parent / "data"


def failure(path: Path, **options: object) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(path, name="staff", shown_as=path.name, options=ReadOptions(**options))  # type: ignore[arg-type]
    for language in LANGUAGES:
        assert caught.value.text(language)
    return caught.value


TEXT_CASES: list[tuple[str, bytes, dict[str, object], str, str]] = [
    ("empty", b"", {}, "The file t.csv is empty (0 bytes).", "Tiedosto t.csv on tyhjä (0 tavua)."),
    ("blank", b"\n\r\n\n", {}, "holds no table", "ei ole taulukkoa"),
    (
        "header only",
        b"a;b\n",
        {},
        "t.csv:1: The file t.csv has column names but not a single row",
        "ei yhtään havaintoriviä",
    ),
    (
        "wrong delimiter",
        b"id;score\n1;4,5\n2;3\n",
        {"delimiter": ","},
        "With the delimiter “,” the file has only one column, “id;score”. It looks as if the delimiter is “;”.",
        "Oikea erotin näyttää olevan ”;”.",
    ),
    (
        "long delimiter",
        b"a;b\n1;2\n",
        {"delimiter": ";;"},
        "“;;” cannot be a delimiter.",
        "”;;” ei kelpaa erottimeksi.",
    ),
    (
        "undecodable",
        "a;b\nä;1\nö;2\n".encode("cp1252"),
        {"encoding": "utf-8"},
        "t.csv:2: The byte 0xE4 cannot be read as utf-8.",
        "t.csv:2: Tavua 0xE4 ei voi tulkita",
    ),
    (
        "mixed",
        "a;b\nä;ö\n".encode() + b"\xe4;1\n",
        {},
        "t.csv:3: The byte 0xE4 cannot be read as utf-8.",
        "t.csv:3: Tavua 0xE4",
    ),
    (
        "undefined",
        b"a;b\n1;2\n\xe4;\x81\n",
        {},
        "t.csv:3: The byte 0x81 cannot be read as cp1252.",
        "t.csv:3: Tavua 0x81",
    ),
    ("codec", b"a;b\n1;2\n", {"encoding": "utf-9"}, "no encoding called “utf-9”", "Merkistökoodausta ”utf-9” ei ole."),
    (
        "mark",
        b"\xef\xbb\xbfa;b\n1;2\n",
        {"encoding": "cp1252"},
        "said to be cp1252, but the file's first bytes mark it as utf-8.",
        "on ilmoitettu cp1252",
    ),
    (
        "zero bytes",
        b"a;b\n1;2\n3;\x004\n",
        {},
        "t.csv:3: The text contains zero bytes",
        "t.csv:3: Tekstissä on nollatavuja",
    ),
    (
        "duplicate",
        b"q1;q2;q1;q3;q1\n1;2;3;4;5\n",
        {},
        "t.csv:1 (q1): The column name “q1” occurs more than once (columns 1, 3, 5).",
        "Sarakkeen nimi ”q1” esiintyy useammin kuin kerran (sarakkeet 1, 3, 5).",
    ),
    (
        "no name",
        b"a;;c; \n1;2;3;4\n",
        {},
        "t.csv:1: There are data under an empty column name (position from the left: 2, 4).",
        "(järjestysnumero vasemmalta: 2, 4)",
    ),
    (
        "ragged",
        b'a;b;c\n1;2;3\n"x\ny";2\n1;2;3;4\n',
        {},
        "t.csv:3: The row has the wrong length. Cells in the row: 2; columns in the header: 3.",
        "t.csv:5: Rivi on väärän mittainen. Soluja rivillä: 4; sarakkeita otsikkorivillä: 3.",
    ),
    (
        "unclosed",
        b'a;b\n1;2\n3;"x\n4;5\n',
        {},
        't.csv:3: The row that begins here has a quotation mark " that is',
        "t.csv:3:",
    ),
    ("after quote", b'a;b\n1;"x" y\n', {}, "t.csv:2: In the row that begins here, text follows a closing", "t.csv:2:"),
    (
        "beyond",
        b"a;b\n1;2\n",
        {"header_row": 9},
        "The header row is said to be 9, but the last row is 2.",
        "Otsikkoriviksi on ilmoitettu 9, mutta viimeinen rivi on 2.",
    ),
    ("zeroth", b"a;b\n1;2\n", {"header_row": 0}, "0 cannot be the header row.", "0 ei voi olla otsikkorivi."),
    ("a workbook", b"PK\x03\x04abc", {}, "its content is that of a xlsx file", "sen sisältö on muotoa xlsx"),
]


@pytest.mark.parametrize(
    ("content", "options", "english", "finnish"),
    [case[1:] for case in TEXT_CASES],
    ids=[case[0] for case in TEXT_CASES],
)
@pytest.mark.parametrize("large", [False, True], ids=["memory", "disk"])
def test_text_tables(
    tmp_path: Path, content: bytes, options: dict[str, object], english: str, finnish: str, large: bool
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    chosen = ReadOptions(**options)  # type: ignore[arg-type]
    way = open_large if large else partial(read, name="t")
    with pytest.raises(ReadError) as caught:
        way(path, options=chosen, shown_as="t.csv")
    assert english in caught.value.text("en")
    assert finnish in caught.value.text("fi")
    assert str(tmp_path) not in caught.value.text("en")


@pytest.mark.parametrize("count", [21, 25])
def test_ragged_rows_beyond_twenty_are_counted(tmp_path: Path, count: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n" + "1;2\n" * 60 + "1\n" * count)
    error = failure(path)
    assert len(error.problems) == 21
    assert ("1 more row has" if count == 21 else "5 more rows have") in error.text("en")
    assert ("Lisäksi 1 rivi on" if count == 21 else "Lisäksi 5 riviä on") in error.text("fi")


def test_missing_file_folder_and_suffix(tmp_path: Path) -> None:
    assert "The file staff.csv does not exist." in str(failure(tmp_path / "staff.csv"))
    (tmp_path / "raw.csv").mkdir()
    assert "raw.csv is a folder, not a file." in str(failure(tmp_path / "raw.csv"))
    (tmp_path / "a.docx").write_bytes(b"x")
    text = str(failure(tmp_path / "a.docx"))
    assert "suffix “docx” are not read" in text
    assert "csv, tsv, txt, xlsx" in text
    assert "There is no format “word”." in str(failure(tmp_path / "a.docx", format="word"))


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b\n1;2\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    error = failure(path)
    assert "You have no permission to read the file a.csv." in str(error)
    assert "Sinulla ei ole lukuoikeutta tiedostoon a.csv." in error.text("fi")


def _xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    for number in range(500):
        book.active.append([number, "x"])
    book.save(path)


FRAME = pd.DataFrame({"q1": [1.0, 2.0] * 2000, "q2": ["a", "b"] * 2000})
WRITERS: dict[str, Callable[[Path], object]] = {
    "xlsx": _xlsx,
    "xls": lambda path: shutil.copy(DATA / "survey.xls", path),
    "sav": lambda path: pyreadstat.write_sav(FRAME, path),
    "zsav": lambda path: pyreadstat.write_sav(FRAME, path, compress=True),
    "dta": lambda path: pyreadstat.write_dta(FRAME, path),
    "parquet": lambda path: FRAME.to_parquet(path),
}


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
@pytest.mark.parametrize("suffix", WRITERS)
def test_truncated_files(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"cut.{suffix}"
    WRITERS[suffix](path)
    read(path, name="whole")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    error = failure(path)
    assert f"cut.{suffix} is damaged or was cut short" in str(error)
    assert "on vioittunut tai katkennut" in error.text("fi")


def test_encrypted_workbook() -> None:
    error = failure(DATA / "locked.xlsx")
    assert "The workbook locked.xlsx is protected with a password." in str(error)
    assert "Työkirja locked.xlsx on suojattu salasanalla." in error.text("fi")


def test_web_page_that_calls_itself_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_text("<html><table><tr><td>id</td></tr></table></html>")
    assert "export.xls is not a workbook, in spite of its name; it begins with “<html><table>" in str(failure(path))


def test_workbook_without_the_sheet_row_or_names(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "Vastaukset"
    book.create_sheet("Ohje")
    for row in (["a", None, "a"], [1, 2, 3]):
        book.active.append(row)
    book.save(path)
    assert "no worksheet “Tulokset”. Its worksheets are: Vastaukset, Ohje." in str(failure(path, sheet="Tulokset"))
    assert "The header row is said to be 7, but the last row is 2." in str(failure(path, header_row=7))
    assert "0 cannot be the header row." in str(failure(path, header_row=0))
    assert "column names but not a single row" in str(failure(path, header_row=2))
    assert "holds no table" in str(failure(path, sheet="Ohje"))
    text = str(failure(path))
    assert "b.xlsx:1: There are data under an empty column name (position from the left: 2)." in text
    assert "b.xlsx:1 (a): The column name “a” occurs more than once (columns 1, 3)." in text


def test_parquet_with_lists_and_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pd.DataFrame({"a": [[1, 2]]}).to_parquet(path)
    assert "p.parquet (a): The column holds lists or structures" in str(failure(path))
    pd.DataFrame({"a": pd.Series([], dtype=float)}).to_parquet(path)
    assert "not a single row of data" in str(failure(path))
    pd.DataFrame(index=[0, 1]).to_parquet(path, index=False)
    assert "holds no table" in str(failure(path))


def test_formats_that_cannot_stay_on_disk_and_names_that_sql_confuses(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="type “.xls” cannot be analysed without loading"):
        open_large(DATA / "survey.xls")
    path = tmp_path / "c.csv"
    path.write_bytes(b"Age;age\n1;2\n")
    with pytest.raises(ReadError, match="differ only in upper and lower case: Age, age"):
        open_large(path)


def test_neither_path_nor_address() -> None:
    with pytest.raises(ValueError, match="neither a path nor an address"):
        read(None, name="staff")


def test_every_problem_is_said_in_both_languages() -> None:
    keys = [{key for key in catalogue(language) if key.startswith("problems.readers.")} for language in LANGUAGES]
    assert keys[0] == keys[1]
    assert {key.rsplit(".", 1)[0] + ".remedy" for key in keys[0]} <= keys[0]
    assert set(READERS) >= {"csv", "tsv", "txt", "xlsx", "xls", "sav", "zsav", "dta", "parquet", "sql", "sqlite", "db"}
