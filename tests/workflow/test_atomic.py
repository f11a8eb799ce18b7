"""A folder of results changes as a whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cxresearch.errors import OutputError
from cxresearch.workflow import atomic
from cxresearch.workflow.atomic import staged
from tests.workflow.tiny_study import snapshot

CODES = {
    errno.ENOSPC: ("disk_full", "The disk is full, so nothing was written to {place}."),
    errno.EDQUOT: ("disk_full", "The disk is full, so nothing was written to {place}."),
    errno.EACCES: ("no_permission", "The folder {place} may not be written to."),
    errno.EPERM: ("no_permission", "The folder {place} may not be written to."),
    errno.EROFS: ("read_only", "The folder {place} lies on a read-only disk."),
    errno.EIO: ("cannot_write", "The results could not be written to {place}: Input/output error."),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    for name in ("a.txt", "deep/b.txt", "old.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"earlier {name}", encoding="utf-8")
    return folder


def fill(stage: Path) -> None:
    for name in ("a.txt", "deep/b.txt", "new/c.txt"):
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_text(f"new {name}", encoding="utf-8")


def spoilt(place: Path, failure: BaseException) -> None:
    with staged(place) as stage:
        fill(stage)
        raise failure


def test_all_files_appear_and_others_stay(place: Path) -> None:
    with staged(place) as stage:
        fill(stage)
        assert stage.parent == place and stage.name.startswith(atomic.UNFINISHED)
    texts = {p.relative_to(place).as_posix(): p.read_text(encoding="utf-8") for p in place.rglob("*") if p.is_file()}
    assert texts == {
        "a.txt": "new a.txt",
        "deep/b.txt": "new deep/b.txt",
        "new/c.txt": "new new/c.txt",
        "old.txt": "earlier old.txt",
    }


@pytest.mark.parametrize("failure", [ValueError("bug"), KeyboardInterrupt(), SystemExit(3)])
def test_a_failure_leaves_everything_as_it_was(place: Path, failure: BaseException) -> None:
    before = snapshot(place)
    with pytest.raises(type(failure)):
        spoilt(place, failure)
    assert snapshot(place) == before


@pytest.mark.parametrize("number", CODES)
def test_a_failure_of_the_disk_is_told(place: Path, number: int) -> None:
    before = snapshot(place)
    with pytest.raises(OutputError) as failed:
        spoilt(place, OSError(number, os.strerror(number)))
    code, sentence = CODES[number]
    assert failed.value.problems[0].code == f"workflow.{code}"
    assert failed.value.problems[0].what("en") == sentence.format(place=place)
    assert failed.value.problems[0].what("fi")
    assert snapshot(place) == before


@pytest.mark.parametrize("fails_at", [1, 2, 3])
@pytest.mark.parametrize("links", [True, False])
def test_a_failure_half_way_puts_every_file_back(
    place: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int, links: bool
) -> None:
    before, replace, calls = snapshot(place), os.replace, 0

    def failing(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(atomic.os, "replace", failing)
    if not links:
        monkeypatch.setattr(atomic.os, "link", no_links)
    with pytest.raises(OutputError), staged(place) as stage:
        fill(stage)
    assert snapshot(place) == before


def test_folders_in_the_way_are_told_and_nothing_changes(place: Path) -> None:
    (place / "new").write_text("a file where a folder should be", encoding="utf-8")
    before = snapshot(place)
    with pytest.raises(OutputError), staged(place) as stage:
        fill(stage)
    assert snapshot(place) == before


def test_a_place_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for wanted in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(OutputError, match="The results could not be written to"), staged(wanted):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failure_leaves_no_folder_that_was_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bug"), staged(tmp_path / "new" / "deeper"):
        raise ValueError("bug")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_during_the_replacement_waits(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def interrupted(source: Path, target: Path) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        replace(source, target)

    monkeypatch.setattr(atomic.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), staged(place) as stage:
        fill(stage)
    assert (place / "a.txt").read_text(encoding="utf-8") == "new a.txt"
    assert (place / "new" / "c.txt").read_text(encoding="utf-8") == "new new/c.txt"
    assert not [path for path in place.iterdir() if path.name.startswith(".")]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("disks cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_keeps_the_earlier_results(disk: Path) -> None:
    (disk / "a.txt").write_text("earlier", encoding="utf-8")
    with pytest.raises(OutputError, match="The disk is full, so nothing was written to"), staged(disk) as stage:
        (stage / "a.txt").write_bytes(b"x" * 2_000_000)
    assert {path.name: path.read_text(encoding="utf-8") for path in disk.iterdir()} == {"a.txt": "earlier"}


def test_a_read_only_disk_is_told(disk: Path) -> None:
    (disk / "a.txt").write_text("earlier", encoding="utf-8")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for wanted in (disk, disk / "new"):
        with pytest.raises(OutputError, match="lies on a read-only disk"), staged(wanted):
            pass
    assert [path.name for path in disk.iterdir()] == ["a.txt"]
