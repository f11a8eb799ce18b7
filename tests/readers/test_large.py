"""A table left on disk holds what the in-memory reader finds, by either way."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import ReadError
from cxresearch.readers import LargeTable, ReadOptions, open_large, read

ROWS = 200_000
MOMENT_TOLERANCE = 1e-9  # relative; sums of 200,000 values of two decimals in another order


def big_rows() -> list[list[str]]:
    rng = np.random.default_rng(7)
    unit = rng.integers(0, 40, ROWS)
    score = rng.integers(100, 500, ROWS) / 100
    other = rng.integers(0, 11, ROWS)
    odd = ["", "N/A", "”hyvä” työ", "a;b", 'say "so"', "two\r\nlines", "é"]
    return [
        [f"yksikkö {u}", f"{s:.2f}".replace(".", ","), str(o), odd[u % len(odd)]]
        for u, s, o in zip(unit, score, other, strict=True)
    ]


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    return [["unit", "score", "nps", "note"], *big_rows()]


def same(large: LargeTable, path: Path, options: ReadOptions | None = None) -> None:
    small = read(path, name="small", shown_as=large.file, options=options)
    assert large.columns == tuple(small.frame.columns)
    assert large.n_rows == len(small.frame)
    assert (large.sha256, large.decimal, dict(large.details)) == (small.sha256, small.decimal, dict(small.details))
    assert large.relation.fetchall() == list(map(tuple, small.frame.to_numpy(dtype=object).tolist()))


@pytest.mark.parametrize(
    ("encoding", "end"),
    [
        ("utf-8", "\r\n"),
        ("utf-8", "\r"),
        ("utf-8-sig", "\n"),
        ("cp1252", "\r\n"),
        ("utf-16", "\n"),
        ("utf-16-be", "\r"),
    ],
)
def test_same_as_in_memory(tmp_path: Path, rows: list[list[str]], encoding: str, end: str) -> None:
    path = tmp_path / "big[1]*.csv" if encoding == "utf-8" else tmp_path / "big.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=";", lineterminator=end, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    with open_large(path, memory_limit="400MB", workspace=tmp_path) as large:
        assert (large.decimal, large.details["delimiter"]) == (",", ";")
        same(large, path)
    assert list(tmp_path.iterdir()) == [path]


def in_memory(path: Path) -> str | list[tuple[object, ...]]:
    try:
        return list(
            map(tuple, read(path, name="t", options=ReadOptions(delimiter=";")).frame.to_numpy(object).tolist())
        )
    except ReadError as error:
        return str(error)


def on_disk(path: Path) -> str | list[tuple[object, ...]]:
    try:
        with open_large(path, ReadOptions(delimiter=";")) as large:
            return large.relation.fetchall()
    except ReadError as error:
        return str(error)


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_text_is_read_alike_or_refused_alike(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    end = data.draw(st.sampled_from(("\n", "\r\n", "\r")))
    part = st.sampled_from(["a", ";", '"', end, " ", "1,5", "ä", ";", end, ';"', '";', '"' + end, '""', "\n"])
    text = "x;y" + end + "".join(data.draw(st.lists(part, min_size=1, max_size=20)))
    path = tmp_path_factory.mktemp("alike") / "t.csv"
    path.write_bytes(text.encode())
    assert on_disk(path) == in_memory(path)


def test_moments_follow_from_the_counts(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "big.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    x = frame["score"].str.replace(",", ".").astype(float)
    y = frame["nps"].astype(float)
    expected = pd.DataFrame({"n": 1, "x": x, "xy": x * y}).groupby(frame["unit"]).sum().sort_index()
    with open_large(path, memory_limit="200MB", workspace=tmp_path) as large:
        counts = large.group_values(["unit"], ["score", "nps"])
        alone = large.group_values(["unit"], ["nps"])
        joined = large.sql("SELECT unit, count(*) AS n FROM source GROUP BY unit ORDER BY unit").fetchall()
        with pytest.raises(ReadError, match="refused the query SELECT missing FROM source"):
            large.sql("SELECT missing FROM source")
        with pytest.raises(ValueError, match="cannot group by"):
            large.group_values(["unit"], ["missing"])
    assert list(counts.columns) == ["unit", "score", "nps", "n_rows"]
    score, nps = counts["score"].str.replace(",", ".").astype(float), counts["nps"].astype(float)
    weighted = {"n": counts["n_rows"], "x": counts["n_rows"] * score, "xy": counts["n_rows"] * score * nps}
    found = pd.DataFrame(weighted).groupby(counts["unit"]).sum().sort_index()
    np.testing.assert_allclose(found.to_numpy(float), expected.to_numpy(float), rtol=MOMENT_TOLERANCE)
    assert dict(joined) == expected["n"].to_dict()
    assert alone["n_rows"].sum() == ROWS


def test_titles_hints_trailing_delimiters_and_one_column(tmp_path: Path) -> None:
    texts = {
        "title": "Raportti 2024\n\nx;y;z\n1;2;3\n",
        "hint": "sep=,\na,b\n1,2\n",
        "trailing": "a;b;\n1;2;\n3;4;\n",
        "one": "answer\n\nyes\nno, never\n",
        "header": '"two\nlines",b\n1,2\n',
    }
    for name, text in texts.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        with open_large(path) as large:
            same(large, path)


def test_declared_header_row_far_down(tmp_path: Path) -> None:
    path = tmp_path / "deep.csv"
    path.write_text("note;x\n" * 70 + "a;b\n1;2\n")
    options = ReadOptions(header_row=71)
    with open_large(path, options) as large:
        same(large, path, options)


def test_long_cells_spill(tmp_path: Path) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([["id", "text"], *([str(i), "x" * 3_000_000] for i in range(3))])
    path = tmp_path / "long.csv"
    path.write_text(stream.getvalue(), newline="")
    with open_large(path) as large:
        assert large.sql("SELECT sum(length(text)) FROM source").fetchall() == [(9_000_000,)]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pd.DataFrame({"unit": ["A", "B", "A"], "score": [1.5, 2.0, 1.5]}).to_parquet(path)
    with open_large(path) as large:
        assert (large.format, large.columns, large.n_rows) == ("parquet", ("unit", "score"), 3)
        assert large.group_values(["unit"], ["score"]).to_numpy().tolist() == [["A", 1.5, 2], ["B", 2.0, 1]]


def test_real_export_with_cr(shared: Path) -> None:
    path = shared / "data/nyc-schools/parent_2016_score.csv"
    with open_large(path) as large:
        same(large, path)
