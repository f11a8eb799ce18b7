"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
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

UNFINISHED = ".unfinished-"
"""How the name of a folder begins that holds files not yet in place."""

_EARLIER = ".earlier"


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
        If the folder cannot be written or the disk is full; every earlier file is then as it was.
    """
    made = _made(folder)
    try:
        stage = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    except OSError as failure:
        _unmake(made)
        raise output_error(folder, failure) from failure
    try:
        yield stage
        with _uninterrupted():
            _replace(stage, folder)
    except OSError as failure:
        raise output_error(folder, failure) from failure
    finally:
        with _uninterrupted():
            shutil.rmtree(stage, ignore_errors=True)
            _unmake(made)


def _made(folder: Path) -> list[Path]:
    """Make a folder; return the folders that were not there before, the innermost first."""
    absent = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        _unmake(absent)
        raise output_error(folder, failure) from failure
    return absent


def _unmake(folders: list[Path]) -> None:
    """Remove folders that are still empty."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _replace(stage: Path, folder: Path) -> None:
    """Put every file in its place, or, when one fails, every earlier file back."""
    files = sorted(path.relative_to(stage) for path in stage.rglob("*") if path.is_file())
    for path in files:
        _flush(stage / path)
    replaced: list[Path] = []
    made: list[Path] = []
    try:
        for path in files:
            made = [*_made((folder / path).parent), *made]
            _keep(folder / path, stage / _EARLIER / path)
            os.replace(stage / path, folder / path)
            replaced.append(path)
    except BaseException:
        _take_back(stage, folder, replaced)
        _unmake(made)
        raise


def _keep(target: Path, earlier: Path) -> None:
    """Keep the file that will be replaced, under a second name where the disk can do that."""
    if not target.exists():
        return
    earlier.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(target, earlier)
    except OSError:
        shutil.copy2(target, earlier)


def _take_back(stage: Path, folder: Path, replaced: list[Path]) -> None:
    for path in reversed(replaced):
        earlier = stage / _EARLIER / path
        with contextlib.suppress(OSError):
            if earlier.exists():
                os.replace(earlier, folder / path)
            else:
                (folder / path).unlink()


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
