"""What a warm parent does before it serves: imports, priming, the kernel, and the check that it may fork."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cxresearch.errors import CxError, Problem
from cxresearch.warm.descent import threads
from cxresearch.warm.kernelless import Kernel, make_kernel
from cxresearch.warm.packets import clipped
from cxresearch.warm.pristine import import_companions, kept_process_state, settle
from cxresearch.warm.running import find_function


@dataclass(frozen=True, slots=True)
class Before:
    """What `call` needs of the time before there was a kernel."""

    main: ModuleType
    environment: dict[str, str]


def prepare(settings: Mapping[str, Any]) -> tuple[Kernel, Before]:
    """Import, prime and make the kernel.

    Raises
    ------
    CxError
        If a module cannot be imported, priming fails, or there is more than one thread.
    """
    for module in settings["preload"]:
        try:
            importlib.import_module(module)
        except Exception as error:
            raise _refusal("preload", error, module=module) from error
    with kept_process_state():
        _prime(settings["prime"], settings["arguments"])
    before = Before(sys.modules["__main__"], dict(os.environ))
    kernel = make_kernel()
    import_companions()
    settle()
    running = threads()
    if len(running) != 1:
        raise CxError(Problem(code="warm.threads", details={"count": str(len(running)), "names": _others(running)}))
    return kernel, before


def _others(running: list[str]) -> str:
    """The names of the threads besides the main one: Python's, or the system's for those that Python does not know."""
    known = sorted({thread.name for thread in threading.enumerate()} - {"MainThread"})
    running.remove(Path("/proc/self/comm").read_text().strip())
    return ", ".join(known or running)


def _prime(function: str, arguments: Mapping[str, Any]) -> None:
    if not function:
        return
    try:
        find_function(function)(**arguments)
    except CxError:
        raise
    except Exception as error:
        raise _refusal("prime", error, function=function) from error


def _refusal(what: str, error: Exception, **details: str) -> CxError:
    told = {"error": clipped(f"{type(error).__name__}: {error}", 500), **details}
    return CxError(Problem(code=f"warm.{what}", details=told))
