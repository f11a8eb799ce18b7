"""Run the chapters' notebooks with papermill, a language after the other or side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from cxresearch.errors import CxError, ParameterError, Problem, raise_if
from cxresearch.workflow.parameters import parameter_problems


class NotebookError(CxError):
    """A notebook's cell failed, or its kernel stopped."""


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run: source, where the executed copy goes, and its parameters."""

    notebook: Path
    executed: Path
    parameters: Mapping[str, Any]


def _run(job: Job) -> Path:
    raise_if(parameter_problems(job.parameters), ParameterError)
    job.executed.parent.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(
            str(job.notebook),
            str(job.executed),
            parameters=dict(job.parameters),
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            extra_arguments=["--log-level=CRITICAL"],
        )
    except PapermillExecutionError as failure:
        number = failure.cell_index + 1 - bool(job.parameters)  # papermill put a cell of parameters in before it
        details = {"cell": number, "error": f"{failure.ename}: {failure.evalue}"}
        problem = Problem(code="workflow.cell_failed", file=job.notebook.name, value=failure.source, details=details)
        raise NotebookError(problem) from failure
    except (DeadKernelError, NoSuchKernel) as failure:
        lost = Problem(code="workflow.kernel_lost", file=job.notebook.name, value=str(failure))
        raise NotebookError(lost) from failure
    finally:
        ensure_event_loop().close()  # Jupyter opens one for each thread and leaves it open
    return job.executed


def run_notebooks(jobs: Sequence[Job], *, workers: int, done: Callable[[Job], None]) -> None:
    """Run all jobs, at most `workers` at a time; `done` hears of each that is finished.

    Raises
    ------
    NotebookError
        If a cell fails or a kernel stops; names notebook, cell and error. Jobs not yet begun are not begun.
    """
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = {pool.submit(_run, job): job for job in jobs}
        try:
            for future in as_completed(running):
                future.result()
                done(running[future])
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
