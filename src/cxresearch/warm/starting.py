"""Starts a warm parent and speaks with it (Linux)."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from cxresearch.errors import CxError, Problem
from cxresearch.warm.descent import signal_name
from cxresearch.warm.packets import clipped, receive_packet, send_packet
from cxresearch.warm.running import unpack_problems

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYTHONHASHSEED": "0",
}
_CLOSING_SECONDS = 10.0


class ParentProcess:
    """A started warm parent."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self.end, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs, tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile() as log:
                json.dump({**settings, "path": [entry for entry in sys.path if entry]}, told)
                told.seek(0)
                self.process = _popen(theirs.fileno(), told.fileno(), log.fileno())
                theirs.close()
                self._wait_until_ready(log.fileno())
        except BaseException:
            self.end.close()
            raise

    def _wait_until_ready(self, log: int) -> None:
        try:
            received = receive_packet(self.end)
        except BaseException:
            self.close()
            raise
        if received is None:
            how = self.close()
            said = clipped(os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace"), 2000).strip()
            raise CxError(Problem(code="warm.start", details={"how": how, "log": said}))
        packet, files = received
        if not packet["ready"]:
            self.close()
            with open(files[0], encoding="ascii") as file:
                raise CxError(unpack_problems(file.read()))

    def run(self, files: Sequence[int]) -> int:
        """Hand over a job as the open files that it consists of; its number."""
        with self._lock:
            number = next(self._numbers)
            send_packet(self.end, {"do": "run", "job": number}, files)
            return number

    def signal(self, job: int, number: int) -> None:
        """Send a signal to the processes of a job."""
        with self._lock:
            try:
                send_packet(self.end, {"do": "signal", "job": job, "signal": number})
            except OSError:
                return

    def alive(self) -> bool:
        """Whether it can take jobs."""
        return self.process.poll() is None

    def listening(self) -> int:
        """A new descriptor that hangs up when the parent does; the caller closes it."""
        return os.dup(self.end.fileno())

    def ending(self) -> str:
        """Wait for its end; how it ended, in the system's words."""
        try:
            code = self.process.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return signal_name(-code) if code < 0 else f"exit {code}"

    def close(self) -> str:
        """End it with all its children; how it ended, in the system's words."""
        with suppress(OSError):
            self.end.shutdown(socket.SHUT_RDWR)
        how = self.ending()
        with self._lock:
            self.end.close()
        return how


def _popen(end: int, told: int, log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cxresearch.warm.parent", str(end)],
        stdin=told,
        stdout=log,
        stderr=log,
        env={**os.environ, **_ENVIRONMENT},
        pass_fds=[end],
        start_new_session=True,
    )
