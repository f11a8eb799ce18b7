"""SIGKILL at any moment: nothing is lost, nothing is there in half, and nothing journalled as done is done twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cxresearch.batch.journal import Past
from cxresearch.batch.run import run_batch
from tests.batch.fakes import FakeWarm, opener, small_request

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")

TOUCHING = ("fsync", "rename", "replace", "link", "write", "mkdir", "unlink", "rmdir")
"""Calls that change the disk; the batch is killed before one of them."""

CLEAN = multiprocessing.get_context("forkserver") if os.name == "posix" else None
CHANGED = {"html": b"<p>changed</p>"}


def _batch(folder: Path, written: dict[str, bytes] | None, count_file: str, kill_at: int) -> None:
    """Run the batch; before the `kill_at`-th call that touches the disk the process is killed."""
    calls = 0

    def counting(real: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            if calls == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **more)

        return counted

    for name in TOUCHING:
        setattr(os, name, counting(getattr(os, name)))
    request = replace(small_request(folder, "AB"), jobs=1)
    run_batch(request, open_warm=opener(FakeWarm(log=folder / "log", written=written)))
    Path(count_file).write_text(str(calls), encoding="ascii")


def killed(folder: Path, kill_at: int, written: dict[str, bytes] | None = None) -> int:
    """Run the batch in a process of its own; the number of calls that it made, or 0 if it was killed."""
    assert CLEAN is not None
    CLEAN.set_forkserver_preload(["tests.batch.test_kill"])
    counted = folder / "calls"
    counted.unlink(missing_ok=True)
    process = CLEAN.Process(target=_batch, args=(folder, written, str(counted), kill_at))
    process.start()
    process.join(60)
    if counted.exists():
        assert process.exitcode == 0
        return int(counted.read_text(encoding="ascii"))
    assert process.exitcode == -signal.SIGKILL
    return 0


def runs(folder: Path) -> Counter[tuple[str, str]]:
    log = folder / "log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return Counter((team, language) for team, language, _ in map(json.loads, lines))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def check_rows(folder: Path, allowed: set[bytes]) -> None:
    """Each row's folder is not there, or whole, and all of one kind."""
    for row in ("a-1", "b-2"):
        if (folder / "out" / row).exists():
            found = contents(folder / "out" / row)
            assert set(found) == {f"{row}-{x}.{form}" for x in ("fi", "en") for form in ("html", "ipynb")}
            pages = {found[f"{row}-fi.html"], found[f"{row}-en.html"]}
            assert len(pages) == 1
            assert pages <= allowed
            for name, content in found.items():
                if name.endswith(".ipynb"):
                    json.loads(content)


def go_on(folder: Path, written: dict[str, bytes] | None = None) -> None:
    """Run the batch to its end after a kill; what was journalled as done is not run again."""
    done = set(Past.read([folder / "out" / "journal.jsonl"]).done)
    before = runs(folder)
    request = replace(small_request(folder, "AB"), jobs=1)
    result = run_batch(request, open_warm=opener(FakeWarm(log=folder / "log", written=written)))
    assert result.exit_code == 0
    new = runs(folder) - before
    assert {team for team, _ in new} == {team for team, row in (("A", "a-1"), ("B", "b-2")) if row not in done}
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {"a-1", "b-2", ".lock", "journal.jsonl", "index-fi.html", "index-en.html"}
    assert [standing.why for standing in run_batch(request, open_warm=opener(FakeWarm())).standings] == [
        "unchanged"
    ] * 2


def total(folder: Path) -> int:
    folder.mkdir()
    return killed(folder, -1)


@pytest.mark.slow
def test_a_batch_killed_at_any_moment_goes_on(tmp_path: Path) -> None:
    count = total(tmp_path / "counting")
    assert count > 30
    for kill_at in range(1, count + 1):
        folder = tmp_path / f"killed-{kill_at}"
        folder.mkdir()
        assert killed(folder, kill_at) == 0
        if (folder / "out").exists():
            check_rows(folder, {b"<p>report</p>"})
        go_on(folder)
        check_rows(folder, {b"<p>report</p>"})


@pytest.mark.slow
def test_reports_made_anew_are_the_earlier_or_the_new_ones(tmp_path: Path) -> None:
    first = tmp_path / "first"
    total(first)
    (first / "out" / "a-1" / "mine.txt").write_text("mine", encoding="utf-8")
    count = _made_anew(tmp_path / "counting", kill_at=-1)
    for kill_at in range(1, count + 1):
        folder = tmp_path / f"killed-{kill_at}"
        assert _made_anew(folder, kill_at) == 0
        check_rows(folder, {b"<p>report</p>", CHANGED["html"]})
        request = replace(small_request(folder, "AB"), jobs=1)
        assert run_batch(request, open_warm=opener(FakeWarm(written=CHANGED))).exit_code == 0
        check_rows(folder, {CHANGED["html"]})
        assert not [path for path in (folder / "out").iterdir() if path.name.startswith((".unfinished", ".earlier"))]


def _made_anew(folder: Path, kill_at: int) -> int:
    """Make all reports once, change the notebook, and make them again until killed."""
    folder.mkdir()
    assert killed(folder, -1) > 0
    notebook = folder / "own.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("import json", "import os"), encoding="utf-8")
    return killed(folder, kill_at, CHANGED)
