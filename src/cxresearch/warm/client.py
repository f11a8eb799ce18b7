"""The door to warm processes: what runs notebooks and functions in them, whichever way the system allows."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from nbformat import NotebookNode

from cxresearch.warm.results import Called, Executed, OnCell
from cxresearch.warm.spawned import SpawnedWorkers

if sys.platform.startswith("linux"):
    from cxresearch.warm.forked import ForkedWorkers


class Warm(Protocol):
    """Runs notebooks and functions, each in a fresh process that has its imports done.

    Its methods block and are thread-safe: one thread per running job.
    """

    def execute(
        self,
        notebook: NotebookNode,
        *,
        cwd: Path,
        seed: str = "",
        timeout: float | None = None,
        on_cell: OnCell | None = None,
    ) -> Executed:
        """Run a notebook's cells as a fresh kernel would.

        Parameters
        ----------
        cwd : working folder of its cells. seed : of `random` and of numpy's global state; empty leaves them random.
        timeout : seconds that one cell may take; None for no limit. on_cell : hears of each cell as it runs.
        """
        ...

    def call(self, function: str, arguments: Mapping[str, Any], *, timeout: float | None = None) -> Called:
        """Call `package.module:name` with JSON keyword arguments; it returns a JSON value."""
        ...

    def close(self) -> None:
        """End all processes."""
        ...

    def __enter__(self) -> Self:
        """The warm processes, until the block ends."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End all processes."""
        ...


def open_warm(
    *,
    preload: Sequence[str] = (),
    prime: str = "",
    arguments: Mapping[str, Any] | None = None,
    processes: int | None = None,
) -> Warm:
    """Start warm processes: children forked from one parent on Linux, spawned single-use workers elsewhere.

    `CXRESEARCH_WARM=spawn` in the environment asks for spawned workers on Linux too.

    Parameters
    ----------
    preload : modules to import. prime : `module:function` called with `arguments` (JSON) before any job, such as one
        that reads data into memory. processes : jobs that may run at the same time; None for as many as are asked for.

    Raises
    ------
    CxError
        If a module cannot be imported, priming fails, or the parent has a second thread, so that it cannot fork.
    """
    if sys.platform.startswith("linux") and os.environ.get("CXRESEARCH_WARM") != "spawn":
        return ForkedWorkers(preload=preload, prime=prime, arguments=arguments, processes=processes)
    return SpawnedWorkers(preload=preload, prime=prime, arguments=arguments, processes=processes)
