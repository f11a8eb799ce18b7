"""One batch at a time works in a folder; the lock of a process that is gone is no lock."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cxresearch.batch.codes import LockedError
from cxresearch.errors import Problem
from cxresearch.workflow.atomic import output_error

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int, shared: bool) -> None:
        del shared
        os.lseek(handle, _BEYOND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int, shared: bool) -> None:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


NAME = ".lock"
_BEYOND = 1 << 20
"""A place in the file that Windows locks, beyond the text that others read."""
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


@contextmanager
def locked(folder: Path, name: str = NAME, *, shared: bool = False) -> Iterator[None]:
    """Hold the folder's lock until the block ends; the system lets go of it when the process ends in any other way.

    A shared lock keeps out only those that want the folder for themselves.

    Raises
    ------
    LockedError
        If another process holds it; the problem names that process.
    OutputError
        If the lock file cannot be written.
    """
    path = folder / name
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as failure:
        raise output_error(folder, failure) from failure
    try:
        _take_or_tell(handle, folder, shared)
        _tell_own(handle)
        yield
    finally:
        os.close(handle)


def _take_or_tell(handle: int, folder: Path, shared: bool) -> None:
    try:
        _take(handle, shared)
    except OSError as failure:
        if failure.errno not in _TAKEN:
            raise output_error(folder, failure) from failure
        holder = os.pread(handle, 100, 0) if hasattr(os, "pread") else os.read(handle, 100)
        told = holder.decode("ascii", "replace").strip() or "?"
        raise LockedError(Problem(code="batch.locked", file=str(folder), details={"pid": told})) from failure


def _tell_own(handle: int) -> None:
    """Write the own process number into the file; on a full disk the lock holds without it."""
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"{os.getpid()}\n".encode("ascii"))
