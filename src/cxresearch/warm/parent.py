"""The warm parent: a process of one thread that has all imports done and forks a child for every job (Linux).

Started by `starting.py` as `python -m cxresearch.warm.parent`, with its settings as JSON on standard input and the
number of its socket as argument. It ends when the client closes the other end of the socket.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from cxresearch.errors import CxError
from cxresearch.warm.child import begin_child, end_child
from cxresearch.warm.descent import adopt_orphans, children, die_with_parent, end_group, end_strangers, ending
from cxresearch.warm.events import EventWriter
from cxresearch.warm.kernelless import Kernel, forget_kernel
from cxresearch.warm.packets import receive_packet, send_packet
from cxresearch.warm.preparing import Before, prepare
from cxresearch.warm.running import pack_problems, run_function, run_notebook

RETRY_MILLISECONDS = 50
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
        pid = os.fork()
        if pid == 0:
            self._become_child(parent, job, events, out, err)
        for descriptor in (job, out, err):
            os.close(descriptor)
        self._jobs[pid] = (number, events)

    def _become_child(self, parent: int, job: int, events: int, out: int, err: int) -> NoReturn:
        emit = EventWriter(events)
        try:
            others = [descriptor for _, descriptor in self._jobs.values()] + [
                descriptor for descriptor, _ in self._untold
            ]
            close = [self._end.detach(), self._woken, self._waker, *others]
            task = begin_child(parent, job, out, err, close)
            emit({"event": "begun", "pid": os.getpid()})
            if task.pop("kind") == "notebook":
                run_notebook(self._kernel, emit=emit, **task)
            else:
                forget_kernel(self._kernel, self._before.main, self._before.environment)
                run_function(emit=emit, **task)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(70)
        end_child()

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
            end_strangers({*self._jobs, *self._own})
            told = {"cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss, "how": ending(status)}
            self._untold.append((events, b"\n" + json.dumps({"event": "ended", **told}).encode() + b"\n"))
        self._tell()

    def _tell(self) -> None:
        """Tell of ends; where the client is slow to read, later, so that nobody else waits for it."""
        for events, line in self._untold[:]:
            if select.select([], [events], [], 0)[1]:
                with suppress(BrokenPipeError):
                    os.write(events, line)
                os.close(events)
                self._untold.remove((events, line))


def _leads(pid: int) -> bool:
    return os.getpgid(pid) == pid


def _noted(number: int, frame: FrameType | None) -> None:
    """The signal is told through the wake-up descriptor."""


def keep(serving: int) -> NoReturn:
    """Wait for the serving process and leave nothing of it behind, however it ended; then end as it did."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == serving:
            break
    end_strangers(())
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        with suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _refuse(end: socket.socket, problems: str) -> None:
    with tempfile.TemporaryFile("w+") as file:
        file.write(problems)
        file.seek(0)
        send_packet(end, {"ready": False}, [file.fileno()])


def main(number: int) -> None:
    """Serve the client at the other end of the socket with this number.

    This process only keeps watch: it forks the one that serves. When that one is killed, what its children have
    started comes to this one, which ends it.
    """
    adopt_orphans()
    keeper = os.getpid()
    serving = os.fork()
    if serving:
        os.close(number)
        keep(serving)
    die_with_parent(keeper)
    settings = json.load(sys.stdin)
    sys.path[:] = settings["path"]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    adopt_orphans()
    with socket.socket(fileno=number) as end:
        end.set_inheritable(False)
        try:
            kernel, before = prepare(settings)
        except CxError as error:
            _refuse(end, pack_problems(error.problems))
            return
        gc.collect()
        gc.freeze()
        with suppress(BrokenPipeError):
            send_packet(end, {"ready": True})
        Parent(end, kernel, before).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
