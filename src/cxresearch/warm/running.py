"""Runs a notebook or a function in this process and tells what happens as events."""

from __future__ import annotations

import asyncio
import base64
import importlib
import os
import pickle
import random
import signal
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from tornado.ioloop import IOLoop

from cxresearch.errors import CxError, Problem
from cxresearch.warm.events import Emit
from cxresearch.warm.kernelless import Kernel, begin_cell
from cxresearch.warm.streams import CellStream, Descriptors

INLINE = "module://matplotlib_inline.backend_inline"
ALLOWS_ERROR, SKIPPED = "raises-exception", "skip-execution"

Cell = Mapping[str, Any]
"""Index, source and tags of a code cell, under the keys `cell`, `source` and `tags`."""


def code_cells(notebook: Any) -> list[Cell]:
    """The cells of a notebook that are to run."""
    return [
        {"cell": index, "source": cell.source, "tags": list(cell.metadata.get("tags", ()))}
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip() and SKIPPED not in cell.metadata.get("tags", ())
    ]


def run_notebook(kernel: Kernel, cells: Sequence[Cell], emit: Emit, *, cwd: str, seed: str = "") -> None:
    """Run cells in this process, one notebook per process, until one of them fails.

    Parameters
    ----------
    kernel : of `make_kernel`. cells : of `code_cells`. emit : hears of everything.
    cwd : working folder. seed : of `random` and numpy's global state; empty for one from the system.
    """
    os.chdir(cwd)
    sow(seed)
    _as_in_a_fresh_kernel()
    descriptors = Descriptors(emit)
    streams = tuple(CellStream(number, emit, descriptors) for number in (1, 2))
    sys.stdout, sys.stderr = streams
    kernel.session.emit = emit
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_run(kernel, cells, emit, streams))


def sow(seed: str) -> None:
    """Seed `random` and numpy's global state, so that no output depends on what ran before."""
    if not seed:
        random.seed()
        np.random.seed()
        return
    digest = sha256(seed.encode()).digest()
    random.seed(digest)
    np.random.seed(np.frombuffer(digest, dtype=np.uint32))


async def _run(kernel: Kernel, cells: Sequence[Cell], emit: Emit, streams: Sequence[CellStream]) -> None:
    kernel.io_loop = IOLoop.current()
    kernel.io_loop.add_callback = asyncio.get_running_loop().call_soon_threadsafe  # wakes it from a signal handler
    for cell in cells:
        begin_cell(kernel)
        emit({"event": "start", "cell": cell["cell"], "count": kernel.shell.execution_count})
        ename, evalue = await _run_cell(kernel, cell, emit)
        for stream in streams:
            stream.flush()
        emit({"event": "end", "cell": cell["cell"], "ename": ename, "evalue": evalue})
        if ename or kernel.shell.exit_now:
            break
        await asyncio.sleep(0)
    else:
        emit({"event": "done"})


async def _run_cell(kernel: Kernel, cell: Cell, emit: Emit) -> tuple[str, str]:
    try:
        reply = await kernel.do_execute(cell["source"], silent=False, store_history=True, allow_stdin=False)
    except BaseException as error:  # the machinery itself was broken by the cell or interrupted outside of it
        ename, evalue = type(error).__name__, str(error)
        content = {"ename": ename, "evalue": evalue, "traceback": [f"{ename}: {evalue}"]}
        emit({"event": "message", "type": "error", "content": content})
        return ename, evalue
    if reply["status"] == "ok" or ALLOWS_ERROR in cell["tags"]:
        return "", ""
    return reply["ename"], reply["evalue"]


def _as_in_a_fresh_kernel() -> None:
    """The state that a kernel starts with and that differs in a process that has modules imported."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "" not in sys.path:
        sys.path.insert(_first_site(sys.path), "")
    sys.argv[1:] = []
    os.environ["MPLBACKEND"] = INLINE
    for module in ("matplotlib_inline", "matplotlib_inline.backend_inline"):
        sys.modules.pop(module, None)  # connects itself with the shell when it is imported
    if (matplotlib := sys.modules.get("matplotlib")) is not None:
        matplotlib.rcParams["backend"] = INLINE
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        vars(pyplot)["_backend_mod"] = None  # as before the first figure, which chooses the backend


def _first_site(path: Sequence[str]) -> int:
    """Where a kernel puts its working folder on the search path: after the standard library."""
    site = (index for index, entry in enumerate(path) if Path(entry).name in ("site-packages", "dist-packages"))
    return next(site, 0)


def run_function(function: str, arguments: Mapping[str, Any], emit: Emit, *, cwd: str) -> None:
    """Call `package.module:name` in this process and tell its value or its failure."""
    os.chdir(cwd)
    sow("")
    emit({"event": "call"})
    try:
        emit({"event": "value", "value": find_function(function)(**arguments)})
    except BaseException as error:
        problems = pack_problems(error.problems) if isinstance(error, CxError) else ""
        emit({"event": "failed", "ename": type(error).__name__, "evalue": str(error), "problems": problems})


def find_function(name: str) -> Any:
    """The function that `package.module:name` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def pack_problems(problems: Sequence[Problem]) -> str:
    """Problems as text for another process of this program: their details hold phrases and labels."""
    return base64.b64encode(pickle.dumps(tuple(problems))).decode()


def unpack_problems(packed: str) -> tuple[Problem, ...]:
    """The problems that `pack_problems` packed."""
    problems: tuple[Problem, ...] = pickle.loads(base64.b64decode(packed)) if packed else ()
    return problems
