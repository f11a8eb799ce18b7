"""The share of a batch that one of several processes makes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from cxresearch.batch.journal import NAME
from cxresearch.batch.rows import Row
from cxresearch.errors import ParameterError, Problem


@dataclass(frozen=True, slots=True)
class Shard:
    """The i-th of n shares of a batch; the first of one is all of it."""

    part: int = 1
    of: int = 1

    @property
    def lock(self) -> str:
        """Name of its lock file."""
        return f".lock-{self.part}-of-{self.of}"

    def holds(self, row: Row) -> bool:
        """Whether a row belongs to it, by a hash of the row's id."""
        return int(hashlib.sha256(row.id.encode()).hexdigest(), 16) % self.of == self.part - 1

    def journal(self, out: Path) -> Path:
        """The journal that it writes."""
        return out / (NAME if self.of == 1 else f"journal-{self.part}-of-{self.of}.jsonl")

    def journals(self, out: Path) -> list[Path]:
        """All journals that speak of its rows."""
        return sorted(out.glob("journal*.jsonl"))


def read_shard(text: str) -> Shard:
    """`i/n` as a share; empty is all.

    Raises
    ------
    ParameterError
        If it is not of that form, or there is no such share.
    """
    if not text:
        return Shard()
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    if found is None:
        raise ParameterError(Problem(code="cluster.shard", column="shard", value=text))
    part, of = int(found[1]), int(found[2])
    if not 1 <= part <= of:
        details = {"of": of}
        raise ParameterError(Problem(code="cluster.shard_range", column="shard", value=text, details=details))
    return Shard(part, of)
