"""What came of a job: an executed notebook, or the value of a called function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from nbformat import NotebookNode

from cxresearch.errors import Problem

State = Literal["ok", "error", "timeout", "died"]
"""How a job ended: all cells ran; a cell raised; a cell took too long; the process ended before the job did."""

OnCell = Callable[[str, int], None]
"""Hears `"start"` or `"end"` and the index of a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A notebook that was run, as far as it came.

    Attributes
    ----------
    notebook : a copy of the one given, with the outputs made until it stopped and the execution counts.
    state : how it ended. cell : index into `notebook.cells` where it stopped; None if all ran.
    ename, evalue : name and text of the exception. With `timeout` they are `CellTimeoutError` and the limit (`30 s`),
        with `died` `DeadKernelError` and the signal or exit code of the process (`SIGSEGV`, `exit 3`).
    log : last 4 kB of what the process wrote to its file descriptors 1 and 2 outside of cells' outputs.
    seconds : on the clock. cpu_seconds : of the process and of its ended children. peak_kib : its largest memory.
    """

    notebook: NotebookNode
    state: State
    cell: int | None = None
    ename: str = ""
    evalue: str = ""
    log: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_kib: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A function that was called.

    Attributes
    ----------
    state : how it ended. value : the JSON value that the function returned.
    problems : what a `CxError` carried; empty otherwise.
    ename, evalue, log, seconds, cpu_seconds, peak_kib : as those of `Executed`.
    """

    state: State
    value: Any = None
    problems: tuple[Problem, ...] = ()
    ename: str = ""
    evalue: str = ""
    log: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_kib: int = 0
