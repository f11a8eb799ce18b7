"""Nothing half-written: all files of a report appear together, and a failure leaves the earlier ones as they were."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cxresearch.errors import OutputError
from cxresearch.report import Document, atomic, write_report

Sample = Callable[[str], Document]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_appear_and_replace_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    atomic.write_all({tmp_path / "a": b"new", tmp_path / "sub" / "b": b"b"})
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a", "sub"]
    assert names(tmp_path / "sub") == ["b"]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full, so the file {b} cannot be written. Free some disk space"),
        (errno.EROFS, "You may not write to the folder {folder}. Choose a folder"),
        (errno.EACCES, "You may not write to the folder {folder}."),
        (errno.EIO, "The file {b} cannot be written: Input/output error."),
    ],
)
def test_a_failing_rename_takes_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    (tmp_path / "a").write_text("old")
    rename = os.replace

    def failing(source: Path, target: Path) -> None:
        if Path(target).name == "b":
            raise OSError(number, os.strerror(number))
        rename(source, target)

    monkeypatch.setattr(atomic.os, "replace", failing)
    with pytest.raises(OutputError) as caught:
        atomic.write_all({tmp_path / "a": b"new", tmp_path / "fresh": b"new", tmp_path / "b": b"new"})
    assert sentence.format(b=tmp_path / "b", folder=tmp_path) in caught.value.text("en")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_failing_write_leaves_nothing(sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r.html").write_text("old")
    sync = os.fsync
    calls: list[int] = []

    def failing(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "full")
        sync(handle)

    monkeypatch.setattr(atomic.os, "fsync", failing)
    with pytest.raises(OutputError, match="The disk is full"):
        write_report(sample("en"), ["html", "docx"], tmp_path, "r")
    assert names(tmp_path) == ["r.html"]
    assert (tmp_path / "r.html").read_text() == "old"


def test_a_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(OutputError):
        atomic.write_all({tmp_path / "a": b"new", tmp_path / "b": b"new"})
    assert names(tmp_path) == ["b"]


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        atomic.write_all({tmp_path / "file" / "a": b"new"})


def test_a_report_is_written_under_its_stem(sample: Sample, tmp_path: Path) -> None:
    paths = write_report(sample("fi"), ["html"], tmp_path / "out", "thesis")
    assert paths == {"html": tmp_path / "out" / "thesis.html"}
    assert names(tmp_path / "out") == ["thesis.html"]
