"""A worker for one job, where processes cannot be forked: it imports and primes, waits for its job, and ends with it.

Started by `spawned_process.py`. Settings and then a job come on standard input, as JSON with its length before it;
events go to standard output. Once both are taken, files take their places.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import importlib.util
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from cxresearch.errors import CxError, Problem, shorten
from cxresearch.warm.events import Emit, EventWriter
from cxresearch.warm.kernelless import Kernel, forget_kernel, make_kernel
from cxresearch.warm.pristine import import_companions, kept_process_state, settle
from cxresearch.warm.running import find_function, pack_problems, run_function, run_notebook

LOGS = ("out", "err")
"""Names of the files that take what is written to the descriptors 1 and 2."""

_UNCAUGHT = 70
_LENGTH = 12
"""Characters of a message's length."""


def main(folder: str) -> None:
    """Serve one job. The folder holds the worker's logs; it is the client's to remove, if there still is one."""
    try:
        _serve(folder)
    except ConnectionError:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: str) -> None:
    jobs, emit = _channels(Path(folder))
    settings = receive(jobs)
    sys.path[:] = settings["path"]
    main_module, environment = sys.modules["__main__"], dict(os.environ)
    try:
        kernel = prepare(settings)
    except CxError as error:
        emit({"event": "refused", "problems": pack_problems(error.problems)})
        return
    emit({"event": "ready"})
    task = receive(jobs)
    threading.Thread(target=_end_with_client, args=(jobs, folder), daemon=True).start()
    atexit.register(end_descendants)
    if task.pop("kind") == "call":
        forget_kernel(kernel, main_module, environment)
        _work(lambda: run_function(emit=emit, **task), emit)
    else:
        _work(lambda: run_notebook(kernel, emit=emit, **task), emit)


def _channels(folder: Path) -> tuple[int, Emit]:
    """Where jobs come from and events go to; the standard streams are taken from them."""
    jobs, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    logs = [os.open(folder / name, os.O_RDWR | os.O_APPEND | os.O_CREAT) for name in LOGS]
    for descriptor, number in zip((nothing, *logs), (0, 1, 2), strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    return jobs, EventWriter(events)


def prepare(settings: Mapping[str, Any]) -> Kernel:
    """Import, prime and make the kernel.

    Raises
    ------
    CxError
        If a module cannot be imported or priming fails.
    """
    for module in settings["preload"]:
        try:
            importlib.import_module(module)
        except Exception as error:
            raise _refusal("preload", error, module=module) from error
    if settings["prime"]:
        with kept_process_state():
            _prime(settings["prime"], settings["arguments"])
    kernel = make_kernel()
    import_companions()
    settle()
    return kernel


def _prime(function: str, arguments: Mapping[str, Any]) -> None:
    try:
        find_function(function)(**arguments)
    except CxError:
        raise
    except Exception as error:
        raise _refusal("prime", error, function=function) from error


def _refusal(what: str, error: Exception, **details: str) -> CxError:
    told = {"error": shorten(f"{type(error).__name__}: {error}"), **details}
    return CxError(Problem(code=f"warm.{what}", details=told))


def _work(job: Callable[[], None], emit: Emit) -> None:
    leave = os._exit
    try:
        job()
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        leave(_UNCAUGHT)
    emit({"event": "spent", **spent()})


def spent() -> dict[str, float]:
    """Processor seconds and the largest memory (KiB) of this process."""
    times = os.times()
    cpu = time.process_time() + times.children_user + times.children_system
    if importlib.util.find_spec("resource"):
        resource = importlib.import_module("resource")
        return {"cpu": cpu, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
    return {"cpu": cpu, "peak": psutil.Process().memory_info().peak_wset // 1024}


def receive(source: int) -> dict[str, Any]:
    """One JSON object that was sent as `packed`.

    Raises
    ------
    ConnectionError
        If the client is gone.
    """
    told: dict[str, Any] = json.loads(_read(source, int(_read(source, _LENGTH))))
    return told


def packed(told: Mapping[str, Any]) -> bytes:
    """A JSON object with its length before it."""
    text = json.dumps(told).encode()
    return b"%*d" % (_LENGTH, len(text)) + text


def _read(source: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(source, size)
        if not part:
            raise ConnectionError("the client is gone")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _end_with_client(jobs: int, folder: str) -> None:
    """End when the client is gone, which closes the line that jobs come on."""
    os.read(jobs, 1)
    shutil.rmtree(folder, ignore_errors=True)
    end_tree(os.getpid())


def end_descendants() -> None:
    """Kill what this process has started and what is left of it."""
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()


def end_tree(leader: int) -> None:
    """Kill a process, its descendants, and what is left of the group that it leads."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(leader)
        for one in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
