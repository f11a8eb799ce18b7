"""Files that appear whole or not at all, and never replace another."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cxresearch.errors import OutputError, Problem


def write_new(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write new files into a folder, which is made if need be.

    Raises
    ------
    OutputError
        If one of them is already there, or cannot be written; then none has been written.
    """
    taken = [name for name in files if os.path.lexists(folder / name)]
    if taken:
        raise OutputError(Problem(code="study.draft_exists", file=str(folder / name)) for name in taken)
    written: list[Path] = []
    made: list[Path] = []
    try:
        made = _make(folder)
        for name, content in files.items():
            _publish(folder / name, content)
            written.append(folder / name)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        for path in reversed(made):
            path.rmdir()
        if isinstance(error, FileExistsError):
            raise OutputError(Problem(code="study.draft_exists", file=str(error.filename2 or folder))) from None
        reason = error.strerror or type(error).__name__
        raise OutputError(Problem(code="study.draft_not_written", file=str(folder), value=reason)) from None
    return tuple(written)


def _make(folder: Path) -> list[Path]:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _publish(path: Path, content: bytes) -> None:
    """Write beside the goal, then link: the goal appears complete, and only where nothing was."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o666 & ~_umask())
        _link(name, path)
    finally:
        os.unlink(name)


def _link(name: str, path: Path) -> None:
    """Give the finished file its name; on drives that know no links, by writing it where nothing was."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:
        with path.open("xb") as stream:
            try:
                stream.write(Path(name).read_bytes())
            except OSError:
                path.unlink()
                raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
