"""Writing files so that nobody ever sees half of one: all of a set appear, or none, and older ones stay whole."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cxresearch.errors import OutputError, Problem

_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT}


def _problem(failure: OSError, path: Path) -> Problem:
    if failure.errno in _READ_ONLY:
        return Problem(code="report.read_only", file=str(path.parent))
    if failure.errno in _FULL:
        return Problem(code="report.disk_full", file=str(path))
    return Problem(code="report.cannot_write", file=str(path), value=failure.strerror or str(failure))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{ending}")


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _keep(path: Path, backup: Path) -> None:
    """Keep the earlier file under a second name, without copying it where the file system allows that."""
    try:
        os.link(path, backup)
    except OSError:
        _write(backup, path.read_bytes())


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _Replacement:
    """The change from earlier files to new ones, which can be taken back until it is finished."""

    def __init__(self, files: Mapping[Path, bytes]) -> None:
        self.files = files
        self.fresh = {path: _beside(path, "new") for path in files}
        self.earlier = {path: _beside(path, "old") for path in files}
        self.replaced: list[Path] = []

    def prepare(self) -> None:
        for path, data in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(self.fresh[path], data)
        for path in self.files:
            if path.exists():
                _keep(path, self.earlier[path])

    def replace(self) -> None:
        for path in self.files:
            os.replace(self.fresh[path], path)
            self.replaced.append(path)

    def take_back(self) -> None:
        for path in self.replaced:
            with contextlib.suppress(OSError):
                if self.earlier[path].exists():
                    os.replace(self.earlier[path], path)
                else:
                    path.unlink()

    def tidy(self) -> None:
        for path in (*self.fresh.values(), *self.earlier.values()):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write a set of files as one change: each beside its place first, synced, then renamed.

    Raises
    ------
    OutputError
        If a file cannot be written; every earlier file is then as it was.
    """
    change = _Replacement(files)
    try:
        change.prepare()
        change.replace()
    except OSError as failure:
        change.take_back()
        stopped = next((path for path in files if path not in change.replaced), next(iter(files)))
        raise OutputError(_problem(failure, stopped)) from failure
    finally:
        change.tidy()
    for folder in {path.parent for path in files}:
        _sync_folder(folder)
