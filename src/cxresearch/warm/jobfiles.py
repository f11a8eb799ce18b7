"""The open files that a job consists of: what to do, where events go, where its process writes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self

_LOG_BYTES = 4096


class Taking(Protocol):
    """A parent that takes jobs."""

    def run(self, files: list[int]) -> int:
        """Take a job; its number."""
        ...

    def listening(self) -> int:
        """A new descriptor that hangs up when the parent does."""
        ...


class JobFiles:
    """The files of one job; a context manager that leaves none of them open.

    Attributes
    ----------
    events : descriptor that the job's events come from. hangs_up : descriptor that hangs up when the parent does.
    """

    def __init__(self, task: Mapping[str, Any]) -> None:
        self._open = ExitStack()
        with ExitStack() as opened:
            self._task = opened.enter_context(tempfile.TemporaryFile())
            self._logs = [opened.enter_context(tempfile.TemporaryFile("a+b")) for _ in range(2)]
            self._open = opened.pop_all()
        self._task.write(json.dumps(task).encode())
        self._task.flush()
        self.events = self.hangs_up = -1

    def hand_over(self, parent: Taking) -> int:
        """Give the job to a parent; its number.

        Raises
        ------
        ConnectionError
            If the parent has ended.
        """
        self._task.seek(0)
        events, write_end = os.pipe()
        try:
            number = parent.run([self._task.fileno(), write_end, *(log.fileno() for log in self._logs)])
            self.hangs_up = parent.listening()
        except BaseException:
            os.close(events)
            raise
        finally:
            os.close(write_end)
        self.events = events
        self._open.callback(os.close, self.events)
        self._open.callback(os.close, self.hangs_up)
        return number

    def log(self, seen: Mapping[str, int]) -> str:
        """The end of what the process wrote to its descriptors 1 and 2 and no cell has shown.

        Parameters
        ----------
        seen : bytes of `stdout` and `stderr` that cells have shown.
        """
        rest = b""
        for log, shown in zip(self._logs, (seen["stdout"], seen["stderr"]), strict=True):
            size = os.fstat(log.fileno()).st_size
            begin = max(shown, size - _LOG_BYTES)
            rest += os.pread(log.fileno(), size - begin, begin)
        return rest[-_LOG_BYTES:].decode(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._open.close()
