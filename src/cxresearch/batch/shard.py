"""Shards that work in one folder at the same time: the first prepares what all of them rest on, the others wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cxresearch.batch.codes import LockedError
from cxresearch.batch.lock import locked
from cxresearch.language import Phrase

PREPARING = ".lock-preparing"
"""Name of the lock that a process holds while it prepares."""

_LOOK = 0.5
"""Seconds between two tries."""


@contextmanager
def turn_to_prepare(out: Path, tell: Callable[[Phrase], None]) -> Iterator[None]:
    """Hold the right to prepare in the folder until the block ends; wait for it while another shard holds it.

    Whoever waited finds in the folder what the other has prepared, and has nothing to do if that still fits.

    Parameters
    ----------
    tell : hears, once, that this shard waits.

    Raises
    ------
    OutputError
        If the lock file cannot be written.
    """
    with ExitStack() as held:
        if not _taken(held, out):
            tell(Phrase("batch.shards.waiting"))
            while not _taken(held, out):
                time.sleep(_LOOK)
        yield


def _taken(held: ExitStack, out: Path) -> bool:
    try:
        held.enter_context(locked(out, PREPARING))
    except LockedError:
        return False
    return True
