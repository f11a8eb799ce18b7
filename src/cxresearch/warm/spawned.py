"""Warm processes where none can be forked (macOS, Windows): workers started ahead, each used for one job.

A worker imports and primes while others work, so that the wait for imports overlaps with the jobs. Nothing of a job
can leak into another, for there is no other in its process.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

from nbformat import NotebookNode

from cxresearch.warm.assembly import Assembly
from cxresearch.warm.events import Event
from cxresearch.warm.results import Called, Executed, State
from cxresearch.warm.running import code_cells, unpack_problems
from cxresearch.warm.spawned_process import SpawnedProcess

_ATTEMPTS = 3


class SpawnedWorkers:
    """Runs every job in a worker process of its own.

    Parameters
    ----------
    preload, prime, arguments, processes : as of `open_warm`. As many workers as may run at the same time, or one per
        processor, are kept ready besides those that run.

    Raises
    ------
    CxError
        If a module cannot be imported or priming fails.
    """

    def __init__(
        self,
        *,
        preload: Sequence[str] = (),
        prime: str = "",
        arguments: Mapping[str, Any] | None = None,
        processes: int | None = None,
    ) -> None:
        path = [entry for entry in sys.path if entry]
        self._settings = {"preload": list(preload), "prime": prime, "arguments": dict(arguments or {}), "path": path}
        self._places = threading.BoundedSemaphore(processes) if processes else nullcontext()
        self._ahead = processes or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._idle: deque[SpawnedProcess] = deque()
        self._running: set[SpawnedProcess] = set()
        self._closed = False
        first = SpawnedProcess(self._settings)
        first.wait_until_ready()
        self._idle.append(first)
        with self._lock:
            self._start_ahead()

    def execute(
        self,
        notebook: NotebookNode,
        *,
        cwd: Path,
        seed: str = "",
        timeout: float | None = None,
        on_cell: Callable[[str, int], None] | None = None,
    ) -> Executed:
        """Run a notebook's cells as a fresh kernel would; see `Warm`."""
        task = {"kind": "notebook", "cells": code_cells(notebook), "cwd": str(Path(cwd).absolute()), "seed": seed}
        assembly = Assembly(notebook)

        def take(event: Event) -> None:
            assembly.take(event)
            if on_cell is not None and event["event"] in ("start", "end"):
                on_cell(event["event"], event["cell"])

        worker, seconds = self._run(task, timeout, take)
        assembly.stop()
        return _executed(worker, assembly, seconds)

    def call(self, function: str, arguments: Mapping[str, Any], *, timeout: float | None = None) -> Called:
        """Call `package.module:name`; see `Warm`."""
        task = {"kind": "call", "function": function, "arguments": dict(arguments), "cwd": str(Path.cwd())}
        worker, seconds = self._run(task, timeout, lambda event: None)
        return _called(worker, seconds)

    def _run(
        self, task: Mapping[str, Any], timeout: float | None, take: Callable[[Event], None]
    ) -> tuple[SpawnedProcess, float]:
        with self._places:
            worker = self._take_worker()
            begun = monotonic()
            try:
                worker.run(task, timeout, take)
            finally:
                with self._lock:
                    self._running.discard(worker)
            return worker, monotonic() - begun

    def _take_worker(self) -> SpawnedProcess:
        """A worker that is ready; another is started in its place."""
        for attempt in range(_ATTEMPTS):
            with self._lock:
                if self._closed:
                    raise RuntimeError("these warm processes are closed")
                worker = self._idle.popleft() if self._idle else SpawnedProcess(self._settings)
                self._running.add(worker)
                self._start_ahead()
            if worker.alive() or attempt + 1 == _ATTEMPTS:
                break
            self._discard(worker)
        worker.wait_until_ready()
        return worker

    def _start_ahead(self) -> None:
        while len(self._idle) < self._ahead:
            self._idle.append(SpawnedProcess(self._settings))

    def _discard(self, worker: SpawnedProcess) -> None:
        with self._lock:
            self._running.discard(worker)
        worker.end()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            self._closed = True
            left = [*self._idle, *self._running]
            self._idle.clear()
        for worker in left:
            worker.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def _executed(worker: SpawnedProcess, assembly: Assembly, seconds: float) -> Executed:
    notebook, spent = assembly.notebook, _spent(worker, seconds)
    if assembly.failed is not None and not worker.overdue:
        cell, ename, evalue = assembly.failed
        return Executed(notebook=notebook, state="error", cell=cell, ename=ename, evalue=evalue, **spent)
    if assembly.done and not worker.overdue:
        return Executed(notebook=notebook, state="ok", **spent)
    state, ename, evalue = _failure(worker)
    return Executed(notebook=notebook, state=state, cell=assembly.reached, ename=ename, evalue=evalue, **spent)


def _called(worker: SpawnedProcess, seconds: float) -> Called:
    outcome, spent = worker.outcome, _spent(worker, seconds)
    if outcome.get("event") == "value":
        return Called(state="ok", value=outcome["value"], **spent)
    if outcome.get("event") == "failed" and not worker.overdue:
        problems = unpack_problems(outcome["problems"])
        return Called(state="error", problems=problems, ename=outcome["ename"], evalue=outcome["evalue"], **spent)
    state, ename, evalue = _failure(worker)
    return Called(state=state, ename=ename, evalue=evalue, **spent)


def _failure(worker: SpawnedProcess) -> tuple[State, str, str]:
    """State, name and text of an end that no exception explains; the names are nbclient's."""
    if worker.overdue:
        return "timeout", "CellTimeoutError", f"{worker.timeout:g} s"
    return "died", "DeadKernelError", worker.how


def _spent(worker: SpawnedProcess, seconds: float) -> dict[str, Any]:
    cpu, peak = worker.spent["cpu"], int(worker.spent["peak"])
    return {"log": worker.log, "seconds": seconds, "cpu_seconds": cpu, "peak_kib": peak}
