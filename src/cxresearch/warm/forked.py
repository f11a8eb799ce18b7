"""The client of a warm parent that forks (Linux)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nbformat import NotebookNode

from cxresearch.warm.assembly import Assembly
from cxresearch.warm.events import Event
from cxresearch.warm.jobfiles import JobFiles
from cxresearch.warm.outcome import Report, called, executed
from cxresearch.warm.results import Called, Executed, OnCell
from cxresearch.warm.running import code_cells
from cxresearch.warm.starting import ParentProcess
from cxresearch.warm.watching import Watch

_ATTEMPTS = 3


class ForkedWorkers:
    """Runs every job in a child of one warm parent, which is started anew if it was killed."""

    def __init__(
        self,
        *,
        preload: Sequence[str] = (),
        prime: str = "",
        arguments: Mapping[str, Any] | None = None,
        processes: int | None = None,
    ) -> None:
        self._settings = {"preload": list(preload), "prime": prime, "arguments": dict(arguments or {})}
        self._places = threading.BoundedSemaphore(processes) if processes else nullcontext()
        self._lock = threading.Lock()
        self._closed = False
        self._parent = ParentProcess(self._settings)

    def execute(
        self,
        notebook: NotebookNode,
        *,
        cwd: Path,
        seed: str = "",
        timeout: float | None = None,
        on_cell: OnCell | None = None,
    ) -> Executed:
        """Run a notebook's cells as a fresh kernel would; see `Warm`."""
        task = {"kind": "notebook", "cells": code_cells(notebook), "cwd": str(Path(cwd).absolute()), "seed": seed}
        assembly = Assembly(notebook)
        report = self._run(task, timeout, on_cell, assembly.take)
        assembly.stop()
        return executed(report, assembly)

    def call(self, function: str, arguments: Mapping[str, Any], *, timeout: float | None = None) -> Called:
        """Call `package.module:name`; see `Warm`."""
        task = {"kind": "call", "function": function, "arguments": dict(arguments), "cwd": os.getcwd()}
        return called(self._run(task, timeout, None, lambda event: None))

    def _run(
        self, task: Mapping[str, Any], timeout: float | None, on_cell: OnCell | None, take: Callable[[Event], None]
    ) -> Report:
        with self._places, JobFiles(task) as files:
            begun = time.monotonic()
            parent, number = self._hand_over(files)
            watch = Watch(parent, number, timeout, on_cell)
            watch.attend(files.events, files.hangs_up, take)
            return Report(watch, files.log(watch.seen), time.monotonic() - begun)

    def _hand_over(self, files: JobFiles) -> tuple[ParentProcess, int]:
        for _ in range(_ATTEMPTS):
            parent = self._alive_parent()
            with suppress(ConnectionError):
                return parent, files.hand_over(parent)
        return parent, files.hand_over(self._alive_parent())

    def _alive_parent(self) -> ParentProcess:
        with self._lock:
            if self._closed:
                raise RuntimeError("these warm processes are closed")
            if not self._parent.alive():
                self._parent.close()
                self._parent = ParentProcess(self._settings)
            return self._parent

    def close(self) -> None:
        """End the parent and all its children."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._parent.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()
