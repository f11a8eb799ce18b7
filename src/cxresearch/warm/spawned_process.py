"""The client's side of one spawned worker: starts it, gives it its job, hears of it, ends it."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cxresearch.errors import CxError, Problem
from cxresearch.warm.events import Event, EventReader
from cxresearch.warm.running import unpack_problems
from cxresearch.warm.spawned_worker import LOGS, end_tree, packed

_BOOT = (
    "import sys; sys.path[:] = [entry for entry in sys.path if entry];"
    "from cxresearch.warm.spawned_worker import main; main(sys.argv[1])"
)
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_LOG_BYTES = 4096
_GRACE_SECONDS = 3.0
"""Between an interrupt and the kill."""
_LEAVING_SECONDS = 10.0
"""What exit functions may take after the job."""
_LOOK_SECONDS = 0.2
"""Between looks at whether a worker still lives, should a process that it has forked keep its line open."""
_OUTCOMES = ("done", "value", "failed")


class SpawnedProcess:
    """A worker. Its constructor returns at once; imports go on in the background.

    Attributes
    ----------
    outcome : the event that ended its job; empty if none did. spent : processor seconds and memory, as it told.
    timeout : seconds that a cell of its job may take. overdue : whether it was stopped for the time it took.
    how : how it ended, in the system's words.
    log : the end of what was written to the descriptors 1 and 2 and no cell has shown.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cx-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT},
            **_apart(),
        )
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()
        self._ready = self._silent = False
        self._seen = {"stdout": 0, "stderr": 0}
        self.outcome: dict[str, Any] = {}
        self.spent: dict[str, Any] = {"cpu": 0.0, "peak": 0}
        self.overdue = False
        self.timeout = 0.0
        self.how = self.log = ""
        self._send(settings)

    def wait_until_ready(self) -> None:
        """Wait until imports and priming are done.

        Raises
        ------
        CxError
            If they fail, or the worker ends before.
        """
        if self._ready:
            return
        event = self._next_event(None)
        if event is None:
            self.end()
            raise CxError(Problem(code="warm.start", details={"how": self.how, "log": self.log}))
        if event["event"] == "refused":
            self.end()
            raise CxError(unpack_problems(event["problems"]))
        self._ready = True

    def run(self, task: Mapping[str, Any], timeout: float | None, take: Callable[[Event], None]) -> None:
        """Have the job done and hear its events until the worker is gone.

        Parameters
        ----------
        timeout : seconds that a cell may take. take : hears each event; whatever it raises ends the worker.
        """
        self.timeout = timeout or 0.0
        try:
            self._send(task)
            self._attend(timeout, take)
        finally:
            self.end()

    def _attend(self, timeout: float | None, take: Callable[[Event], None]) -> None:
        until = _later(timeout)
        while "event" not in self.spent:
            try:
                event = self._next_event(until)
            except TimeoutError:
                if not self._interrupt():
                    return
                until = _later(_GRACE_SECONDS)
                continue
            if event is None:
                return
            self._note(event)
            take(event)
            if self.outcome:
                until = _later(_LEAVING_SECONDS)
            elif event["event"] in ("start", "end"):
                if self.overdue:
                    return
                until = _later(timeout)

    def _interrupt(self) -> bool:
        """Interrupt a cell that takes too long; False if that was done, cannot be done or is too late."""
        if self.outcome or self.overdue:
            return False
        self.overdue = True
        if sys.platform == "win32":
            return False
        os.killpg(self._process.pid, signal.SIGINT)
        return True

    def _note(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind in _OUTCOMES or (kind == "end" and event["ename"]):
            self.outcome = self.outcome or event
        elif kind == "write" and "seen" in event:
            self._seen[event["name"]] = event["seen"]
        elif kind == "spent":
            self.spent = event

    def _next_event(self, until: float | None) -> dict[str, Any] | None:
        """Wait for an event; None if the worker has ended.

        Raises
        ------
        TimeoutError
            If there is none in time.
        """
        while not self._silent:
            left = _LOOK_SECONDS if until is None else min(_LOOK_SECONDS, until - time.monotonic())
            try:
                event = self._events.get(timeout=max(0.0, left))
            except queue.Empty:
                if until is not None and time.monotonic() >= until:
                    raise TimeoutError from None
                self._silent = not self.alive()
            else:
                self._silent = event is None
                return event
        return None

    def _send(self, told: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(packed(told))
        self._process.stdin.flush()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        reader = EventReader()
        with self._process.stdout as source:
            while data := os.read(source.fileno(), 1 << 16):
                for event in reader.feed(data):
                    self._events.put(event)
        self._events.put(None)

    def alive(self) -> bool:
        """Whether it can take a job."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it and whatever it has started; one that is done may run its exit functions before."""
        if self.how:
            return
        if self._silent or self.outcome:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LEAVING_SECONDS)
        end_tree(self._process.pid)
        code = self._process.wait()
        self.how = _signal_name(-code) if code < 0 else f"exit {code}"
        self._hearing.join(_LOOK_SECONDS)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self.log = self._rest_of_logs()
        self._folder.cleanup()

    def _rest_of_logs(self) -> str:
        rest = b""
        for name, seen in zip(LOGS, self._seen.values(), strict=True):
            path = Path(self._folder.name, name)
            rest += path.read_bytes()[seen:][-_LOG_BYTES:] if path.exists() else b""
        return rest[-_LOG_BYTES:].decode(errors="replace")


def _apart() -> dict[str, Any]:
    """Options that keep the terminal's interrupts from a process."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _later(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
