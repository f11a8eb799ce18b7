"""Where the files of a study may lie.

A relative path stays inside the study folder, so that a study received from elsewhere cannot reach files that its
reader never named; an absolute path is plain to see and is allowed, because personal data often must stay on a drive
of their own. Links inside the folder are followed: whoever can make one can also read what it points at.
"""

from __future__ import annotations

import ntpath
import posixpath
from pathlib import Path, PurePosixPath


def is_absolute(path: str) -> bool:
    """Whether a path is absolute on this or another system (`C:/data` is, everywhere)."""
    return posixpath.isabs(path) or bool(ntpath.splitdrive(path)[0]) or path.startswith(("~/", "~\\"))


def inside(path: str) -> bool:
    """Whether a declared path is allowed: absolute, or relative without leaving the study folder."""
    if is_absolute(path):
        return True
    steps = PurePosixPath(posixpath.normpath(path.replace("\\", "/"))).parts
    return not steps or steps[0] != ".."


def placed(folder: Path, path: str) -> Path:
    """A declared path as a file: relative ones start from the study folder, `~` is the user's home."""
    if is_absolute(path):
        return Path(path).expanduser()
    return folder / path.replace("\\", "/")
