"""Published raw files arrive whole and checked, or not at all."""

from __future__ import annotations

import hashlib
import io
import urllib.error
from email.message import Message
from pathlib import Path
from typing import BinaryIO

import pytest

from cxresearch.errors import OutputError, ParameterError, ReadError, StudyError
from cxresearch.workflow.fetch import fetch
from cxresearch.workflow.published import published_files
from tests.conftest import ROOT

FILES = {"raw/staff.csv": b"unit;mood\n1;4\n" * 20_000, "raw/guests.csv": b"unit;nps\n1;9\n"}


def address(file: str) -> str:
    return f"https://example.org/{file}"


def table(rows: dict[str, bytes], **changed: str) -> str:
    lines = ["file,url,sha256,bytes"]
    for file, content in rows.items():
        row = {"file": file, "url": address(file), "sha256": hashlib.sha256(content).hexdigest()}
        row |= {"bytes": str(len(content))} | changed
        lines.append(",".join(row[name] for name in ("file", "url", "sha256", "bytes")))
    return "\n".join(lines) + "\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "shop"
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text("study: shop\n", encoding="utf-8")
    (folder / "sources.csv").write_text(table(FILES), encoding="utf-8")
    return folder


class Server:
    """Stands for the internet: answers addresses with bytes or a failure, and remembers what was asked."""

    def __init__(self, answers: dict[str, bytes | Exception]) -> None:
        self.answers, self.asked = answers, []

    def __call__(self, url: str) -> BinaryIO:
        self.asked.append(url)
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)


def whole() -> dict[str, bytes | Exception]:
    return {address(file): content for file, content in FILES.items()}


def left_over(study: Path) -> list[str]:
    return sorted(path.name for path in study.rglob("*") if path.is_file() and path.parent != study)


def test_files_arrive_with_progress(study: Path) -> None:
    seen: list[tuple[str, int]] = []
    fetched = fetch(study, opener=Server(whole()), report=lambda published, n: seen.append((published.file, n)))
    assert [(one.path, one.size, one.was_there) for one in fetched] == [
        (study / file, len(content), False) for file, content in FILES.items()
    ]
    assert {file: (study / file).read_bytes() for file in FILES} == FILES
    staff = [received for file, received in seen if file == "raw/staff.csv"]
    assert staff == sorted(staff)
    assert len(staff) > 1
    assert staff[-1] == len(FILES["raw/staff.csv"])


def test_what_is_there_is_not_fetched_again(study: Path) -> None:
    fetch(study, opener=Server(whole()))
    server = Server({})
    assert all(one.was_there for one in fetch(study, opener=server))
    assert server.asked == []


def test_a_broken_fetch_keeps_the_right_files_and_goes_on_later(study: Path) -> None:
    answers = whole() | {address("raw/guests.csv"): urllib.error.URLError("name not known")}
    with pytest.raises(ReadError) as caught:
        fetch(study, opener=Server(answers))
    assert "cannot be reached: name not known" in caught.value.text("en")
    assert "Osoitteeseen https://example.org/raw/guests.csv ei saada yhteyttä" in caught.value.text("fi")
    assert left_over(study) == ["staff.csv"]
    server = Server(whole())
    fetch(study, opener=server)
    assert server.asked == [address("raw/guests.csv")]


@pytest.mark.parametrize(
    "content",
    [b"", b"unit;nps\n1;8\n", b"unit;nps\n", b"unit;nps\n1;9\n" * 2],
    ids=["empty", "changed", "cut", "longer"],
)
def test_a_wrong_file_is_refused_and_not_kept(study: Path, content: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        fetch(study, opener=Server(whole() | {address("raw/guests.csv"): content}))
    message = caught.value.text("en")
    assert "not the published one" in message
    assert "Nothing was kept" in message
    assert hashlib.sha256(FILES["raw/guests.csv"]).hexdigest() in message
    assert "Mitään ei tallennettu" in caught.value.text("fi")
    assert left_over(study) == ["staff.csv"]


def test_every_failure_is_told_at_once(study: Path) -> None:
    refused = urllib.error.HTTPError(address("raw/staff.csv"), 404, "Not Found", Message(), io.BytesIO())
    answers: dict[str, bytes | Exception] = {
        address("raw/staff.csv"): refused,
        address("raw/guests.csv"): TimeoutError("timed out"),
    }
    with pytest.raises(ReadError) as caught:
        fetch(study, opener=Server(answers))
    assert [problem.code for problem in caught.value.problems] == ["fetch.refused", "fetch.unreachable"]
    assert "answered 404" in caught.value.text("en")
    assert left_over(study) == []


def test_another_file_in_the_place_is_never_overwritten(study: Path) -> None:
    (study / "raw").mkdir()
    (study / "raw" / "staff.csv").write_bytes(b"mine")
    with pytest.raises(ReadError, match="Another file stands in the place of raw/staff.csv"):
        fetch(study, opener=Server(whole()))
    assert (study / "raw" / "staff.csv").read_bytes() == b"mine"


def test_files_are_copied_from_a_local_folder(study: Path, tmp_path: Path) -> None:
    source = tmp_path / "downloads"
    source.mkdir()
    (source / "staff.csv").write_bytes(FILES["raw/staff.csv"])
    server = Server({})
    with pytest.raises(ReadError, match="not in the folder") as caught:
        fetch(study, source=source, opener=server)
    assert [problem.file for problem in caught.value.problems] == ["raw/guests.csv"]
    (source / "guests.csv").write_bytes(FILES["raw/guests.csv"])
    assert [one.was_there for one in fetch(study, source=source, opener=server)] == [True, False]
    assert server.asked == []


def test_a_study_is_found_by_name(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study.parents[1])
    assert len(fetch("shop", opener=Server(whole()))) == len(FILES)
    with pytest.raises(ParameterError):
        fetch("ship")


def test_a_study_without_published_files_says_so(study: Path) -> None:
    (study / "sources.csv").unlink()
    with pytest.raises(StudyError, match="does not list published files"):
        fetch(study)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("file", "../staff.csv", "not a path inside the study folder"),
        ("file", "/etc/staff.csv", "not a path inside the study folder"),
        ("file", "C:/staff.csv", "not a path inside the study folder"),
        ("url", "http://example.org/staff.csv", "begins with https"),
        ("sha256", "abc", "64 hexadecimal digits"),
        ("bytes", "1 MB", "not a size in bytes"),
    ],
)
def test_a_wrong_table_names_line_and_cell(study: Path, column: str, value: str, sentence: str) -> None:
    (study / "sources.csv").write_text(table({"raw/a.csv": b"a"}, **{column: value}), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        published_files(study)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.value) == ("sources.csv", 2, column, value)
    assert sentence in problem.what("en")
    assert value in problem.what("fi")


def test_a_folder_that_cannot_be_written_is_told(study: Path) -> None:
    (study / "raw").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OutputError):
        fetch(study, opener=Server(whole()))


def test_the_new_york_files_are_the_shared_ones(shared: Path, tmp_path: Path) -> None:
    study = tmp_path / "nyc-schools"
    study.mkdir()
    for name in ("study.yml", "sources.csv"):
        (study / name).write_bytes((ROOT / "data" / "nyc-schools" / name).read_bytes())
    fetched = fetch(study, source=shared / "data" / "nyc-schools")
    assert {one.path.name for one in fetched} >= {
        f"{who}_{year}_score.csv" for who in ("total", "parent") for year in (2016, 2017)
    }
