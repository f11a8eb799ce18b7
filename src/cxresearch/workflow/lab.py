"""JupyterLab on a study: copies of the notebooks whose parameters name it."""

from __future__ import annotations

from pathlib import Path

import nbformat
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from cxresearch.workflow.places import results_folder


def prepare_lab(study: Path, notebooks: Path) -> Path:
    """Copy the notebooks into `<results>/lab`, set to the study, and return that folder.

    A copy that is already there is the researcher's own and stays as it is.
    """
    folder = results_folder(study) / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(notebooks.glob("[0-9][0-9]_*.ipynb")):
        copy = folder / source.name
        if copy.exists():
            continue
        notebook = parameterize_notebook(load_notebook_node(str(source)), {"study": str(study)})
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, copy)
    return folder
