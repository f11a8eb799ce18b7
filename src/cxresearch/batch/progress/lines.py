"""Where people read progress, and the plain kind: a line per report, for logs and pipes."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol, TextIO


class Screen(Protocol):
    """Where people read progress."""

    def begin(self, total: int, done: int) -> None:
        """The rows in all, and how many are done before the first."""

    def show(self, done: int, left: str, running: str) -> None:
        """Rows done, the time left and the rows at work, where these can be shown in place."""

    def row(self, text: str, failure: str, *, bad: bool) -> None:
        """A row that has ended, and what went wrong."""

    def print(self, text: str) -> None:
        """A sentence."""

    def end(self) -> None:
        """Nothing more is shown in place."""


class PlainLines:
    """A line per report; nothing is ever written over.

    A reader that goes away, or a log on a full disk, does not stop the batch.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, total: int, done: int) -> None:
        """Nothing to show before the first row."""

    def show(self, done: int, left: str, running: str) -> None:
        """Lines cannot be changed afterwards."""

    def row(self, text: str, failure: str, *, bad: bool) -> None:
        """The row, and indented under it what went wrong."""
        del bad
        self.print(text + (f"\n    {failure}" if failure else ""))

    def print(self, text: str) -> None:
        """Write a line at once."""
        with suppress(OSError, ValueError):
            self._stream.write(text + "\n")
            self._stream.flush()

    def end(self) -> None:
        """Nothing to take away."""
