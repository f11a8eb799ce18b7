"""What a process tells of its job while it works: events, one JSON line each, through a pipe.

The process writes `start` and `end` of a cell, `write` and `flush` of its streams, every other `message` of its kernel,
and `done`; of a function `call`, then `value` or `failed`. Whoever watches over the process adds `ended`.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jupyter_client.jsonutil import json_clean, json_default

Event = Mapping[str, Any]
Emit = Callable[[Event], None]


class EventWriter:
    """Writes events to a file descriptor, whatever the code of a notebook has done to the modules it shares."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._encode = json.JSONEncoder(default=json_default, ensure_ascii=False, allow_nan=False).encode
        self._write, self._getpid, self._clean = os.write, os.getpid, json_clean
        self._owner = os.getpid()
        self._lock = threading.RLock()
        self._torn = False

    def __call__(self, event: Event) -> None:
        """Write one event; a process forked by the job's code writes none."""
        if self._getpid() != self._owner:
            return
        try:
            line = self._encode(event)
        except (TypeError, ValueError):
            line = self._encode(self._clean(event))
        self._send(line.encode(errors="replace") + b"\n")  # half a surrogate pair can be saved in no file

    def _send(self, line: bytes) -> None:
        with self._lock:
            rest = memoryview(b"\n" + line if self._torn else line)
            self._torn = True  # an interrupt may come between two writes
            while rest:
                rest = rest[self._write(self._descriptor, rest) :]
            self._torn = False


class EventReader:
    """Puts the bytes of a pipe together to events."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The events that are complete with these bytes; a line torn by the death of its writer is none."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            whole = b"".join([*self._rest, line])
            self._rest.clear()
            event = _decoded(whole)
            if event is not None:
                yield event
        if rest:
            self._rest.append(rest)


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
