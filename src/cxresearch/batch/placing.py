"""A row's files appear together: they are made in a folder of their own, which then takes the earlier one's place."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from cxresearch.provenance import sha256_of
from cxresearch.workflow.atomic import UNFINISHED

_EARLIER = ".earlier-"
_FAILED = "failed-"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def stage_of(folder: Path) -> Path:
    """Where a row's files are made that are not yet in place: `.unfinished-<row>` beside its folder."""
    return folder.with_name(UNFINISHED + folder.name)


def begin_stage(folder: Path) -> Path:
    """An empty stage for a row; what an earlier batch left half-made is removed, or put back where it was."""
    recover(folder)
    stage = stage_of(folder)
    stage.mkdir(parents=True)
    return stage


def recover(folder: Path) -> None:
    """Clear up after a batch that was killed: half-made files go, and an earlier folder comes back."""
    shutil.rmtree(stage_of(folder), ignore_errors=True)
    earlier = folder.with_name(_EARLIER + folder.name)
    if earlier.is_dir():
        if folder.is_dir():
            shutil.rmtree(earlier, ignore_errors=True)
        else:
            os.replace(earlier, folder)


def clear_up(out: Path) -> None:
    """Remove what a killed batch left half-made in its folder; only while nobody else works there."""
    for folder in out.glob(f"{_EARLIER}*"):
        recover(folder.with_name(folder.name.removeprefix(_EARLIER)))
    for path in (*out.glob(f"{UNFINISHED}*"), *out.glob(".index-*.html.*")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def output_hashes(stage: Path, row: str) -> dict[str, str]:
    """Path of each file in a row's stage, as it will be in the batch's folder → SHA-256 of its bytes."""
    paths = sorted(path for path in stage.rglob("*") if path.is_file())
    return {f"{row}/{path.relative_to(stage).as_posix()}": sha256_of(path) for path in paths}


def put_in_place(stage: Path, folder: Path) -> None:
    """Put the stage where the row's folder is, in one step.

    Other files that lie in the folder stay: those of other languages and formats, and the user's own; notebooks of an
    earlier failure go.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; the row's folder is then as it was.
    """
    for path in sorted(stage.rglob("*")):
        if path.is_file():
            _flush(path)
    if folder.is_dir():
        _bring_along(folder, stage)
        _swap(stage, folder)
        shutil.rmtree(stage, ignore_errors=True)
    else:
        os.rename(stage, folder)
    _flush_folder(folder.parent)


def keep_failed(folder: Path, language: str, write: Callable[[Path], object]) -> None:
    """Keep the executed notebook of a failed row beside its earlier files; on a full disk it is not kept."""
    made = not folder.exists()
    partial = folder / f".{_FAILED}{language}.ipynb"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(partial)
        os.replace(partial, folder / f"{_FAILED}{language}.ipynb")
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        if made:
            with suppress(OSError):
                folder.rmdir()


def failed_notebooks(folder: Path) -> tuple[Path, ...]:
    """The executed notebooks of a failed row."""
    return tuple(sorted(folder.glob(f"{_FAILED}*.ipynb")))


def forget_failure(folder: Path) -> None:
    """Remove the executed notebooks of a row's failure, and its folder if nothing else is in it."""
    for path in failed_notebooks(folder):
        path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def are_as_told(out: Path, outputs: Mapping[str, str]) -> bool:
    """Whether every output is there and its bytes have the hash told."""
    try:
        return all(sha256_of(out / path) == told for path, told in outputs.items())
    except OSError:
        return False


def _bring_along(folder: Path, stage: Path) -> None:
    """Give the stage the files of the earlier folder that it lacks, under a second name where the disk can do that."""
    for path in sorted(folder.rglob("*")):
        target = stage / path.relative_to(folder)
        if target.exists() or path.is_dir() or path.name.startswith((_FAILED, f".{_FAILED}")):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target, follow_symlinks=False)
        except OSError:
            shutil.copy2(path, target, follow_symlinks=False)


def _swap(stage: Path, folder: Path) -> None:
    if _exchange(stage, folder):
        return
    earlier = folder.with_name(_EARLIER + folder.name)
    os.rename(folder, earlier)
    try:
        os.rename(stage, folder)
    except OSError:
        os.rename(earlier, folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot do that."""
    call = _renameat2()
    if call is None:
        return False
    return bool(call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


@cache
def _renameat2() -> Callable[..., int] | None:
    try:
        call = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError, TypeError):
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    call.restype = ctypes.c_int
    return call


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
