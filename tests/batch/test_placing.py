"""A row's files take their place together."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cxresearch.batch import placing
from cxresearch.batch.placing import (
    are_as_told,
    begin_stage,
    failed_notebooks,
    forget_failure,
    keep_failed,
    output_hashes,
    put_in_place,
    recover,
    stage_of,
)
from tests.workflow.tiny_study import snapshot


def fill(stage: Path, text: str, *names: str) -> None:
    for name in names:
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_text(text, encoding="utf-8")


def texts(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(params=["exchange", "two renames"])
def folder(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A row's folder, where the system can exchange two folders and where it cannot."""
    if request.param == "two renames":
        monkeypatch.setattr(placing, "_renameat2", lambda: None)
    return tmp_path / "row"


def test_new_files_appear_and_the_stage_goes(folder: Path) -> None:
    stage = begin_stage(folder)
    fill(stage, "new", "a.html", "deep/b.ipynb")
    hashes = output_hashes(stage, "row")
    put_in_place(stage, folder)
    assert texts(folder) == {"a.html": "new", "deep/b.ipynb": "new"}
    assert [path.name for path in folder.parent.iterdir()] == ["row"]
    assert list(hashes) == ["row/a.html", "row/deep/b.ipynb"]
    assert are_as_told(folder.parent, hashes)
    (folder / "a.html").write_text("touched", encoding="utf-8")
    assert not are_as_told(folder.parent, hashes)
    (folder / "a.html").unlink()
    assert not are_as_told(folder.parent, hashes)


def test_other_files_stay_and_notebooks_of_a_failure_go(folder: Path) -> None:
    fill(folder, "old", "a.html", "a.pdf", "notes/mine.txt", "failed-fi.ipynb")
    stage = begin_stage(folder)
    fill(stage, "new", "a.html")
    put_in_place(stage, folder)
    assert texts(folder) == {"a.html": "new", "a.pdf": "old", "notes/mine.txt": "old"}
    assert [path.name for path in folder.parent.iterdir()] == ["row"]


@pytest.mark.parametrize("fails", ["rename", "link", "fsync"])
def test_a_failure_leaves_the_earlier_files(folder: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    fill(folder, "old", "a.html", "mine.txt")
    stage = begin_stage(folder)
    fill(stage, "new", "a.html")

    def refuse(*given: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(placing, "_renameat2", lambda: None)
    monkeypatch.setattr(placing.os, fails, refuse)
    monkeypatch.setattr(placing.shutil, "copy2", refuse)
    with pytest.raises(OSError, match="No space left"):
        put_in_place(stage, folder)
    monkeypatch.undo()
    recover(folder)
    assert texts(folder) == {"a.html": "old", "mine.txt": "old"}
    assert [path.name for path in folder.parent.iterdir()] == ["row"]


def test_a_row_killed_between_two_renames_comes_back(tmp_path: Path) -> None:
    fill(tmp_path / ".earlier-row", "old", "a.html")
    fill(stage_of(tmp_path / "row"), "half", "a.html")
    recover(tmp_path / "row")
    assert texts(tmp_path) == {"row/a.html": "old"}
    fill(tmp_path / ".earlier-row", "older", "a.html")
    recover(tmp_path / "row")
    assert texts(tmp_path) == {"row/a.html": "old"}


def test_a_failed_notebook_is_kept_beside_and_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "row"
    keep_failed(folder, "fi", lambda path: path.write_text("half", encoding="utf-8"))
    assert [path.name for path in failed_notebooks(folder)] == ["failed-fi.ipynb"]
    forget_failure(folder)
    assert snapshot(tmp_path) == {}
    fill(folder, "old", "a.html")
    keep_failed(folder, "fi", lambda path: path.write_text("half", encoding="utf-8"))
    forget_failure(folder)
    assert texts(folder) == {"a.html": "old"}


def test_a_failed_notebook_without_room_is_not_kept(tmp_path: Path) -> None:
    def full(path: Path) -> None:
        path.write_text("ha", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    keep_failed(tmp_path / "row", "fi", full)
    assert snapshot(tmp_path) == {}
