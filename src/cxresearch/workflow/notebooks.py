"""Run the chapters' notebooks in warm processes, one after the other or side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from cxresearch.errors import CxError, ParameterError, Problem, raise_if
from cxresearch.warm.client import Warm
from cxresearch.warm.results import Executed
from cxresearch.workflow.parameters import parameter_problems
from cxresearch.workflow.portable import INJECTED, load_notebook, with_parameters


class NotebookError(CxError):
    """A notebook's cell failed, or the process that ran it stopped."""


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run: source, where the executed copy goes, and its parameters."""

    notebook: Path
    executed: Path
    parameters: Mapping[str, Any]


def _run(job: Job, warm: Warm) -> Path:
    raise_if(parameter_problems(job.parameters), ParameterError)
    done = warm.execute(with_parameters(load_notebook(job.notebook), job.parameters), cwd=Path.cwd())
    if done.state != "ok":
        raise NotebookError(_problem(job, done))
    job.executed.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(done.notebook, job.executed)
    return job.executed


def _problem(job: Job, done: Executed) -> Problem:
    """What stopped a notebook; cells are counted as their author has them, without the one of given parameters."""
    if done.state != "error" or done.cell is None:
        return Problem(code="workflow.kernel_lost", file=job.notebook.name, value=done.evalue or done.log)
    number = sum(INJECTED not in cell.metadata.get("tags", ()) for cell in done.notebook.cells[: done.cell + 1])
    details = {"cell": number, "error": f"{done.ename}: {done.evalue}"}
    source = done.notebook.cells[done.cell].source
    return Problem(code="workflow.cell_failed", file=job.notebook.name, value=source, details=details)


def run_notebooks(jobs: Sequence[Job], warm: Warm, *, workers: int, done: Callable[[Job], None]) -> None:
    """Run all jobs, at most `workers` at a time; `done` hears of each that is finished.

    Raises
    ------
    NotebookError
        If a cell fails or a process stops; names notebook, cell and error. Jobs not yet begun are not begun.
    """
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = {pool.submit(_run, job, warm): job for job in jobs}
        try:
            for future in as_completed(running):
                future.result()
                done(running[future])
        except BaseException:
            for future in running:
                future.cancel()
            warm.close()
            raise
