"""One comparison: our computation and a peer's on the same data, the quickest of some rounds of each."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Values = ArrayLike


@dataclass(frozen=True)
class Row:
    """A line of the table; `peer_seconds` is None where the peer is not installed.

    `share` is the share of the whole work that the peer did: its time is divided by it, and `peer` says so.
    """

    work: str
    size: str
    peer: str
    peer_seconds: float | None
    own_seconds: float
    wanted: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times longer the peer takes."""
        return None if self.peer_seconds is None else self.peer_seconds / self.own_seconds


@dataclass(frozen=True)
class Timed:
    """Seconds of the quickest round, and what it found."""

    seconds: float
    values: Values


def optional(package: str) -> Any | None:
    """A peer's package, None where it is not installed."""
    return importlib.import_module(package) if importlib.util.find_spec(package.partition(".")[0]) else None


def timed(work: Callable[[], Values], rounds: int = 3) -> Timed:
    """Run some rounds of a piece of work; the quickest counts."""
    seconds: list[float] = []
    found: Values = ()
    for _ in range(rounds):
        started = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - started)
    return Timed(min(seconds), found)


def agree(own: Values, peer: Values, *, rtol: float, atol: float = 0.0) -> None:
    """Stop where the two do not find the same.

    Raises
    ------
    AssertionError
        With both values: a fast wrong answer is no result.
    """
    np.testing.assert_allclose(np.asarray(own, dtype=float), np.asarray(peer, dtype=float), rtol=rtol, atol=atol)


def printed(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| work | size | ours, s | peer | peer, s | × | wanted × |", "|---|---|---:|---|---:|---:|---:|"]
    for row in rows:
        ratio = "–" if row.ratio is None else f"{row.ratio:,.1f}" if row.ratio < 10 else f"{row.ratio:,.0f}"
        peer = "not installed" if row.peer_seconds is None else f"{row.peer_seconds:.3g}"
        wanted = "" if row.wanted is None else f"{row.wanted:g}"
        note = f" ({row.note})" if row.note else ""
        lines.append(
            f"| {row.work}{note} | {row.size} | {row.own_seconds:.3g} | {row.peer} | {peer} | {ratio} | {wanted} |"
        )
    return "\n".join(lines)
