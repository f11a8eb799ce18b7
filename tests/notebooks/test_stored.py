"""The notebooks as they lie in the repository: thin, bilingual, with small outputs that tell nothing of a machine."""

from __future__ import annotations

import ast
import getpass
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cxresearch.workflow.parameters import TYPES
from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
LARGEST = 500_000
"""Bytes of a notebook that a review can still show."""
MOST_LINES = 4
HEADING = re.compile(r"^(#+) [^{\n]+(\{#[a-z0-9-]+\})?$", re.MULTILINE)
PLACES = re.compile(r"(/(home|root|Users|work|tmp|var|opt|mnt)/|[A-Za-z]:\\\\|file://)")

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def test_it_is_a_valid_notebook_of_a_plain_kernel(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


def test_its_first_cell_holds_the_parameters_and_nothing_else(path: Path) -> None:
    first, *others = cells(path, "code")
    assert first.metadata.tags == ["parameters"]
    assert all("parameters" not in cell.metadata.get("tags", []) for cell in others)
    body = ast.parse(first.source).body
    assert all(isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) for node in body)
    assert {node.targets[0].id: type(node.value.value) for node in body} == dict(TYPES)  # type: ignore[attr-defined]


def test_its_code_is_thin(path: Path) -> None:
    for cell in cells(path, "code"):
        tree = ast.parse(cell.source)
        assert len(cell.source.splitlines()) <= MOST_LINES, cell.source
        for node in ast.walk(tree):
            assert not isinstance(
                node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.Try, ast.ImportFrom)
            ), cell.source
            if isinstance(node, ast.Import):
                assert [name.name for name in node.names] == ["cxresearch"], cell.source


def test_its_texts_come_in_pairs(path: Path) -> None:
    texts = cells(path, "markdown")
    tags = [cell.metadata.get("tags") for cell in texts]
    assert tags == [["lang-fi"], ["lang-en"]] * (len(texts) // 2)
    for finnish, english in zip(texts[::2], texts[1::2], strict=True):
        assert HEADING.findall(finnish.source) == HEADING.findall(english.source)
        assert finnish.source != english.source
        assert finnish.source.count("\n\n") == english.source.count("\n\n")


def test_its_outputs_are_stored_and_small(path: Path) -> None:
    assert path.stat().st_size < LARGEST
    _, begin, *exhibits = cells(path, "code")
    assert not begin.outputs and exhibits
    assert [cell.source for cell in exhibits if not cell.outputs] == []
    kinds = {output.output_type for cell in exhibits for output in cell.outputs}
    assert kinds == {"display_data"}


def test_its_stored_pictures_have_a_text(path: Path) -> None:
    for cell in cells(path, "code"):
        for output in cell.outputs:
            if "image/png" in output.data:
                assert len(output.data["text/plain"]) > 20
                assert output.metadata["image/png"]["alt"] == output.data["text/plain"]


def test_it_tells_nothing_of_a_machine(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags", "cxresearch"}, cell.id
        for output in cell.get("outputs", []):
            for mime, text in output.data.items():
                if mime != "image/png":
                    assert not PLACES.search(str(text)), (cell.id, mime)
                    assert getpass.getuser() == "root" or getpass.getuser() not in str(text)
