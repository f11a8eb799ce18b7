"""Run the notebooks on the packaged example and store their outputs, small, for nbval and for readers.

Usage: .venv/bin/python tools/store_notebooks.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat

from cxresearch.exhibits.blocks import BLOCK_MIME
from cxresearch.warm.client import open_warm
from cxresearch.workflow.notebooks import Job, run_notebooks
from cxresearch.workflow.places import chapter_notebooks, group_notebook

KEPT = {"kernelspec", "language_info"}


def store(executed: Path, notebook: Path) -> None:
    """Copy the outputs of the executed notebook, without the report's blocks, times and injected parameters."""
    ran = nbformat.read(executed, as_version=4)
    own = nbformat.read(notebook, as_version=4)
    outputs = {cell.id: cell for cell in ran.cells}
    for count, cell in enumerate((cell for cell in own.cells if cell.cell_type == "code"), start=1):
        cell.outputs = outputs[cell.id].outputs
        cell.execution_count = count
        for output in cell.outputs:
            output.get("data", {}).pop(BLOCK_MIME, None)
            if "execution_count" in output:
                output.execution_count = count
    own.metadata = {name: value for name, value in own.metadata.items() if name in KEPT}
    own.metadata["language_info"] = {"name": "python"}
    nbformat.write(own, notebook)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        jobs = [Job(path, Path(folder) / path.name, {}) for path in (*chapter_notebooks(), group_notebook())]
        with open_warm() as warm:
            run_notebooks(jobs, warm, workers=2, done=lambda job: print(job.notebook.name))
        for job in jobs:
            store(job.executed, job.notebook)
    return 0


if __name__ == "__main__":
    sys.exit(main())
