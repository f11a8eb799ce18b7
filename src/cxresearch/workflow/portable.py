"""Notebooks as they are handed on: run with given parameters, and free of the machine that ran them."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.translators import PythonTranslator

INJECTED = "injected-parameters"
"""The tag of the cell that holds the given parameters."""


def shown_path(path: Path) -> str:
    """A path as a notebook's parameter: relative to the working folder where that is possible."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)


def load_notebook(path: Path) -> NotebookNode:
    """A notebook as it lies on the disk, brought to the current form.

    Raises
    ------
    OSError
        If it cannot be read. ValueError if it is no notebook.
    """
    notebook: NotebookNode = load_notebook_node(str(path))
    return notebook


def with_parameters(notebook: NotebookNode, parameters: Mapping[str, Any]) -> NotebookNode:
    """A copy of a notebook, without outputs, in which a cell that sets the parameters follows the one tagged so."""
    made: NotebookNode = parameterize_notebook(
        copy.deepcopy(notebook), dict(parameters), kernel_name="python3", language="python"
    )
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if INJECTED in cell.metadata.get("tags", ()):
            cell["id"] = INJECTED
    return made


def make_portable(notebook: NotebookNode, name: str, shown: Mapping[str, str]) -> None:
    """Leave no path of this machine nor the folder of an unfinished run in an executed notebook.

    Parameters
    ----------
    name : file name of the executed notebook. shown : parameter → the value to be told instead.
    """
    told = notebook.metadata.setdefault("papermill", {})
    told["input_path"], told["output_path"] = f"notebooks/{name}", name
    given = told.get("parameters", {})
    given.update({parameter: value for parameter, value in shown.items() if parameter in given})
    for cell in notebook.cells:
        if INJECTED in cell.metadata.get("tags", ()):
            cell.source = "\n".join(_told(line, shown) for line in cell.source.splitlines())


def _told(line: str, shown: Mapping[str, str]) -> str:
    parameter = line.partition(" = ")[0]
    return f"{parameter} = {PythonTranslator.translate_str(shown[parameter])}" if parameter in shown else line
