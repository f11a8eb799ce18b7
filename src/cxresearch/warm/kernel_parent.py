"""The process that Jupyter's warm kernels are forked from: its imports are done, and it has no shell of its own.

It is a second kind of parent beside the one that runs notebooks without a protocol: a kernel that speaks to clients
makes its own shell, and IPython allows one per process.
"""

from __future__ import annotations

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cxresearch.warm.descent import adopt_orphans, end_group, end_strangers, threads
from cxresearch.warm.kernel_request import ASKED, REQUEST
from cxresearch.warm.preload import changed_at, loaded_sources
from cxresearch.warm.pristine import import_companions

KERNEL_MODULES = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.heartbeat")
_CLIENT_LOOKED_AT = 5.0
"""Seconds between looks at whether the client still lives, should a copy of its socket keep the line open."""


@dataclass(frozen=True, slots=True)
class Birth:
    """What a kernel gets when it is forked, as file descriptors: a file that says what it is to be, and its streams."""

    request: int
    streams: tuple[int, ...]


class Parent:
    """Forks a kernel per request and tells the client, over the kernel's link, its process id and its end.

    Kernels do not outlive the client. When a file that was imported has changed, the parent forks no more kernels: a
    kernel that is restarted is to see the change, so the client starts a new parent. The old one ends with its last
    kernel.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._client = os.getppid()
        self._links: dict[int, socket.socket] = {}
        self._loaded = loaded_sources()
        self._retired = False
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)

    def serve(self) -> Birth | None:
        """Serve until the client is gone; in a kernel that was forked, its birth."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while self._links or not self._retired:
                ready = {key.fileobj for key, _ in selector.select(_CLIENT_LOOKED_AT)}
                if self._woken in ready:
                    self._woken.recv(4096)
                self._bury()
                if os.getppid() != self._client:
                    break
                if self._control in ready:
                    message, descriptors, *_ = socket.recv_fds(self._control, 64, ASKED)
                    if message != REQUEST:
                        break
                    birth = self._answer(descriptors)
                    if birth is not None:
                        return birth
        self._end_all()
        return None

    def _answer(self, descriptors: Sequence[int]) -> Birth | None:
        link, request, streams = socket.socket(fileno=descriptors[0]), descriptors[1], descriptors[2:]
        self._retired = self._retired or changed_at(self._loaded) != self._loaded
        child = None if self._retired else os.fork()
        if child == 0:
            link.close()
            self._leave_to_the_parent()
            return Birth(request, tuple(streams))
        close_all(descriptors[1:])
        if child is None:
            tell(link, "stale")
            link.close()
        else:
            self._links[child] = link
            tell(link, f"pid {child}")
        return None

    def _leave_to_the_parent(self) -> None:
        """In a kernel: let go of what is the parent's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for shared in (self._control, self._woken, self._wake, *self._links.values()):
            shared.close()

    def _bury(self) -> None:
        """Tell the clients of kernels that have ended how, and end what these left running in their group."""
        for child in list(self._links):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                end_group(child)
                link = self._links.pop(child)
                tell(link, f"ended {os.waitstatus_to_exitcode(status)}")
                link.close()
                end_strangers(self._links)

    def _end_all(self) -> None:
        for child in self._links:
            end_group(child)
        end_strangers(())


def tell(link: socket.socket, line: str) -> None:
    """Send a line to a client that may be gone."""
    try:
        link.sendall(line.encode() + b"\n")
    except OSError:
        return


def close_all(descriptors: Sequence[int]) -> None:
    """Close file descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)


def load(modules: Sequence[str]) -> None:
    """Import modules; one that is not installed is left to the notebook that wants it."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            sys.stderr.write(f"{module}: {error}\n")
    import_companions()


def prepare(descriptor: int, modules: Sequence[str]) -> Parent | None:
    """The parent, ready to serve on a socket; None if it has threads, which no fork would take along."""
    adopt_orphans()
    load((*KERNEL_MODULES, *modules))
    gc.collect()
    gc.freeze()
    return Parent(socket.socket(fileno=descriptor)) if len(threads()) == 1 else None
