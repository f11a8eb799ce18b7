"""Reaching a file: is it there, is it a file, may it be read, is there anything in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cxresearch.errors import Problem, ReadError
from cxresearch.readers.refusal import refusal

_CHUNK = 1 << 24

_SIGNATURES = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"PAR1", "parquet"),
    (b"$FL2", "sav"),
    (b"$FL3", "zsav"),
    (b"<stata_dta>", "dta"),
    (b"SQLite format 3\x00", "sqlite"),
)


def check_file(path: Path, shown_as: str) -> None:
    """Refuse a path that is not a readable file with content.

    Raises
    ------
    ReadError
        Missing file, folder, no permission, zero bytes.
    """
    if not path.exists():
        raise ReadError(Problem(code="missing_file", file=shown_as))
    if path.is_dir():
        raise refusal("folder", shown_as)
    try:
        with path.open("rb") as stream:
            content = stream.read(1)
    except PermissionError:
        raise refusal("no_permission", shown_as) from None
    if not content:
        raise refusal("empty_file", shown_as)


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file in pieces of 16 MiB."""
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def format_of_content(head: bytes) -> str | None:
    """The format that the first bytes of a file give away; None for text."""
    return next((name for signature, name in _SIGNATURES if head.startswith(signature)), None)
