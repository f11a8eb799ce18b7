"""Where numbers come from: the files of a study and their hashes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One input of a study as the report names it.

    Attributes
    ----------
    name : the source's name in `study.yml`; file : the file as the user named it, or the address of a database.
    sha256 : hash of the file's bytes, 64 hexadecimal digits.
    """

    name: str
    file: str
    sha256: str


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 hexadecimal digits; the file is streamed, not loaded.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
