"""papermill's engine `cx-warm` does what papermill's own does, faster from the second notebook on."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from papermill.exceptions import PapermillExecutionError

from cxresearch.warm.engine import WarmEngine
from cxresearch.warm.managed import KEPT
from cxresearch.warm.preload import VARIABLE
from tests.conftest import ROOT
from tests.warm.conftest import LINUX, notebook

pytestmark = LINUX

Executes = Callable[..., NotebookNode]
ENGINES = ("nbclient", "cx-warm")
TIMES = ("start_time", "end_time", "duration", "output_path")


@pytest.fixture(scope="module", autouse=True)
def _light_parent() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "numpy")
        patch.setenv("PYTHONWARNINGS", "ignore")
        yield
    KEPT.close()
    ensure_event_loop().close()


@pytest.fixture
def executes(tmp_path: Path) -> Executes:
    """Runs a notebook through papermill and gives what was written."""

    def run(source: NotebookNode, engine: str = "cx-warm", **options: Any) -> NotebookNode:
        given, made = tmp_path / "given.ipynb", tmp_path / f"{engine}.ipynb"
        source.metadata.kernelspec.language = "python"
        nbformat.write(source, given)
        quiet = {"progress_bar": False, "extra_arguments": ["--log-level=CRITICAL"]}
        papermill.execute_notebook(given, made, engine_name=engine, **{**quiet, **options})
        return written(tmp_path, engine)

    return run


def written(folder: Path, engine: str) -> NotebookNode:
    return nbformat.read(folder / f"{engine}.ipynb", nbformat.NO_CONVERT)


def timeless(made: NotebookNode) -> NotebookNode:
    """A notebook without what differs from run to run."""
    for metadata in (made.metadata, *(cell.metadata for cell in made.cells)):
        metadata.pop("execution", None)
        for name in TIMES:
            metadata.get("papermill", {}).pop(name, None)
    for cell in made.cells:
        cell.pop("id", None)
    return made


def various() -> NotebookNode:
    source = notebook("number = 1", "print(number)\nnumber + 1", "", "display(number)\nprint('again')", "1;")
    source.cells[0].metadata["tags"] = ["parameters"]
    source.cells.insert(1, new_markdown_cell("# Words"))
    source.cells.append(new_markdown_cell("The end"))
    return source


def test_the_notebook_is_the_one_that_papermills_own_engine_makes(executes: Executes) -> None:
    ordinary, warm = (timeless(executes(various(), engine, parameters={"number": 7})) for engine in ENGINES)
    assert warm.metadata == ordinary.metadata
    for ours, theirs in zip(warm.cells, ordinary.cells, strict=True):
        assert ours == theirs
    assert warm.cells[3].outputs[0].text == "7\n"


def test_every_cell_has_its_times(executes: Executes) -> None:
    made = executes(various())
    for cell in made.cells:
        assert cell.metadata.papermill.status == "completed" and cell.metadata.papermill.duration >= 0
    starts = [cell.metadata.papermill.start_time for cell in made.cells]
    assert starts == sorted(starts)
    assert made.metadata.papermill.duration > 0 and made.metadata.papermill.exception is None


def test_an_error_stops_the_notebook_and_is_marked_as_papermill_marks_it(executes: Executes, tmp_path: Path) -> None:
    raised, made = {}, {}
    for engine in ENGINES:
        with pytest.raises(PapermillExecutionError) as error:
            executes(notebook("1", "print('before')\n1 / 0", "2"), engine)
        raised[engine], made[engine] = error.value, timeless(written(tmp_path, engine))
    ours, theirs = raised["cx-warm"], raised["nbclient"]
    assert (ours.cell_index, ours.exec_count, ours.ename, ours.evalue) == (
        theirs.cell_index,
        theirs.exec_count,
        "ZeroDivisionError",
        "division by zero",
    )
    assert [cell.source for cell in made["cx-warm"].cells] == [cell.source for cell in made["nbclient"].cells]
    statuses = [[cell.metadata.get("papermill", {}).get("status") for cell in one.cells] for one in made.values()]
    assert statuses[0] == statuses[1] and statuses[0][-2:] == ["failed", "pending"]
    assert made["cx-warm"].metadata.papermill.exception is True
    assert made["cx-warm"].cells[-1].outputs == []


def test_an_exit_without_an_error_ends_the_notebook_well(executes: Executes) -> None:
    made = executes(notebook("import sys\nsys.exit(0)", "2"))
    assert made.cells[0].outputs[0].ename == "SystemExit" and made.cells[1].outputs == []


@pytest.mark.parametrize("option", ["execution_timeout", "timeout"])
def test_a_cell_that_takes_too_long_is_papermills_timeout(executes: Executes, tmp_path: Path, option: str) -> None:
    with pytest.raises(CellTimeoutError, match=r"after 1 seconds[\s\S]*time\.sleep\(60\)"):
        executes(notebook("print('soon')", "import time; time.sleep(60)", "2"), **{option: 1})
    made = written(tmp_path, "cx-warm")
    assert made.cells[0].outputs[0].text == "soon\n"
    assert [cell.metadata.papermill.status for cell in made.cells] == ["completed", "failed", "pending"]


def test_no_limit_is_no_limit(executes: Executes) -> None:
    assert executes(notebook("1"), timeout=-1).cells[0].outputs


def test_a_dead_process_is_an_error_of_its_cell(executes: Executes, tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError) as error:
        executes(notebook("1", "print('here')\nimport ctypes; ctypes.string_at(0)", "2"))
    assert (error.value.cell_index, error.value.ename) == (1, "DeadKernelError") and "SIGSEGV" in error.value.evalue
    made = written(tmp_path, "cx-warm")
    assert "exception was encountered" in made.cells[0].source.lower()
    assert [output.output_type for output in made.cells[3].outputs] == ["stream", "error"]


def test_a_loop_of_notebooks_pays_the_start_once(executes: Executes) -> None:
    parents = {executes(notebook("import os; os.getppid()")).cells[0].outputs[0].data["text/plain"] for _ in range(3)}
    assert len(parents) == 1


def test_notebooks_do_not_see_each_other(executes: Executes) -> None:
    executes(notebook("import numpy; numpy.left = 1"))
    assert executes(notebook("import numpy; hasattr(numpy, 'left')")).cells[0].outputs[0].data["text/plain"] == "False"


def test_changed_code_is_seen(executes: Executes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "warm_probe_engine.py"
    monkeypatch.setenv(VARIABLE, module.stem)
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    for value in ("'before'", "'and after'"):
        module.write_text(f"VALUE = {value}\n")
        seen.append(executes(notebook(f"import {module.stem} as m; print(m.VALUE)")).cells[0].outputs[0].text)
    assert seen == ["before\n", "and after\n"]


def test_cells_run_in_the_folder_that_papermill_is_told(executes: Executes, tmp_path: Path) -> None:
    made = executes(notebook("import os; print(os.getcwd())"), cwd=tmp_path)
    assert made.cells[0].outputs[0].text.strip() == str(tmp_path)


def test_what_cells_print_goes_where_it_is_told_to(executes: Executes, caplog: pytest.LogCaptureFixture) -> None:
    out, err = io.StringIO(), io.StringIO()
    source = notebook("import sys\nprint('said')\nprint('warned', file=sys.stderr)\n40 + 2")
    with caplog.at_level(logging.INFO, logger="papermill"):
        executes(source, stdout_file=out, stderr_file=err, log_output=True)
    assert (out.getvalue(), err.getvalue()) == ("said\n", "warned\n")
    levels = {record.getMessage().strip(): record.levelname for record in caplog.records}
    assert (levels["said"], levels["warned"], levels["42"]) == ("INFO", "WARNING", "INFO")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"kernel_name": "cx-no-such-kernel"}, "kernel cx-no-such-kernel"),
        ({"allow_errors": True}, "option allow_errors"),
    ],
)
def test_what_it_cannot_do_is_left_to_papermills_own_engine(
    executes: Executes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, options: Any, why: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "cxresearch.warm.managed.NBClientEngine.execute_managed_notebook",
        lambda manager, kernel_name, **rest: asked.append(kernel_name),
    )
    with caplog.at_level(logging.WARNING, logger="papermill"):
        executes(notebook("1"), **options)
    assert asked == [options.get("kernel_name", "python3")]
    assert any(record.getMessage().endswith(why) for record in caplog.records)


def test_a_parent_that_cannot_start_leaves_it_to_papermills_own_engine(
    executes: Executes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "no_such_module_at_all")
    monkeypatch.setattr(
        "cxresearch.warm.managed.NBClientEngine.execute_managed_notebook", lambda manager, kernel_name, **rest: None
    )
    with caplog.at_level(logging.WARNING, logger="papermill"):
        executes(notebook("1"))
    assert any("no_such_module_at_all" in record.getMessage() for record in caplog.records)


def test_the_progress_bar_goes_to_its_end(executes: Executes) -> None:
    bar = io.StringIO()
    executes(notebook("1", "", "2"), progress_bar={"file": bar})
    assert "3/3" in bar.getvalue()


def test_papermill_finds_the_engine_and_loads_nothing_for_it() -> None:
    code = (
        "import sys, papermill.engines as e;"
        "print(e.papermill_engines.get_engine('cx-warm').__name__);"
        "print(*(m for m in sys.modules if m.startswith('cxresearch.')))"
    )
    name, modules = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert name == WarmEngine.__name__ and set(modules.split()) == {"cxresearch.warm", "cxresearch.warm.engine"}


@pytest.mark.slow
def test_a_chapter_of_the_report_is_the_same_through_the_command(tmp_path: Path) -> None:
    chapter, made = str(ROOT / "notebooks" / "01_data.ipynb"), {}
    for engine in ENGINES:
        path = tmp_path / f"{engine}.ipynb"
        command = [sys.executable, "-m", "papermill", "--engine", engine, chapter, str(path)]
        parameters = ["-p", "language", "en", "-p", "run", str(tmp_path / "run")]
        subprocess.run([*command, *parameters, "--no-progress-bar"], cwd=ROOT, check=True, capture_output=True)
        made[engine] = timeless(written(tmp_path, engine))
    assert made["cx-warm"].metadata == made["nbclient"].metadata
    assert [cell.get("outputs") for cell in made["cx-warm"].cells] == [
        cell.get("outputs") for cell in made["nbclient"].cells
    ]
