"""Warm processes that run cells in this process, and notebooks and tables small enough to read."""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.request import BatchRequest
from cxresearch.errors import Problem
from cxresearch.warm.results import Called, Executed

PARAMETERS = "team = 'A'\nlevel: int = 1\nlanguage = 'fi'"
CELLS = (PARAMETERS, "import json", "act(team, level, language)")


class DiedError(Exception):
    """The process of the notebook ends."""


class TimedOutError(Exception):
    """A cell takes too long."""


class FakeWarm:
    """Runs cells by `exec`; `act(team, level, language)` does what the test says.

    Each execution is written to `log` at once, so that a test can count what was run also after a kill.
    """

    def __init__(
        self,
        act: Callable[[str, int, str], None] = lambda team, level, language: None,
        *,
        log: Path | None = None,
        written: Mapping[str, bytes] | None = None,
        render: Callable[[Mapping[str, Any]], Called] | None = None,
    ) -> None:
        self.act, self.log, self.render = act, log, render
        self.written = {"html": b"<p>report</p>"} if written is None else written
        self.closed = 0

    def execute(
        self,
        notebook: NotebookNode,
        *,
        cwd: Path,
        seed: str = "",
        timeout: float | None = None,
        on_cell: Callable[[str, int], None] | None = None,
    ) -> Executed:
        made, namespace = copy.deepcopy(notebook), {"act": self.act}
        values: dict[str, Any] = {"seconds": 0.5, "cpu_seconds": 0.25, "peak_kib": 1000}
        for place, cell in enumerate(made.cells):
            if cell.cell_type != "code":
                continue
            try:
                exec(cell.source, namespace)
                cell.outputs = [nbformat.v4.new_output("stream", text=str(cell.source))]
            except DiedError:
                return Executed(notebook=made, state="died", cell=place, evalue="SIGKILL", **values)
            except TimedOutError:
                return Executed(notebook=made, state="timeout", cell=place, ename="Timeout", **values)
            except Exception as error:
                name = type(error).__name__
                return Executed(notebook=made, state="error", cell=place, ename=name, evalue=str(error), **values)
        self._note(namespace)
        return Executed(notebook=made, state="ok", **values)

    def _note(self, namespace: Mapping[str, Any]) -> None:
        if self.log is not None:
            line = json.dumps([namespace.get("team"), namespace.get("language"), os.getpid()])
            with self.log.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def call(self, function: str, arguments: Mapping[str, Any], *, timeout: float | None = None) -> Called:
        if self.render is not None:
            return self.render(arguments)
        for form, content in self.written.items():
            path = Path(arguments["folder"]) / f"{arguments['stem']}.{form}"
            try:
                path.write_bytes(content)
            except OSError as failure:
                code = "report.disk_full" if failure.errno == 28 else "report.cannot_write"
                return Called(state="error", problems=(Problem(code=code, file=path.name),), ename="OutputError")
        return Called(state="ok", value=True, seconds=0.1, cpu_seconds=0.1, peak_kib=2000)

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> FakeWarm:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()


def opener(warm: FakeWarm) -> Callable[[BatchPlan, int], FakeWarm]:
    """What opens a fake instead of processes."""
    return lambda plan, jobs: warm


def notebook_of(*sources: str, parameters: str = PARAMETERS) -> NotebookNode:
    """A notebook of code cells, the first tagged `parameters`."""
    cells = [nbformat.v4.new_code_cell(source) for source in (parameters, *sources)]
    cells[0].metadata["tags"] = ["parameters"]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    return nbformat.v4.new_notebook(cells=cells)


def write_notebook(path: Path, *sources: str, parameters: str = PARAMETERS) -> Path:
    """Such a notebook as a file."""
    nbformat.write(notebook_of(*(sources or CELLS[1:]), parameters=parameters), path)
    return path


def write_table(path: Path, *rows: tuple[object, ...], header: tuple[str, ...] = ("team", "level")) -> Path:
    """A table as a CSV file."""
    lines = [header, *rows]
    path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines), encoding="utf-8")
    return path


def small_request(folder: Path, teams: str = "ABC", **more: Any) -> BatchRequest:
    """A batch of the user's own notebook, a row per letter."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = folder / "own.ipynb"
    if not notebook.exists():
        write_notebook(notebook)
    table = write_table(folder / "teams.csv", *((team, place) for place, team in enumerate(teams, start=1)))
    given: dict[str, Any] = {
        "table": str(table),
        "notebook": str(notebook),
        "out": str(folder / "out"),
        "formats": ("html",),
        "jobs": 2,
    }
    return BatchRequest(**(given | more))


def patiently(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
