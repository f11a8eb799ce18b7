"""A full disk stops a batch; nothing is there in half, and it goes on when there is room again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cxresearch.batch import room, run
from cxresearch.batch.codes import DISK_FULL, exit_code
from cxresearch.batch.journal import Past
from cxresearch.batch.run import run_batch
from cxresearch.errors import OutputError
from cxresearch.language import Phrase, render
from tests.batch.fakes import FakeWarm, opener, small_request

PAGE = {"html": b"x" * 100_000}


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


def whole(out: Path) -> set[str]:
    """Rows whose folder is there; each has all its files, of the right size."""
    found = {path for path in out.iterdir() if path.is_dir()}
    for folder in found:
        assert len(list(folder.iterdir())) == 4
        assert {path.stat().st_size for path in folder.glob("*.html")} == {len(PAGE["html"])}
    return {path.name for path in found}


@pytest.mark.parametrize("ballast", [300_000, 520_000, 650_000])
def test_a_full_disk_stops_the_batch_and_it_goes_on_later(
    tmp_path: Path, disk: Path, monkeypatch: pytest.MonkeyPatch, ballast: int
) -> None:
    monkeypatch.setattr(room, "TYPICAL", 1000)
    request = replace(small_request(tmp_path, "ABCD"), out=str(disk / "out"), jobs=1)
    (disk / "ballast").write_bytes(b"0" * ballast)
    warm = FakeWarm(written=PAGE)
    result = run_batch(request, open_warm=opener(warm))
    assert (result.exit_code, result.stop) == (DISK_FULL, "disk_full") == (74, "disk_full")
    made = {outcome.row for outcome in result.made}
    assert made
    assert whole(disk / "out") == made
    assert set(Past.read([disk / "out" / "journal.jsonl"]).done) <= made
    full = [outcome for outcome in result.failed if outcome.state == "disk_full"]
    assert len(full) == 1
    problem = full[0].problem()
    assert problem is not None
    assert "disk is full" in problem.what("en")
    (disk / "ballast").unlink()
    monkeypatch.setattr(room, "bytes_per_row", lambda *given: 0)
    monkeypatch.setattr(run, "bytes_per_row", lambda *given: 0)
    if len(made) < 4:
        after = run_batch(request, open_warm=opener(FakeWarm(written=PAGE)))
        assert after.exit_code == 0
        assert {outcome.row for outcome in after.made} | made == {"a-1", "b-2", "c-3", "d-4"}
    assert whole(disk / "out") == {"a-1", "b-2", "c-3", "d-4"}


def test_a_disk_without_room_for_one_report_is_told_before_the_start(tmp_path: Path, disk: Path) -> None:
    request = replace(small_request(tmp_path), out=str(disk / "out"))
    warm = FakeWarm(log=tmp_path / "log")
    with pytest.raises(OutputError, match="which is not enough for even one report") as refused:
        run_batch(request, open_warm=opener(warm))
    assert exit_code(refused.value) == DISK_FULL
    assert not (tmp_path / "log").exists()


def test_a_disk_that_may_not_hold_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Phrase] = []
    monkeypatch.setattr(run, "free_bytes", lambda folder: 5_000_000)
    monkeypatch.setattr(run, "bytes_per_row", lambda *given: 2_000_000)
    run_batch(small_request(tmp_path), open_warm=opener(FakeWarm()), tell=told.append)
    assert render(told[0], "en").startswith("The disk has 5 MB free, but the reports take about 6 MB")
    assert render(told[0], "fi").startswith("Levyllä on vapaata tilaa 5 Mt, mutta raportit vievät noin 6 Mt")


def test_a_read_only_disk_is_told(tmp_path: Path, disk: Path) -> None:
    request = replace(small_request(tmp_path), out=str(disk / "out"))
    (disk / "out").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(OutputError, match="lies on a read-only disk") as refused:
        run_batch(request, open_warm=opener(FakeWarm()))
    assert exit_code(refused.value) == 1
