"""Whether the disk has room for the reports that are to be made."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from statistics import median

from cxresearch.batch.outcome import Outcome

TYPICAL = 1_500_000
"""Bytes of a row's files in one language where none was made yet."""


def bytes_per_row(out: Path, done: Iterable[Outcome], languages: int) -> int:
    """Bytes that a row's files take: the median of those made earlier, else what is typical."""
    sizes = [_bytes(out, outcome) for outcome in done]
    return int(median(sizes)) if sizes else TYPICAL * languages


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of a folder."""
    return shutil.disk_usage(folder).free


def _bytes(out: Path, outcome: Outcome) -> int:
    size = 0
    for path in outcome.outputs:
        with suppress(OSError):
            size += (out / path).stat().st_size
    return size
