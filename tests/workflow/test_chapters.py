"""The author's words get the run's numbers, or a sentence that says which number there is not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest
from nbformat import NotebookNode

from cxresearch.errors import CxError, StudyError
from cxresearch.exhibits.blocks import BLOCK_MIME, Prose
from cxresearch.findings import Findings
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.warm.client import open_warm
from cxresearch.warm.results import Executed
from cxresearch.workflow.chapters import author_text, fill_values, notebook_blocks
from cxresearch.workflow.notebooks import Job, NotebookError, run_notebooks


@dataclass
class Found:
    """Just enough of the findings."""

    results: Mapping[str, Result]

    def estimate(self, term: str) -> Estimate | None:
        found = self.results.get(term)
        return found if isinstance(found, Estimate) else None


@pytest.fixture
def findings() -> Findings:
    pearson = Estimate(
        term="h1.pearson", estimate=0.4567, conf_low=0.123, conf_high=0.678, conf_level=0.95, p_value=0.0004,
        n_units=30, method="linkage.pearson",
    )  # fmt: skip
    bare = Estimate(term="h1.mde", estimate=1234.5, method="linkage.mde")
    unknown = NotEstimable(term="h1.spearman", reason="not_computed")
    return cast(Findings, Found({found.term: found for found in (pearson, bare, unknown)}))


@pytest.mark.parametrize(
    ("text", "english", "finnish"),
    [
        ("r = {h1.pearson}", "r = .46", "r = 0,46"),
        ("({h1.pearson:p}, {h1.pearson:units} teams)", "(< .001, 30 teams)", "(< 0,001, 30 teams)"),
        ("{not a value}, {h1}, {{x}}, $\\frac{a}{b}$", None, None),
        ("", None, None),
    ],
)
def test_values_are_written_in_the_language(
    findings: Findings, text: str, english: str | None, finnish: str | None
) -> None:
    plain = {language: fill_values(text, findings, language, file="a.md") for language in ("en", "fi")}
    assert plain["en"].replace("\u00a0", " ") == (text if english is None else english)
    assert plain["fi"].replace("\u00a0", " ") == (text if finnish is None else finnish)


def test_intervals_are_written_whole(findings: Findings) -> None:
    assert fill_values("{h1.pearson:ci}", findings, "en", file="a.md") == "[.12, .68]"
    assert fill_values("{h1.pearson:ci}", findings, "fi", file="a.md") == "[0,12; 0,68]"


def test_every_unknown_value_is_told_with_its_line_and_the_nearest_names(findings: Findings) -> None:
    text = "One {h1.person}.\n\nTwo {h1.pearson:odds} and {h1.spearman}."
    with pytest.raises(StudyError) as failed:
        fill_values(text, findings, "en", file="text/en/discussion.md")
    assert [(problem.line, problem.value) for problem in failed.value.problems] == [
        (1, "{h1.person}"), (3, "{h1.pearson:odds}"), (3, "{h1.spearman}"),
    ]  # fmt: skip
    first = failed.value.problems[0]
    assert first.what("en") == "The text names {h1.person}, which the run does not have or could not estimate."
    assert first.remedy("en") == (
        "The nearest statistics are: h1.pearson, h1.spearman. After a colon these forms are possible: :ci, :p, :units."
    )
    assert first.remedy("fi").startswith("Lähimmät tunnusluvut ovat: h1.pearson, h1.spearman.")


@pytest.mark.parametrize("form", ["ci", "p", "units"])
def test_a_form_that_the_statistic_does_not_have_is_told(findings: Findings, form: str) -> None:
    with pytest.raises(StudyError, match="which the run does not have or could not estimate"):
        fill_values(f"{{h1.mde:{form}}}", findings, "en", file="a.md")


def test_a_text_that_is_not_utf8_is_told(findings: Findings, tmp_path: Path) -> None:
    (tmp_path / "text" / "fi").mkdir(parents=True)
    (tmp_path / "text" / "fi" / "theory.md").write_bytes("Äly".encode("cp1252"))
    with pytest.raises(StudyError, match=r"The text text/fi/theory.md is not UTF-8"):
        author_text(tmp_path, "fi", "theory", findings)
    assert author_text(tmp_path, "en", "theory", findings) == ()


def notebook(path: Path, *cells: tuple[str, str, list[str]]) -> Path:
    made = nbformat.v4.new_notebook(metadata={"language_info": {"name": "python"}})
    for kind, source, tags in cells:
        cell = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
        cell.metadata["tags"] = tags
        made.cells.append(cell)
    nbformat.write(made, path)
    return path


def test_cells_of_other_languages_and_of_the_notebook_alone_are_left_out(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "a.ipynb",
        ("markdown", "Both", []),
        ("markdown", "English", ["lang-en"]),
        ("markdown", "Suomi", ["lang-fi"]),
        ("markdown", "Screen", ["notebook-only"]),
        ("code", "1 + 1", []),
    )
    shown = nbformat.read(path, as_version=4)
    block = {BLOCK_MIME: {"kind": "prose", "markdown": "Block"}}
    shown.cells[-1].outputs = [nbformat.v4.new_output("display_data", data=block)]
    nbformat.write(shown, path)
    assert notebook_blocks(path, "fi") == (Prose("Both"), Prose("Suomi"), Prose("Block"))
    assert notebook_blocks(path, "en") == (Prose("Both"), Prose("English"), Prose("Block"))


@pytest.fixture
def failing(tmp_path: Path) -> Job:
    path = notebook(
        tmp_path / "07_failing.ipynb",
        ("code", 'study = ""', ["parameters"]),
        ("markdown", "Text", []),
        ("code", "fine = 1", []),
        ("code", "fine / 0", []),
    )
    return Job(path, tmp_path / "out" / "07.ipynb", {"study": "x"})


class Stopping:
    """Warm processes in which every notebook ends in the same way, after a moment."""

    def __init__(self, **end: Any) -> None:
        self.end, self.begun, self.closed = end, 0, False

    def execute(self, notebook: NotebookNode, **given: Any) -> Executed:
        self.begun += 1
        time.sleep(0.02)
        return Executed(notebook=notebook, **self.end)

    def close(self) -> None:
        self.closed = True


@pytest.mark.slow
def test_a_cell_that_fails_is_named_with_its_notebook(failing: Job) -> None:
    done: list[Any] = []
    with open_warm() as warm, pytest.raises(NotebookError) as failed:
        run_notebooks([failing], warm, workers=1, done=done.append)
    (problem,) = failed.value.problems
    assert problem.what("en") == ("Cell 4 of the notebook 07_failing.ipynb failed: ZeroDivisionError: division by zero")
    assert problem.remedy("en") == "The cell reads: fine / 0. Run the notebook in JupyterLab to look into it."
    assert "07_failing.ipynb" in problem.what("fi")
    assert done == []
    assert not failing.executed.exists()


def test_parameters_of_a_job_are_checked_before_it_runs(tmp_path: Path) -> None:
    job = Job(tmp_path / "a.ipynb", tmp_path / "b.ipynb", {"typo": 1})
    warm = Stopping(state="ok")
    with pytest.raises(CxError, match="There is no parameter typo"):
        run_notebooks([job], warm, workers=1, done=lambda job: None)
    assert list(tmp_path.iterdir()) == []
    assert warm.begun == 0


@pytest.mark.parametrize("cell", [None, 1])
def test_a_process_that_stops_is_told(failing: Job, cell: int | None) -> None:
    warm = Stopping(state="died", cell=cell, ename="DeadProcess", evalue="SIGKILL")
    with pytest.raises(NotebookError, match=r"The process that ran the notebook 07_failing.ipynb stopped: SIGKILL"):
        run_notebooks([failing], warm, workers=1, done=lambda job: None)


def test_jobs_not_begun_are_not_begun_after_a_failure(failing: Job, tmp_path: Path) -> None:
    warm = Stopping(state="error", cell=3, ename="E", evalue="e")
    jobs = [Job(failing.notebook, tmp_path / "out" / f"{n}.ipynb", {}) for n in range(20)]
    with pytest.raises(NotebookError):
        run_notebooks(jobs, warm, workers=1, done=lambda job: None)
    assert warm.begun < len(jobs)
    assert warm.closed
