"""Runs a notebook for papermill in a warm process and keeps papermill informed of every cell."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager
from papermill.log import logger

from cxresearch.errors import CxError
from cxresearch.warm.kept import KeptWarm
from cxresearch.warm.results import Executed

OUR_KERNELS = ("python3", "cxresearch-warm")
"""Names of the kernel specifications that stand for this very Python."""

_IDLE_OPTIONS = {"input_path", "start_timeout", "startup_timeout", "extra_arguments", "iopub_timeout"}
"""Options of papermill's own engine that have no meaning where there is no kernel to start and to listen to."""

KEPT = KeptWarm()


class ManagedEngine(Engine):  # type: ignore[misc]
    """papermill's engine on warm processes.

    A notebook of another kernel or with options that only nbclient knows is given to papermill's ordinary engine, and
    the log says so. While a notebook runs, its file shows how far it is; outputs are put in when it has ended.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any) -> Any:
        """Run the notebook of papermill's manager.

        Parameters
        ----------
        options : as of `NBClientEngine`. `execution_timeout`, else `timeout`: seconds a cell may take.

        Raises
        ------
        CellTimeoutError
            If a cell takes too long.
        DeadKernelError
            If the process ended before the first cell.
        """
        reason = _not_ours(kernel_name, options)
        if not reason:
            try:
                return _run(nb_man, options)
            except CxError as error:
                reason = str(error)
        logger.warning("cx-warm: papermill's ordinary engine runs this notebook: %s", reason)
        return NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)


def _not_ours(kernel_name: str, options: dict[str, Any]) -> str:
    """Why a notebook is to run in an ordinary kernel; empty if it is not."""
    if kernel_name not in OUR_KERNELS:
        return f"kernel {kernel_name}"
    ours = {"log_output", "stdout_file", "stderr_file", "execution_timeout", "timeout"}
    if foreign := sorted(name for name in set(options) - _IDLE_OPTIONS - ours if options[name]):
        return f"option {', '.join(foreign)}"
    return ""


def _run(nb_man: NotebookExecutionManager, options: dict[str, Any]) -> Any:
    timeout = options.get("execution_timeout") or options.get("timeout")
    seconds = float(timeout) if timeout and timeout > 0 else None
    progress = Progress(nb_man)
    with KEPT.lent() as warm:
        executed = warm.execute(nb_man.nb, cwd=Path.cwd(), timeout=seconds, on_cell=progress)
    _take_over(nb_man.nb, executed)
    _tell_outputs(executed, options)
    _mark_death(nb_man.nb, executed)
    progress.finish(executed)
    if executed.state == "timeout":
        cell = nb_man.nb.cells[executed.cell or 0]
        raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", int(seconds or 0), cell)
    if executed.state == "died" and executed.cell is None:
        raise DeadKernelError(f"Kernel died ({executed.evalue})")
    return nb_man.nb


class Progress:
    """Hears of cells as they run and tells papermill, in the order in which its own engine would."""

    def __init__(self, nb_man: NotebookExecutionManager) -> None:
        self._manager = nb_man
        self._next = 0
        self._running = False

    def __call__(self, event: str, cell: int) -> None:
        """Hear that a cell starts; that it has ended shows with the next one's start, when it is known how."""
        if event == "start":
            self._complete_until(cell)
            self._start()

    def finish(self, executed: Executed) -> None:
        """Tell how the run ended."""
        if executed.cell is None:
            self._complete_until(len(self._manager.nb.cells) if executed.state == "ok" else self._next)
            return
        self._complete_until(executed.cell)
        if not self._running:
            self._start()
        self._manager.cell_exception(self._manager.nb.cells[executed.cell], cell_index=executed.cell)
        self._complete()

    def _complete_until(self, cell: int) -> None:
        """Complete the cells before this one; those that do not run are begun and completed at once."""
        while self._next < cell:
            if not self._running:
                self._start()
            self._complete()

    def _start(self) -> None:
        self._manager.cell_start(self._manager.nb.cells[self._next], self._next)
        self._running = True

    def _complete(self) -> None:
        self._manager.cell_complete(self._manager.nb.cells[self._next], cell_index=self._next)
        self._running = False
        self._next += 1


def _take_over(notebook: Any, executed: Executed) -> None:
    """Put outputs, execution counts and the kernel's metadata into papermill's notebook."""
    for own, done in zip(notebook.cells, executed.notebook.cells, strict=True):
        if own.cell_type == "code":
            own.outputs, own.execution_count = done.outputs, done.execution_count
    if "widgets" in executed.notebook.metadata:
        notebook.metadata["widgets"] = executed.notebook.metadata["widgets"]
    notebook.metadata["language_info"] = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": platform.python_version(),
    }


def _mark_death(notebook: Any, executed: Executed) -> None:
    """Leave in the cell in which the process died what papermill makes its error of."""
    if executed.state == "died" and executed.cell is not None:
        told = f"Kernel died ({executed.evalue})"
        trace = [f"{executed.ename}: {told}", *executed.log.splitlines()]
        output = new_output("error", ename=executed.ename, evalue=told, traceback=trace)
        notebook.cells[executed.cell].outputs.append(output)


def _tell_outputs(executed: Executed, options: dict[str, Any]) -> None:
    """Write what cells printed where papermill was told to."""
    files = {"stdout": options.get("stdout_file"), "stderr": options.get("stderr_file")}
    levels = {"stdout": logger.info, "stderr": logger.warning}
    for cell in executed.notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                if options.get("log_output"):
                    levels[output.name]("%s", output.text)
                if (file := files[output.name]) is not None:
                    file.write(output.text)
                    file.flush()
            elif options.get("log_output") and "text/plain" in output.get("data", {}):
                logger.info("%s", output.data["text/plain"])
