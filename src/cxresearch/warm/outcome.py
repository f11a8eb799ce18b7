"""Draws up what came of a job from what was heard of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cxresearch.warm.assembly import Assembly
from cxresearch.warm.results import Called, Executed, State
from cxresearch.warm.running import unpack_problems
from cxresearch.warm.watching import Watch

TIMEOUT, DEATH = "CellTimeoutError", "DeadKernelError"
"""The names that nbclient has for these ends."""


@dataclass(frozen=True, slots=True)
class Report:
    """A job that has ended: what the watch heard, what its process wrote, seconds on the clock."""

    watch: Watch
    log: str
    seconds: float

    def spent(self) -> dict[str, Any]:
        """The fields that tell of effort."""
        ended = self.watch.ended
        return {"log": self.log, "seconds": self.seconds, "cpu_seconds": ended["cpu"], "peak_kib": ended["peak"]}

    def failure(self) -> tuple[State, str, str]:
        """State, name and text of an end that no exception explains."""
        if self.watch.overdue:
            return "timeout", TIMEOUT, f"{self.watch.timeout:g} s"
        return "died", DEATH, self.watch.ended["how"]


def executed(report: Report, assembly: Assembly) -> Executed:
    """What came of a notebook."""
    watch, notebook, spent = report.watch, assembly.notebook, report.spent()
    if assembly.failed is not None and not watch.overdue:
        cell, ename, evalue = assembly.failed
        return Executed(notebook=notebook, state="error", cell=cell, ename=ename, evalue=evalue, **spent)
    if assembly.done and not watch.overdue:
        return Executed(notebook=notebook, state="ok", **spent)
    state, ename, evalue = report.failure()
    return Executed(notebook=notebook, state=state, cell=assembly.reached, ename=ename, evalue=evalue, **spent)


def called(report: Report) -> Called:
    """What came of a function."""
    outcome, spent = report.watch.outcome, report.spent()
    if outcome.get("event") == "value":
        return Called(state="ok", value=outcome["value"], **spent)
    if outcome.get("event") == "failed" and not report.watch.overdue:
        problems = unpack_problems(outcome["problems"])
        return Called(state="error", problems=problems, ename=outcome["ename"], evalue=outcome["evalue"], **spent)
    state, ename, evalue = report.failure()
    return Called(state=state, ename=ename, evalue=evalue, **spent)
