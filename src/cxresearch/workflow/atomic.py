"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cxresearch.errors import OutputError, Problem


def output_error(folder: Path, failure: OSError) -> OutputError:
    """The failure to write as a problem: full disk, no permission, read-only, or else."""
    codes = {28: "disk_full", 122: "disk_full", 13: "no_permission", 1: "no_permission", 30: "read_only"}
    code = codes.get(failure.errno or 0, "cannot_write")
    reason = failure.strerror or str(failure)
    return OutputError(Problem(code=f"workflow.{code}", file=str(folder), details={"reason": reason}))


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A new folder beside the files of `folder`; on success its files replace theirs, on failure nothing changes.

    Files of `folder` that the staged folder lacks stay. An interrupt during the replacement waits until it is done.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    except OSError as failure:
        raise output_error(folder, failure) from failure
    try:
        yield stage
        with _uninterrupted():
            _replace(stage, folder)
    except OSError as failure:
        raise output_error(folder, failure) from failure
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _replace(stage: Path, folder: Path) -> None:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    for path in files:
        _flush(path)
    for path in files:
        target = folder / path.relative_to(stage)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C until the block is done (main thread only; other threads never receive it)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        del frame
        waiting.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt
