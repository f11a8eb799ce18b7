"""The input key changes with everything that a report rests on, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from cxresearch.batch.key import input_key, named_files_sha256, texts_sha256
from tests.batch.fakes import notebook_of


def given(**more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "notebooks": [notebook_of("1 + 1")],
        "parameters": {"group": "a", "seed": 1},
        "languages": ("fi", "en"),
        "formats": ("html", "pdf"),
        "findings": "f",
        "group": "g",
        "texts": {"text/fi/theory.md": "t"},
        "files": {"table": "x"},
    }
    return values | more


def test_equal_inputs_give_equal_keys() -> None:
    assert input_key(**given()) == input_key(**given())
    assert input_key(**given()) == input_key(**given(parameters={"seed": 1, "group": "a"}, formats=("pdf", "html")))


CHANGED: dict[str, dict[str, Any]] = {
    "source": {"notebooks": [notebook_of("1 + 2")]},
    "more notebooks": {"notebooks": [notebook_of("1 + 1"), notebook_of("1 + 1")]},
    "parameter": {"parameters": {"group": "b", "seed": 1}},
    "seed": {"parameters": {"group": "a", "seed": 2}},
    "type of a parameter": {"parameters": {"group": "a", "seed": "1"}},
    "languages": {"languages": ("fi",)},
    "formats": {"formats": ("html",)},
    "findings": {"findings": "other"},
    "group": {"group": "other"},
    "texts": {"texts": {"text/fi/theory.md": "other"}},
    "files": {"files": {}},
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_a_report_rests_on_changes_its_key(what: str) -> None:
    assert input_key(**given(**CHANGED[what])) != input_key(**given())


def with_outputs(notebook: NotebookNode) -> None:
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="2")]
    notebook.cells[1].execution_count = 7


def with_other_ids(notebook: NotebookNode) -> None:
    notebook.cells[1]["id"] = "another"


def with_timings(notebook: NotebookNode) -> None:
    notebook.cells[1].metadata["papermill"] = {"duration": 3.2}
    notebook.metadata["papermill"] = {"start_time": "now"}


@pytest.mark.parametrize("change", [with_outputs, with_other_ids, with_timings])
def test_outputs_ids_and_timings_do_not_change_it(change: Callable[[NotebookNode], None]) -> None:
    notebook = notebook_of("1 + 1")
    change(notebook)
    assert input_key(**given(notebooks=[notebook])) == input_key(**given())


@pytest.mark.parametrize("metadata", [{"tags": ["lang-fi"]}, {"cxresearch": {"section": "sec-x"}}])
def test_tags_and_section_ids_change_it(metadata: dict[str, Any]) -> None:
    notebook = notebook_of("1 + 1")
    notebook.cells[1].metadata.update(metadata)
    assert input_key(**given(notebooks=[notebook])) != input_key(**given())


def test_the_authors_texts_are_hashed_by_their_paths(tmp_path: Path) -> None:
    assert texts_sha256(tmp_path) == {}
    (tmp_path / "text" / "fi").mkdir(parents=True)
    (tmp_path / "text" / "fi" / "theory.md").write_text("x", encoding="utf-8")
    assert list(texts_sha256(tmp_path)) == ["text/fi/theory.md"]


def test_files_that_parameters_name_are_hashed(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x", encoding="utf-8")
    named = named_files_sha256(
        {"file": "data.csv", "team": "A", "level": 3, "odd": "a\0b", "long": "x" * 9999}, tmp_path
    )
    assert list(named) == ["file"]
