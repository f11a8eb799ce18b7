"""Forks a child for every job of a client and tells how it ended (Linux)."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from cxresearch.warm.child import begin_child, end_child
from cxresearch.warm.descent import children, end_group, end_strangers, ending
from cxresearch.warm.events import EventWriter
from cxresearch.warm.kernelless import Kernel, forget_kernel
from cxresearch.warm.packets import receive_packet
from cxresearch.warm.preparing import Before
from cxresearch.warm.running import run_function, run_notebook

RETRY_MILLISECONDS = 50
"""Until a client that is slow to read is tried again."""
FAILED = 70
"""Exit code of a child that failed outside of its job: an internal software error in `sysexits.h`."""
ENDING_SECONDS = 5.0
"""What killed children may take to be gone."""


class Parent:
    """Forks children for jobs and tells how they ended."""

    def __init__(self, end: socket.socket, kernel: Kernel, before: Before) -> None:
        self._end, self._kernel, self._before = end, kernel, before
        self._jobs: dict[int, tuple[int, int]] = {}
        self._untold: list[tuple[int, bytes]] = []
        self._own = children()
        self._woken, self._waker = os.pipe()
        for descriptor in (self._woken, self._waker):
            os.set_blocking(descriptor, False)

    def serve(self) -> None:
        """Serve until the client closes its end."""
        signal.signal(signal.SIGCHLD, _noted)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(RETRY_MILLISECONDS if self._untold else None)}
            self._tell()
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                self._reap()
            if self._end.fileno() in ready and not self._take():
                break
        self._end_all()

    def _end_all(self) -> None:
        for pid in self._jobs:
            end_group(pid)
        latest = time.monotonic() + ENDING_SECONDS
        while self._jobs and time.monotonic() < latest:
            self._reap()
            time.sleep(0.001)
        end_strangers(())

    def _take(self) -> bool:
        received = receive_packet(self._end)
        if received is None:
            return False
        packet, files = received
        if packet["do"] == "run":
            self._run(packet["job"], *files)
        else:
            self._signal(packet["job"], packet["signal"])
        return True

    def _run(self, number: int, job: int, events: int, out: int, err: int) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        try:
            pid = os.fork()
        except OSError as error:
            self._untold.append((events, _ended(errno.errorcode.get(error.errno or 0, str(error)))))
        else:
            if pid == 0:
                self._become_child(parent, job, events, out, err)
            self._jobs[pid] = (number, events)
        for descriptor in (job, out, err):
            os.close(descriptor)

    def _become_child(self, parent: int, job: int, events: int, out: int, err: int) -> NoReturn:
        leave, complain, emit = os._exit, os.write, EventWriter(events)
        try:
            others = [told for _, told in self._jobs.values()] + [told for told, _ in self._untold]
            task = begin_child(parent, job, out, err, [self._end.detach(), self._woken, self._waker, *others])
            emit({"event": "begun", "pid": os.getpid()})
            if task.pop("kind") == "notebook":
                run_notebook(self._kernel, emit=emit, **task)
            else:
                forget_kernel(self._kernel, self._before.main, self._before.environment)
                run_function(emit=emit, **task)
            end_child()
        except BaseException as error:
            complain(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            leave(FAILED)

    def _signal(self, number: int, sent: int) -> None:
        for pid, (job, _) in self._jobs.items():
            if job == number:
                with suppress(ProcessLookupError):
                    os.killpg(pid, sent) if _leads(pid) else os.kill(pid, sent)

    def _reap(self) -> None:
        """Tell of every ended job, after nothing of it is left."""
        while self._jobs:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                break
            pid = ended.si_pid
            end_group(pid)
            _, status, usage = os.wait4(pid, 0)
            if pid not in self._jobs:
                continue
            _, events = self._jobs.pop(pid)
            if not end_strangers({*self._jobs, *self._own}):
                self._own = children() - set(self._jobs)  # one that cannot be killed is waited for only once
            self._untold.append((events, _ended(ending(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)))
        self._tell()

    def _tell(self) -> None:
        """Tell of ends; where the client is slow to read, later, so that nobody else waits for it."""
        for events, line in self._untold[:]:
            if select.select([], [events], [], 0)[1]:
                with suppress(BrokenPipeError):
                    os.write(events, line)
                os.close(events)
                self._untold.remove((events, line))


def _ended(how: str, cpu: float = 0.0, peak: int = 0) -> bytes:
    """The last event of a job, on a line of its own whatever came before."""
    return b"\n" + json.dumps({"event": "ended", "how": how, "cpu": cpu, "peak": peak}).encode() + b"\n"


def _leads(pid: int) -> bool:
    return os.getpgid(pid) == pid


def _noted(number: int, frame: FrameType | None) -> None:
    """The signal is told through the wake-up descriptor."""
