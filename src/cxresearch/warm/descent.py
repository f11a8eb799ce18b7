"""Processes and what becomes of their descendants (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

_SET_DEATH_SIGNAL, _SET_SUBREAPER = 1, 36
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends; `parent` is the id of the one it should have."""
    _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, of those too that left the process group."""
    _LIBC.prctl(_SET_SUBREAPER, 1, 0, 0, 0)


def children() -> set[int]:
    """The ids of this process's children, ended ones that were not waited for among them."""
    lists = list(Path("/proc/self/task").glob("*/children"))
    if lists:
        return {int(pid) for path in lists for pid in path.read_text().split()}
    return {pid for pid, parent in _parents() if parent == os.getpid()}  # a kernel that keeps no such lists


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            yield int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])


def threads() -> list[str]:
    """The names that the system has for the threads of this process."""
    return sorted(path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm"))


def end_strangers(known: Collection[int], *, within: float = 5.0, wait: Callable[[float], None] = time.sleep) -> bool:
    """Kill every child that is not known, and theirs, until none is left; whether that was so in time.

    An orphan of an ended job is a child of this process (`adopt_orphans`), and so is each of its children as soon as
    it has been killed.
    """
    latest = time.monotonic() + within
    while strangers := children() - set(known):
        for pid in strangers:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in strangers:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > latest:
            return False
        wait(0.001)
    return True


def end_group(leader: int) -> None:
    """Kill the process group that a process leads, if it still has members."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def ending(status: int) -> str:
    """How a process ended, in the system's words: `SIGSEGV`, `exit 3`."""
    code = os.waitstatus_to_exitcode(status)
    return signal_name(-code) if code < 0 else f"exit {code}"


def signal_name(number: int) -> str:
    """The name of a signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
