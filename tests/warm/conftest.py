"""One warm parent for the whole suite, as a batch has one for all its reports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from cxresearch.warm.client import Warm, open_warm
from cxresearch.warm.results import Executed

PRELOAD = ("pandas", "pyarrow", "matplotlib.pyplot", "seaborn", "statsmodels.api")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks")

Run = Callable[..., Executed]


def notebook(*sources: str, tags: tuple[str, ...] = ()) -> NotebookNode:
    cells = [new_code_cell(source, metadata={"tags": list(tags)} if tags else {}) for source in sources]
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "", "language": ""}})


def shown(executed: Executed, cell: int = -1) -> str:
    """The text of a cell: what it printed and its result."""
    return "".join(_text(output) for output in executed.notebook.cells[cell].outputs).strip()


def _text(output: NotebookNode) -> str:
    text: str = output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
    return text


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    with open_warm(preload=PRELOAD) as workers:
        yield workers


@pytest.fixture
def run(warm: Warm, tmp_path: Path) -> Run:
    """Runs the sources of a notebook's cells."""

    def execute(*sources: str, **keywords: Any) -> Executed:
        return warm.execute(notebook(*sources), **{"cwd": tmp_path, **keywords})

    return execute
