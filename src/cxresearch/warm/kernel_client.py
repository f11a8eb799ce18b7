"""The side of Jupyter: starts the parents of warm kernels and asks them for kernels."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from cxresearch.warm.kernel_handle import ForkedKernel
from cxresearch.warm.kernel_request import REQUEST

_BOOT = (
    "import sys; sys.path[:] = [entry for entry in sys.path if entry];"
    "from cxresearch.warm.kernel_child import main; main(sys.argv[1:])"
)
"""The working folder is no place to import from until a kernel says so."""

_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_A_KERNELS_OWN = ("JPY_PARENT_PID", "MPLBACKEND")
_READ_AT_START = ("PYTHON", "LD_", "LC_", "LANG")
_ENDS_WITHIN = 10.0


class KernelParent:
    """The parent process of this program's warm kernels.

    Parameters
    ----------
    preload : modules that it imports. environment : its environment variables.
    """

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, str(theirs.fileno()), *preload],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={name: value for name, value in environment.items() if name not in _A_KERNELS_OWN} | _ONE_THREAD,
                start_new_session=True,
            )
        self._control = ours
        self._owner = os.getpid()

    def alive(self) -> bool:
        """Whether this process can ask it."""
        return self._owner == os.getpid() and self._process.poll() is None

    def refuses(self) -> bool:
        """Whether it ended by itself because it cannot serve."""
        return self._owner == os.getpid() and (self._process.poll() or 0) > 0

    def fork(self, request: Mapping[str, Any], streams: Sequence[int]) -> ForkedKernel:
        """Ask for a kernel; whether it was born is known when it is `settled`.

        Parameters
        ----------
        request : `cwd`, `environment`, `command` and `arguments` of the kernel.
        streams : file descriptors of its standard input, output and error.
        """
        link, theirs = socket.socketpair()
        kernel = ForkedKernel(link)
        with theirs, tempfile.TemporaryFile() as told:
            told.write(json.dumps(request).encode())
            told.seek(0)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                socket.send_fds(self._control, [REQUEST], [theirs.fileno(), told.fileno(), *streams])
        return kernel

    def close(self) -> None:
        """End the parent and its kernels."""
        self._control.close()
        if self._owner != os.getpid():
            return
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class KernelParents:
    """The parents of this program, one for each set of modules and of variables that Python reads when it starts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parents: dict[Hashable, KernelParent] = {}
        self._left: list[KernelParent] = []

    def get(self, preload: Sequence[str], environment: Mapping[str, str]) -> KernelParent | None:
        """The parent to ask, started if there is none; None if such a parent cannot serve."""
        read = frozenset(item for item in environment.items() if item[0].startswith(_READ_AT_START))
        key = (os.getpid(), tuple(preload), read)
        with self._lock:
            parent = self._parents.get(key)
            if parent is not None and parent.refuses():
                return None
            if parent is None or not parent.alive():
                parent = self._parents[key] = KernelParent(preload, environment)
            return parent

    def leave(self, parent: KernelParent) -> None:
        """Ask a parent no more; it ends with its last kernel."""
        with self._lock:
            if parent.refuses():
                return
            self._parents = {key: other for key, other in self._parents.items() if other is not parent}
            self._left.append(parent)

    def close(self) -> None:
        """End all parents and their kernels."""
        with self._lock:
            for parent in (*self._parents.values(), *self._left):
                parent.close()
            self._parents.clear()
            self._left.clear()


PARENTS = KernelParents()
atexit.register(PARENTS.close)
