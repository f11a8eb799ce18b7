"""Many rows some at a time, so that what is computed from them on the way never fills the memory."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK = 500_000
"""Rows; fewer than this are taken at once."""


def blocks(n_rows: int) -> Iterator[slice]:
    """The rows 0..n_rows-1 in consecutive slices of at most `BLOCK` rows; one, empty, if there are none."""
    for start in range(0, max(n_rows, 1), BLOCK):
        yield slice(start, min(start + BLOCK, n_rows))
