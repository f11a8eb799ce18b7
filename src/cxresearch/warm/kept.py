"""Warm processes that are kept from one notebook to the next, as long as their modules are those on disk."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cxresearch.warm.client import Warm, open_warm
from cxresearch.warm.preload import changed_at, preloaded

_SOURCES = "cxresearch.warm.preload:loaded_sources"


class _Lent:
    """Warm processes and how many use them now."""

    def __init__(self) -> None:
        self.modules = preloaded()
        self.warm = open_warm(preload=self.modules)
        self.owner = os.getpid()
        self.users = 0
        self._sources: Any = self.warm.call(_SOURCES, {}).value

    def usable(self) -> bool:
        """Whether this process opened them, with the modules that are asked for, none of which has changed since."""
        return self.owner == os.getpid() and self.modules == preloaded() and changed_at(self._sources) == self._sources


class KeptWarm:
    """Opens warm processes at their first use; closes them when the program ends or their modules have changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: _Lent | None = None
        atexit.register(self.close)

    @contextmanager
    def lent(self) -> Iterator[Warm]:
        """The warm processes, for one notebook.

        Raises
        ------
        CxError
            If they cannot be opened.
        """
        used = self._taken()
        try:
            yield used.warm
        finally:
            with self._lock:
                used.users -= 1
                if used is not self._current:
                    _close_unused(used)

    def _taken(self) -> _Lent:
        with self._lock:
            if self._current is None or not self._current.usable():
                left, self._current = self._current, None
                _close_unused(left)
                self._current = _Lent()
            self._current.users += 1
            return self._current

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            left, self._current = self._current, None
            if left is not None and left.owner == os.getpid():
                left.warm.close()


def _close_unused(left: _Lent | None) -> None:
    if left is not None and left.owner == os.getpid() and not left.users:
        left.warm.close()
