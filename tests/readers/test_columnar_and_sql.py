"""Parquet and SQL, and that no secret of a database address is ever shown."""

from __future__ import annotations

import datetime as dt
import decimal
import sqlite3
import traceback
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxresearch.errors import ReadError
from cxresearch.provenance import sha256_of
from cxresearch.readers import RawTable, ReadOptions, read

SECRET = "s3cret/&:@ä"


def test_parquet_types(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    columns = {
        "i": pa.array([1, None]),
        "f": pa.array([1.5, float("nan")]),
        "s": pa.array(["", None]),
        "c": pa.array(["x", "y"]).dictionary_encode(),
        "d": pa.array([dt.date(2024, 1, 2), None]),
        "m": pa.array([decimal.Decimal("1.25"), None]),
        "b": pa.array([True, None]),
    }
    pq.write_table(pa.table(columns), path)
    table = read(path, name="p")
    assert table.frame.to_dict("list") == {
        "i": [1, None],
        "f": [1.5, None],
        "s": ["", None],
        "c": ["x", "y"],
        "d": [dt.datetime(2024, 1, 2), None],
        "m": [1.25, None],
        "b": [True, None],
    }
    assert (table.format, table.sha256, table.lines.tolist()) == ("parquet", sha256_of(path), [1, 2])


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "odd name #1?.sqlite"
    connection = sqlite3.connect(path)
    connection.execute('CREATE TABLE "staff answers" (unit TEXT, score REAL, note TEXT)')
    rows = [("Oulu", 4.5, "10:30"), ("Espoo", None, "4,5"), ("", 3.0, None)]
    connection.executemany('INSERT INTO "staff answers" VALUES (?, ?, ?)', rows)
    connection.commit()
    connection.close()
    return path


def ask(path: Path | None, **options: str) -> RawTable:
    return read(path, name="staff", shown_as="staff.sqlite" if path else "", options=ReadOptions(**options))  # type: ignore[arg-type]


def refused(path: Path | None, **options: str) -> ReadError:
    with pytest.raises(ReadError) as caught:
        ask(path, **options)
    for shown in (caught.value.text("en"), caught.value.text("fi"), "".join(traceback.format_exception(caught.value))):
        assert SECRET not in shown
        assert "s3cret" not in shown
    return caught.value


def test_only_table_of_a_file_is_read_whole(database: Path) -> None:
    table = ask(database)
    assert table.frame.to_dict("list") == {
        "unit": ["Oulu", "Espoo", ""],
        "score": [4.5, None, 3.0],
        "note": ["10:30", "4,5", None],
    }
    assert (table.format, table.decimal, table.sha256) == ("sql", ",", sha256_of(database))


def test_query_may_hold_colons_and_per_cent_signs(database: Path) -> None:
    query = "SELECT unit FROM \"staff answers\" WHERE note LIKE '%10:3%'"
    table = ask(database, query=query)
    assert table.frame["unit"].tolist() == ["Oulu"]
    assert table.details == {"query": query}


def test_file_is_opened_for_reading_only(database: Path) -> None:
    before = sha256_of(database)
    error = refused(database, query='DELETE FROM "staff answers"')
    assert "The database refused the query DELETE" in str(error)
    assert "(attempt to write a readonly database)" in str(error)
    assert sha256_of(database) == before


def test_query_problems(database: Path, tmp_path: Path) -> None:
    error = refused(database, query="SELECT score FROM nowhere")
    assert "refused the query SELECT score FROM nowhere (no such table: nowhere)" in str(error)
    assert "Tietokanta hylkäsi kyselyn SELECT score FROM nowhere" in error.text("fi")
    assert "not a single row" in str(refused(database, query='SELECT * FROM "staff answers" WHERE 0'))
    assert "“unit” occurs more than once (columns 1, 2)" in str(
        refused(database, query='SELECT unit, unit FROM "staff answers"')
    )
    assert "The query returns no table" in str(refused(database, query="ATTACH ':memory:' AS other"))
    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).execute("CREATE TABLE a (x)").connection.execute("CREATE TABLE b (y)").connection.close()
    assert "it is not clear which table is meant (tables: a, b)" in str(refused(empty))
    (tmp_path / "junk.db").write_bytes(b"no database" * 100)
    assert "file is not a database" in str(refused(tmp_path / "junk.db", query="SELECT * FROM a"))


def test_address_with_a_secret(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_FILE", str(database))
    table = ask(None, url="sqlite:///${DB_FILE}", query='SELECT * FROM "staff answers"')
    assert len(table.frame) == 3
    assert table.file == "sqlite:///${DB_FILE}"
    assert len(table.sha256) == 64
    again = ask(None, url="sqlite:///${DB_FILE}", query='SELECT * FROM "staff answers"')
    assert again.sha256 == table.sha256


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:${PW}@nowhere/db", "driver of the database “postgresql” is missing"),
        ("oddity://u:${PW}@nowhere/db", "driver of the database “oddity” is missing"),
        ("${PW}", "The database address cannot be understood"),
        ("sqlite:////nowhere/${PW}/x.db", "unable to open database file"),
        ("postgresql://u:s3cret@nowhere/db", "driver of the database “postgresql” is missing"),
    ],
)
def test_no_message_shows_a_secret(url: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", SECRET)
    error = refused(None, url=url, query="SELECT 1")
    assert says in str(error)
    assert "s3cret" not in repr(ReadOptions(url=url))


def test_secret_in_a_query_and_unset_variable(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_FILE", str(database))
    error = refused(None, url="sqlite:///${DB_FILE}", query=f"SELECT '{database}' FROM nowhere")
    assert str(database) not in str(error)
    monkeypatch.delenv("DB_FILE")
    error = refused(None, url="sqlite:///${DB_FILE}", query="SELECT 1")
    assert "The environment variable DB_FILE, which the database address needs, is not set." in str(error)
    assert "ympäristömuuttujaa DB_FILE ei ole asetettu" in error.text("fi")
