"""Jupyter kernels whose imports are done: the kernel provisioner `cx-warm`.

A kernel specification names it (`"kernel_provisioner": {"provisioner_name": "cx-warm"}`), and whatever starts kernels
through jupyter_client (JupyterLab, nbclient, nbval, papermill) gets them forked from a process that has imported what
data notebooks import. Where that cannot be, the kernel is started the ordinary way.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ipykernel_launcher
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.localinterfaces import localhost
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import List, Unicode, default

from cxresearch.warm.kernel_client import PARENTS
from cxresearch.warm.kernel_handle import LOOK_AGAIN, ForkedKernel
from cxresearch.warm.preload import preloaded

_UNDERSTOOD = {"env", "cwd", "stdin", "stdout", "stderr", "independent", "extra_arguments", "kernel_id"}
_LONGEST_SOCKET = 100
"""Bytes of a socket's path that every system allows."""


class WarmProvisioner(LocalProvisioner):
    """Forks IPython kernels from a parent that this program keeps, and otherwise does what Jupyter's own does."""

    preload = List(Unicode(), config=True, help="Modules that kernels find imported.")

    _remove_sockets: Callable[[], object] | None = None

    @default("preload")
    def _default_preload(self) -> list[str]:
        return preloaded()

    async def pre_launch(self, **options: Any) -> dict[str, Any]:
        """Prepare a start; the kernel is reached through sockets in a folder of its own, so ports need not be free."""
        if _forks():
            self._prefer_sockets()
        return await super().pre_launch(**options)

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it the ordinary way."""
        request = _request(cmd, options)
        kernel = None if request is None else await self._forked(request, options)
        if kernel is None:
            self.log.debug("cx-warm: this kernel is started the ordinary way")
            return await super().launch_kernel(cmd, **options)
        self.process = kernel  # type: ignore[assignment]
        self.pid = self.pgid = kernel.pid
        self.cwd = options.get("cwd") or Path.cwd()
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel's end; its exit code."""
        while self.process and await self.poll() is None:
            await asyncio.sleep(LOOK_AGAIN)
        return await super().wait()

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the kernel left; its sockets stay where they are for a restart."""
        await super().cleanup(restart)
        if self._remove_sockets is not None and not restart:
            self._remove_sockets()

    async def _forked(self, request: Mapping[str, Any], options: Mapping[str, Any]) -> ForkedKernel | None:
        for _ in range(2):  # a parent that has become stale has a successor
            parent = PARENTS.get(self.preload, request["environment"])
            if parent is None:
                break
            with _Streams(options) as streams:
                kernel = parent.fork(request, streams)
            while not kernel.settled():
                await asyncio.sleep(LOOK_AGAIN)
            if not kernel.refused:
                return kernel
            PARENTS.leave(parent)
        return None

    def _prefer_sockets(self) -> None:
        """Have the manager use sockets in a new folder instead of ports of the machine, unless it was told which."""
        manager = self.parent
        if manager is None or manager.transport != "tcp" or any(manager.ports) or manager.ip != localhost():
            return
        folder = tempfile.mkdtemp(prefix="cx-")
        if len(os.fsencode(folder)) > _LONGEST_SOCKET - len("/kernel-00"):
            Path(folder).rmdir()
            return
        self._remove_sockets = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        manager.cache_ports = False
        manager.transport = "ipc"
        manager.ip = f"{folder}/kernel"


def _forks() -> bool:
    return sys.platform == "linux" and os.environ.get("CXRESEARCH_WARM") != "spawn"


def _request(cmd: Sequence[str], options: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a forked kernel is to know; None if it cannot be what the command and the options ask for."""
    if not _forks() or options.get("independent") or set(options) - _UNDERSTOOD or not _is_own_ipykernel(cmd):
        return None
    cwd = Path(options.get("cwd") or Path.cwd()).absolute()
    if not cwd.is_dir() or subprocess.PIPE in (options.get("stdout"), options.get("stderr")):
        return None
    arguments = list(cmd[cmd.index("ipykernel_launcher") + 1 :])
    return {
        "cwd": str(cwd),
        "environment": dict(options.get("env") or os.environ),
        "command": [str(ipykernel_launcher.__file__), *arguments],
        "arguments": arguments,
    }


def _is_own_ipykernel(cmd: Sequence[str]) -> bool:
    """Whether a command starts this very Python's IPython kernel."""
    python, *rest = cmd
    if rest[:1] == ["-Xfrozen_modules=off"]:
        rest = rest[1:]
    return os.path.abspath(python) == os.path.abspath(sys.executable) and rest[:2] == ["-m", "ipykernel_launcher"]


class _Streams:
    """File descriptors for a kernel's standard streams, as `subprocess.Popen` understands its arguments."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._asked = [options.get(name) for name in ("stdin", "stdout", "stderr")]
        self._null = os.open(os.devnull, os.O_RDWR)

    def __enter__(self) -> list[int]:
        given: list[int] = []
        for number, asked in enumerate(self._asked):
            given.append(given[1] if asked == subprocess.STDOUT else self._descriptor(number, asked))
        return given

    def __exit__(self, *_: object) -> None:
        os.close(self._null)

    def _descriptor(self, number: int, asked: Any) -> int:
        if asked is None:
            return number if number and _is_open(number) else self._null
        if asked in (subprocess.DEVNULL, subprocess.PIPE):
            return self._null
        return asked if isinstance(asked, int) else int(asked.fileno())


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
