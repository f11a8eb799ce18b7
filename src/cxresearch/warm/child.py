"""What a forked child does with its job."""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import signal
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from cxresearch.warm.descent import adopt_orphans, die_with_parent


def begin_child(parent: int, job: int, out: int, err: int, close: Iterable[int]) -> dict[str, Any]:
    """Become a process of its own right after the fork; the job that was read from the file `job`.

    Parameters
    ----------
    parent : process id of the parent. out, err : files for the descriptors 1 and 2. close : descriptors of the parent.
    """
    os.setsid()
    die_with_parent(parent)
    adopt_orphans()
    signal.set_wakeup_fd(-1)
    for reset in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(reset, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor in close:
        os.close(descriptor)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    with open(job, encoding="utf-8") as file:
        task: dict[str, Any] = json.load(file)
    gc.enable()
    return task


def end_child() -> NoReturn:
    """End as an interpreter does, only faster: exit functions run and files are flushed, nothing is taken apart."""
    leave = os._exit
    try:
        atexit._run_exitfuncs()
        _flush_files()
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
    finally:
        leave(0)


def _flush_files() -> None:
    for thing in gc.get_objects():
        if issubclass(type(thing), (io.TextIOWrapper, io.BufferedWriter)):
            try:
                thing.flush()
            except (OSError, ValueError):
                continue
