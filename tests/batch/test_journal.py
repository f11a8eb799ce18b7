"""The journal: on the disk line by line, never rewritten, and readable whatever was torn."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from cxresearch.batch import journal as journal_module
from cxresearch.batch.journal import Journal, Past, read_events
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.rows import Row
from cxresearch.errors import OutputError, Problem

ROW = Row(id="a", name="Tiimi Å", parameters={"team": "A"}, key="k1")
DONE = Outcome(row="a", key="k1", state="done", outputs={"a/a-fi.html": "00"}, seconds=1.5, peak_kib=7)
PROBLEM = Problem(code="report.read_only", file="x", details={"number": 3, "path": Path("y")})
FAILED = Outcome(row="a", key="k2", state="failed", cell=3, language="fi", message="boom", problems=(PROBLEM,))


def test_what_is_told_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.start(ROW)
        journal.end(DONE)
    past = Past.read([path])
    assert past.done == {"a": DONE}
    assert past.failed == {}
    assert past.names == {"a": "Tiimi Å"}
    assert past.made_at["a"] > "2020"


def test_a_failure_after_a_good_report_keeps_both(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.end(DONE)
        journal.end(FAILED)
    past = Past.read([path])
    assert past.done == {"a": DONE}
    assert past.failed["a"].cell == 3
    assert past.failed["a"].problems[0].details == {"number": 3, "path": "y"}
    with Journal(path) as journal:
        journal.end(DONE)
    assert Past.read([path]).failed == {}


@pytest.mark.parametrize("cut", [1, 10, 50])
def test_a_torn_last_line_is_passed_over_and_the_next_one_is_whole(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.start(ROW)
        journal.end(DONE)
    path.write_bytes(path.read_bytes()[:-cut])
    before = path.read_bytes()
    past = Past.read([path])
    assert past.names == {"a": "Tiimi Å"}
    assert past.done == ({"a": DONE} if cut == 1 else {})
    with Journal(path) as journal:
        journal.end(DONE)
    assert path.read_bytes().startswith(before), "a journal is never rewritten"
    assert Past.read([path]).done == {"a": DONE}


@pytest.mark.parametrize(
    "junk", [b"\xff\xfe\n", b"[1, 2]\n", b'{"event": "end"}\n', b'{"event": "end", "outcome": 3}\n']
)
def test_lines_of_nonsense_are_passed_over(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.end(DONE)
    path.write_bytes(junk + path.read_bytes() + junk)
    assert Past.read([path]).done == {"a": DONE}


def test_no_journal_tells_nothing(tmp_path: Path) -> None:
    assert list(read_events(tmp_path / "nowhere")) == []
    assert Past.read([tmp_path / "nowhere"]) == Past()


def test_of_several_journals_the_later_line_counts(tmp_path: Path) -> None:
    for name, outcome in (("b", DONE), ("a", FAILED)):
        with Journal(tmp_path / name) as journal:
            journal.end(outcome)
    assert Past.read([tmp_path / "a", tmp_path / "b"]).failed["a"].state == "failed"


def test_every_line_is_on_the_disk_before_the_batch_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(journal_module.os, "fsync", lambda handle: synced.append(os.fstat(handle).st_size))
    with Journal(tmp_path / "j") as journal:
        journal.start(ROW)
        journal.end(DONE)
    sizes = [len(line) + 1 for line in (tmp_path / "j").read_bytes().splitlines()]
    assert synced == [sizes[0], sum(sizes)]


def test_a_full_disk_tears_a_line_and_the_journal_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write, room = tmp_path / "j", os.write, 40

    def narrow(handle: int, data: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        data = data[:room]
        room -= len(data)
        return write(handle, data)

    with Journal(path) as journal:
        journal.start(ROW)
        monkeypatch.setattr(journal_module.os, "write", narrow)
        with pytest.raises(OutputError, match="The disk is full"):
            journal.end(DONE)
        room = 10**6
        journal.end(DONE)
    lines = path.read_bytes().splitlines()
    assert len(lines) == 3
    assert len(lines[1]) == 40
    assert json.loads(lines[2])["outcome"]["state"] == "done"
    assert Past.read([path]).done == {"a": DONE}


def test_a_device_without_room_is_a_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with Journal(Path("/dev/full")) as journal, pytest.raises(OutputError, match="The disk is full"):
        journal.start(ROW)
