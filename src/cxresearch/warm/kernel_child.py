"""A kernel right after it was forked: its session, its streams and its environment become those of a fresh kernel."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from threadpoolctl import threadpool_limits

from cxresearch.warm.descent import adopt_orphans, die_with_parent
from cxresearch.warm.kernel_parent import Birth, prepare

INLINE = "module://matplotlib_inline.backend_inline"


def become_kernel(birth: Birth, parent: int) -> None:
    """Serve as an IPython kernel until a client ends it."""
    os.setsid()
    die_with_parent(parent)
    adopt_orphans()
    with open(birth.request, "rb") as told:
        request = json.load(told)
    for number, stream in enumerate(birth.streams):
        os.dup2(stream, number)
        os.close(stream)
    settle(request)
    IPKernelApp.launch_instance(argv=request["arguments"], parent_handle=parent)


def settle(request: Mapping[str, Any]) -> None:
    """Take on the working folder, the environment and the command line that a fresh kernel is started with."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"], JPY_PARENT_PID=str(os.getppid()))
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[:] = request["command"]
    draw_anew()
    show_figures_inline()
    use_processors()


def draw_anew() -> None:
    """New random numbers: kernels forked from one parent would else share them."""
    random.seed()
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()


def show_figures_inline() -> None:
    """Choose matplotlib's backend as importing it in a kernel would."""
    backend = os.environ.setdefault("MPLBACKEND", INLINE)
    for module in ("matplotlib_inline", "matplotlib_inline.backend_inline"):
        sys.modules.pop(module, None)  # connects itself with the shell when it is imported
    if (matplotlib := sys.modules.get("matplotlib")) is not None:
        matplotlib.rcParams["backend"] = backend


def use_processors() -> None:
    """Give linear algebra the threads that it would have in a fresh process; the parent holds it to one."""
    asked = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or ""
    threadpool_limits(limits=int(asked) if asked.isdecimal() else len(os.sched_getaffinity(0)), user_api="blas")


def main(arguments: Sequence[str]) -> None:
    """Be the parent; in each kernel that it forks, the kernel. Arguments: socket, then the modules to import."""
    own = os.getpid()
    parent = prepare(int(arguments[0]), arguments[1:])
    if parent is None:
        sys.exit(1)
    birth = parent.serve()
    if birth is None:
        os._exit(0)  # what was imported need not be taken apart
    become_kernel(birth, own)
