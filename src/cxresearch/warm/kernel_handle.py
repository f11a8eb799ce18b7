"""A warm kernel as the program that asked for it sees it."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time

LOOK_AGAIN = 0.01
"""Seconds between two looks at whether a kernel was born or has ended."""

_TERMINATE, _KILL = 15, 9


class ForkedKernel:
    """A kernel that the parent forked, with the methods of `subprocess.Popen` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, link: socket.socket) -> None:
        link.setblocking(False)
        self._link = link
        self._lock = threading.Lock()
        self._told = b""
        self.pid = 0
        self.returncode: int | None = None
        self.refused = False

    def settled(self) -> bool:
        """Whether it is known if the kernel was born: `pid` is its process then, or `refused` is true."""
        self.poll()
        return bool(self.pid) or self.refused

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while the kernel lives."""
        with self._lock:
            while self.returncode is None and not self.refused and self._hear():
                pass
            return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end; the exit code."""
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None and not self.refused:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
            time.sleep(LOOK_AGAIN)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel, if it lives."""
        if self.pid and self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(_TERMINATE)

    def kill(self) -> None:
        """End the kernel."""
        self.send_signal(_KILL)

    def _hear(self) -> bool:
        """Take in what the parent has told; whether there was anything."""
        try:
            told = self._link.recv(4096)
        except BlockingIOError:
            return False
        except OSError:
            told = b""
        if not told:
            self._lost()
            return False
        *lines, self._told = (self._told + told).split(b"\n")
        for line in lines:
            self._understand(line.decode())
        return True

    def _understand(self, line: str) -> None:
        kind, _, number = line.partition(" ")
        if kind == "pid":
            self.pid = int(number)
        elif kind == "ended":
            self.returncode = int(number)
            self._link.close()
        else:
            self.refused = True
            self._link.close()

    def _lost(self) -> None:
        """The parent is gone, and the kernel with it."""
        self.refused = not self.pid
        self.returncode = -_KILL if self.pid else None
        self._link.close()
