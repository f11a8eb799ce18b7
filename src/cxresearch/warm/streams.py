"""What a cell prints: `sys.stdout` and `sys.stderr`, and the file descriptors beneath them."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable
from typing import Any

from cxresearch.warm.events import Emit

NAMES = {1: "stdout", 2: "stderr"}


class Descriptors:
    """What C code and started programs write to the descriptors 1 and 2, told as output of the cell that runs.

    The descriptors are files opened for appending and reading. What is new in them is told before anything else is.

    Attributes
    ----------
    unflushed : names of the streams that were told of since they were flushed.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        readable = NAMES if hasattr(os, "pread") else {}
        self._files = {os.dup(number): name for number, name in readable.items()}
        self._seen = {file: os.fstat(file).st_size for file in self._files}
        self._size = os.fstat
        self._read: Any = getattr(os, "pread", None)
        self._lock = threading.RLock()
        self.unflushed: set[str] = set()

    def tell(self) -> None:
        """Tell what was written since the last time."""
        with self._lock:
            for file, name in self._files.items():
                seen, size = self._seen[file], self._size(file).st_size
                if size > seen:
                    text = self._read(file, size - seen, seen).decode(errors="replace")
                    self._seen[file] = size
                    self.unflushed.add(name)
                    self._emit({"event": "write", "name": name, "text": text, "seen": size})


class CellStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a notebook: every write is told at once, so that a death loses nothing.

    A process that the notebook forks writes to the descriptor instead.
    """

    encoding = "UTF-8"

    def __init__(self, number: int, emit: Emit, descriptors: Descriptors) -> None:
        self.name = NAMES[number]
        self._number = number
        self._emit = emit
        self._descriptors = descriptors
        self._getpid, self._owner, self._raw = os.getpid, os.getpid(), os.write

    def fileno(self) -> int:
        """The file descriptor for programs that are started with this stream."""
        return self._number

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return False

    def write(self, text: str) -> int:
        """Tell a text; the number of its characters."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if self._getpid() != self._owner:
            self._raw(self._number, text.encode(errors="replace"))
        elif text:
            self._descriptors.tell()
            self._descriptors.unflushed.add(self.name)
            self._emit({"event": "write", "name": self.name, "text": text})
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]
        """Tell several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """End an output: what is written next begins a new one."""
        if self._getpid() != self._owner:
            return
        self._descriptors.tell()
        if self.name in self._descriptors.unflushed:
            self._descriptors.unflushed.remove(self.name)
            self._emit({"event": "flush", "name": self.name})
