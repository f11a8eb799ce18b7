"""Functions that tests have called in warm processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

import numpy as np

from cxresearch.errors import DataError, Problem
from cxresearch.language import Label

KEPT: dict[str, Any] = {}


def keep(**values: Any) -> None:
    KEPT.update(values)


def kept(name: str) -> Any:
    return KEPT.get(name)


def double(number: float) -> float:
    return number * 2


def process() -> dict[str, Any]:
    shell = sys.modules["IPython.core.interactiveshell"].InteractiveShell
    return {
        "pid": os.getpid(),
        "group": os.getpgid(0),
        "parent": os.getppid(),
        "backend": os.environ.get("MPLBACKEND"),
        "color": os.environ.get("FORCE_COLOR"),
        "shell": shell.initialized(),
        "main": sys.modules["__main__"].__spec__ is not None,
        "sockets": [name for name in open_files() if name.startswith("socket")],
    }


def open_files() -> list[str]:
    return [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _is_open(number)]


def _is_open(number: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{number}")


def refuse() -> None:
    label = Label(fi="kysymys", en="question")
    raise DataError(Problem(code="data.no_rows", file="answers.csv", line=3, details={"label": label}))


def fail() -> None:
    raise ValueError("no such thing")


def unspeakable() -> object:
    return object()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def die(number: int) -> None:
    os.write(2, b"last words\n")
    os.kill(os.getpid(), number)


def start_thread() -> None:
    threading.Thread(target=time.sleep, args=(60,), daemon=True, name="wanderer").start()


def disturb() -> None:
    os.environ["DISTURBED"] = "yes"
    os.chdir("/")
    np.seterr(all="raise")
    sys.path.append("/disturbed")
    matplotlib = sys.modules["matplotlib"]
    matplotlib.rcParams["figure.dpi"] = 7


def end_parent() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(20)
