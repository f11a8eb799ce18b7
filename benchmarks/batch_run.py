"""`cxresearch batch` as a user runs it, with the memory of all its processes looked at while it works."""

from __future__ import annotations

import datetime
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.batch_ways import ROOT, environment

_EVERY = 1.0
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Look:
    """Memory in KiB: of all processes, shared pages counted once; of the command itself; of the parent of reports."""

    all: int
    command: int
    parent: int


@dataclass(frozen=True)
class BatchRun:
    """What a batch took: seconds until it began (`before`), until the first report (`start`), and for the reports.

    Attributes
    ----------
    cpu : seconds, of all processes and all of the time. others : processors that others used meanwhile, on average.
    """

    good: int
    before: float
    start: float
    reports: float
    cpu: float
    others: float
    looks: tuple[Look, ...] = field(repr=False)

    @property
    def peak(self) -> int:
        """Most memory of all processes together, KiB."""
        return max(look.all for look in self.looks)

    def growth(self) -> tuple[int, int]:
        """How much the command and the parent grew, in KiB, from the first quarter of the looks to the last."""
        quarter = max(1, len(self.looks) // 4)
        busy = self.looks[quarter:]
        middle = len(busy) // 2
        return (
            max(look.command for look in busy[middle:]) - max(look.command for look in busy[:middle]),
            max(look.parent for look in busy[middle:]) - max(look.parent for look in busy[:middle]),
        )


def run_batch(arguments: Sequence[str], out: Path) -> BatchRun:
    """Run `cxresearch batch … --out out`, which must make every report.

    Raises
    ------
    AssertionError
        If a report failed.
    """
    command = [sys.executable, "-m", "cxresearch", "batch", *arguments, "--out", str(out)]
    began, cpu, busy = time.time(), _ended_children(), _busy()
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    looks: list[Look] = []
    watcher = threading.Thread(target=_watch, args=(process.pid, looks))
    watcher.start()
    _, told = process.communicate()
    watcher.join()
    assert process.returncode == 0, told.decode(errors="replace")[-2000:]
    took, own = time.time() - began, _ended_children() - cpu
    events = [json.loads(line) for line in (out / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    times = {event: [_seconds(one) for one in events if one["event"] == event] for event in ("batch", "start", "end")}
    states = [one["outcome"]["state"] for one in events if one["event"] == "end"]
    assert states == ["done"] * len(states), states
    return BatchRun(
        good=len(states),
        before=times["batch"][-1] - began,
        start=min(times["start"]) - times["batch"][-1],
        reports=max(times["end"]) - min(times["start"]),
        cpu=own,
        others=(_busy() - busy - own) / took,
        looks=tuple(looks),
    )


def _seconds(event: dict[str, str]) -> float:
    return datetime.datetime.fromisoformat(event["time"]).timestamp()


def _ended_children() -> float:
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _busy() -> float:
    """Seconds that all processors have worked for anybody."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice)


def _watch(pid: int, looks: list[Look]) -> None:
    while (look := _look(pid)) is not None:
        looks.append(look)
        time.sleep(_EVERY)


def _look(pid: int) -> Look | None:
    try:
        command = psutil.Process(pid)
        if command.status() == psutil.STATUS_ZOMBIE:
            return None
        family = [command, *command.children(recursive=True)]
    except psutil.Error:
        return None
    children = [_resident(one.pid) for one in family[1:] if one.ppid() == pid]
    return Look(sum(_proportional(one.pid) for one in family), _resident(pid), max(children, default=0))


def _proportional(pid: int) -> int:
    """A process's memory, its share of shared pages, in KiB; 0 if it has ended."""
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _resident(pid: int) -> int:
    """A process's memory with all shared pages, in KiB."""
    return _kib(Path(f"/proc/{pid}/status"), "VmRSS:")


def _kib(file: Path, name: str) -> int:
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
