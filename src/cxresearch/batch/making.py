"""One row in the making: its notebooks and functions run one after the other, until one of them fails."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxresearch.batch.codes import is_disk_full
from cxresearch.batch.outcome import Outcome, State
from cxresearch.batch.placing import keep_failed
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.rows import Row
from cxresearch.batch.secrets import Secrets, redact, redact_text, redact_values
from cxresearch.errors import Problem
from cxresearch.warm.client import Warm
from cxresearch.warm.results import Called, Executed, OnCell
from cxresearch.workflow.portable import INJECTED, load_notebook, make_portable, with_parameters

_LEAST_WRITING = 300.0
"""Seconds that writing a report may take, however short a time is given to a cell."""

_STATES: Mapping[str, State] = {"error": "failed", "timeout": "timeout", "died": "killed"}


class StoppedError(Exception):
    """A row could not be made; it carries what came of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


@dataclass
class Making:
    """A row in the making.

    Attributes
    ----------
    stage : folder in which its files are made; folder : where they go.
    shown : parameter → what executed notebooks tell instead of a place of this machine.
    secrets : values that nothing that is written may hold.
    """

    row: Row
    plan: BatchPlan
    warm: Warm
    stage: Path
    folder: Path
    on_cell: OnCell | None = None
    secrets: Secrets = field(default_factory=Secrets)
    shown: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_kib: int = 0

    def execute(self, notebook: Path, name: str, language: str, parameters: Mapping[str, Any]) -> Path:
        """Run a notebook and keep its executed copy as `name` in the stage.

        Raises
        ------
        StoppedError
            If a cell fails or takes too long, or the process is killed; the notebook is kept as far as it came.
        """
        executed = self.warm.execute(
            with_parameters(load_notebook(notebook), parameters),
            cwd=Path(self.plan.cwd),
            seed=f"{self.row.key}-{language}",
            timeout=self.plan.timeout or None,
            on_cell=self.on_cell,
        )
        self._spend(executed)
        target = self.stage / name
        made, _ = redact(executed.notebook, self.secrets)
        make_portable(made, target.name, self.shown)
        if executed.state != "ok":
            keep_failed(self.folder, language, lambda path: nbformat.write(made, path))
            raise StoppedError(self._of_cell(executed, notebook.name, language))
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(made, target)
        return target

    def call(self, function: str, language: str = "", **arguments: Any) -> Any:
        """Call a function, `module:name`, in a clean process; it gets the `language` if there is one.

        Raises
        ------
        StoppedError
            If it fails, takes too long, or its process is killed.
        """
        timeout = max(self.plan.timeout, _LEAST_WRITING) if self.plan.timeout else None
        given = {**arguments, "language": language} if language else arguments
        called = self.warm.call(function, given, timeout=timeout)
        self._spend(called)
        if called.state != "ok":
            raise StoppedError(self._of_call(called, language))
        return called.value

    def done(self, outputs: Mapping[str, str]) -> Outcome:
        """The outcome of a row that is made."""
        return self._outcome("done", outputs=outputs)

    def failed_on_disk(self, failure: OSError) -> Outcome:
        """The outcome of a row whose files could not be written."""
        full = failure.errno in (errno.ENOSPC, errno.EDQUOT)
        return self._outcome("disk_full" if full else "failed", message=failure.strerror or str(failure))

    def _spend(self, ended: Executed | Called) -> None:
        self.seconds += ended.seconds
        self.cpu_seconds += ended.cpu_seconds
        self.peak_kib = max(self.peak_kib, ended.peak_kib)

    def _of_cell(self, executed: Executed, notebook: str, language: str) -> Outcome:
        state = _STATES[executed.state]
        if state == "failed" and f"[Errno {errno.ENOSPC}]" in executed.evalue:
            state = "disk_full"
        return self._outcome(
            state,
            language=language,
            notebook=notebook,
            cell=_number(executed.notebook, executed.cell),
            cell_source="" if executed.cell is None else executed.notebook.cells[executed.cell].source,
            message=_message(executed),
        )

    def _of_call(self, called: Called, language: str) -> Outcome:
        full = any(is_disk_full(problem.code) for problem in called.problems)
        return self._outcome(
            "disk_full" if full else _STATES[called.state],
            language=language,
            message=_message(called),
            problems=called.problems,
        )

    def _outcome(
        self,
        state: State,
        *,
        outputs: Mapping[str, str] | None = None,
        language: str = "",
        notebook: str = "",
        cell: int | None = None,
        cell_source: str = "",
        message: str = "",
        problems: tuple[Problem, ...] = (),
    ) -> Outcome:
        return Outcome(
            row=self.row.id,
            key=self.row.key,
            state=state,
            outputs=dict(outputs or {}),
            seconds=self.seconds,
            cpu_seconds=self.cpu_seconds,
            peak_kib=self.peak_kib,
            language=language,
            notebook=notebook,
            cell=cell,
            cell_source=redact_text(cell_source, self.secrets)[0],
            message=redact_text(message, self.secrets)[0],
            problems=tuple(self._without_secrets(problem) for problem in problems),
        )

    def _without_secrets(self, problem: Problem) -> Problem:
        details, _ = redact_values(dict(problem.details), self.secrets)
        return replace(problem, value=redact_text(problem.value, self.secrets)[0], details=details)


def _message(ended: Executed | Called) -> str:
    return ": ".join(part for part in (ended.ename, ended.evalue) if part)


def _number(notebook: NotebookNode, place: int | None) -> int | None:
    """The number of a cell, from 1, in the notebook as its author has it: without the cell of given parameters."""
    if place is None:
        return None
    return sum(INJECTED not in cell.metadata.get("tags", ()) for cell in notebook.cells[: place + 1])
