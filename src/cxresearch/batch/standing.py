"""How a row stands before a batch: to be made, and why, or there already."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cxresearch.batch.journal import Past
from cxresearch.batch.placing import are_as_told
from cxresearch.batch.rows import Row

Why = Literal["new", "failed", "changed", "damaged", "unchanged"]
"""Never made; failed the last time; what it rests on has changed; a file is missing or was changed; all is well."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A row and why it is to be made; `unchanged` if it is not."""

    row: Row
    why: Why


def standings(rows: Sequence[Row], past: Past, out: Path) -> list[Standing]:
    """How each row stands: its key against the journal's, and each of its files against the hash told there."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda row: Standing(row, _why(row, past, out)), rows))


def _why(row: Row, past: Past, out: Path) -> Why:
    done = past.done.get(row.id)
    if done is not None and done.key == row.key and done.outputs:
        return "unchanged" if are_as_told(out, done.outputs) else "damaged"
    if row.id in past.failed:
        return "failed"
    return "new" if done is None else "changed"
