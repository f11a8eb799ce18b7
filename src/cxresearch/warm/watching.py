"""Watches over one job in a child of a warm parent: hears its events, keeps its time, ends it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any, Protocol

from cxresearch.warm.descent import end_group
from cxresearch.warm.events import Event, EventReader
from cxresearch.warm.results import OnCell

GRACE_SECONDS = 3.0
"""Between an interrupt and the kill."""
LEAVING_SECONDS = 10.0
"""What exit functions may take after the last cell, and a killed process to be gone."""
STARTING_SECONDS = 60.0
"""What a child may take at least before its first cell, on a busy machine too."""
LOST_SECONDS = 2.0
"""For the last words of a child whose parent was lost."""


class Forking(Protocol):
    """What a watch needs of a warm parent."""

    def signal(self, job: int, number: int) -> None:
        """Send a signal to the processes of a job."""
        ...

    def ending(self) -> str:
        """How the parent ended."""
        ...


class Watch:
    """The client's eye on one job.

    Attributes
    ----------
    timeout : seconds that a cell may take. pid : of the child; 0 before it told.
    outcome : the event that ended its work. ended : how its process ended.
    overdue : whether it was stopped for the time it took. seen : bytes per stream that cells have told of.
    """

    def __init__(self, parent: Forking, job: int, timeout: float | None, on_cell: OnCell | None) -> None:
        self._parent, self._job, self._on_cell = parent, job, on_cell
        self.timeout = timeout
        self.pid = 0
        self.outcome: dict[str, Any] = {}
        self.ended: dict[str, Any] = {}
        self.overdue = False
        self.seen = {"stdout": 0, "stderr": 0}
        self._harshness = [signal.SIGKILL, signal.SIGINT]
        self._lost = self._silenced = False
        self._until: float | None = None
        self._allow(None if timeout is None else max(timeout, STARTING_SECONDS))

    def attend(self, events: int, hangs_up: int, take: Callable[[Event], None]) -> None:
        """Hear the job's events until nothing of it is left.

        Parameters
        ----------
        events : descriptor that the events come from. hangs_up : descriptor that hangs up when the parent does.
        take : hears each event. Whatever it raises, an interrupt included, ends the job.
        """
        try:
            self._hear_all(events, hangs_up, take)
        except BaseException:
            self._parent.signal(self._job, signal.SIGKILL)
            self._harshness, self._on_cell = [], None
            self._allow(LEAVING_SECONDS)
            self._hear_all(events, hangs_up, lambda event: None)
            raise
        if not self.ended:
            self.ended = {"how": self._parent.ending(), "cpu": 0.0, "peak": 0}
            if self.pid:
                end_group(self.pid)

    def _hear_all(self, events: int, hangs_up: int, take: Callable[[Event], None]) -> None:
        poll, reader = select.poll(), EventReader()
        poll.register(events, select.POLLIN)
        poll.register(hangs_up, 0)
        while not self.ended:
            ready = [descriptor for descriptor, _ in poll.poll(self._left())]
            if events in ready:
                data = os.read(events, 1 << 16)
                if not data:
                    return
                for event in reader.feed(data):
                    self._note(event)
                    if not self._silenced:
                        take(event)
                    self._silenced |= self.overdue and event["event"] == "end"
            elif ready:
                poll.unregister(hangs_up)
                self._lost = True
                self._allow(LOST_SECONDS)
            elif not self._stop():
                return

    def _note(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "begun":
            self.pid = event["pid"]
        elif kind == "call":
            self._allow(self.timeout)
        elif kind in ("start", "end"):
            self._note_cell(kind, event)
        elif kind == "write":
            self.seen[event["name"]] = event.get("seen", self.seen[event["name"]])
        elif kind in ("done", "value", "failed"):
            self._leave(event)
        elif kind == "ended":
            self.ended = event

    def _note_cell(self, kind: str, event: dict[str, Any]) -> None:
        if self._on_cell is not None:
            self._on_cell(kind, event["cell"])
        if self.overdue:
            self._stop()
        elif kind == "end" and event["ename"]:
            self._leave(event)
        else:
            self._allow(self.timeout)

    def _leave(self, event: dict[str, Any]) -> None:
        self.outcome = event
        self._harshness = [signal.SIGKILL]
        self._allow(LEAVING_SECONDS)

    def _stop(self) -> bool:
        """Stop what takes too long, harder every time; False if there is nothing harder."""
        if self._lost or not self._harshness:
            return False
        self.overdue |= not self.outcome
        number = self._harshness.pop()
        self._parent.signal(self._job, number)
        self._allow(GRACE_SECONDS if number == signal.SIGINT else LEAVING_SECONDS)
        return True

    def _allow(self, seconds: float | None) -> None:
        self._until = None if seconds is None else time.monotonic() + seconds

    def _left(self) -> float | None:
        return None if self._until is None else max(0.0, (self._until - time.monotonic()) * 1000)
