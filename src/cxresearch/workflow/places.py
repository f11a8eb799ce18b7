"""Where things are: the study folder, the notebooks, the folder of results."""

from __future__ import annotations

import contextlib
from importlib import resources
from pathlib import Path

from cxresearch.errors import ParameterError, Problem


def find_study(folder: str | Path) -> Path:
    """The study folder; a relative path is looked up from the working folder upwards.

    Raises
    ------
    ParameterError
        If no such folder with a `study.yml` exists.
    """
    wanted = Path(folder).expanduser()
    starts = [Path()] if wanted.is_absolute() else [Path.cwd(), *Path.cwd().parents]
    for start in starts:
        with contextlib.suppress(OSError, ValueError):
            if (start / wanted / "study.yml").is_file():
                return (start / wanted).resolve()
    code = "workflow.no_study_file" if _is_folder(wanted) else "workflow.no_study"
    raise ParameterError(Problem(code=code, file=str(folder)))


def _is_folder(path: Path) -> bool:
    """Whether a path is a folder; a path that no file system takes is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def results_folder(study: Path, run: str = "") -> Path:
    """Where a run writes: `run` if given, else `reports/<study>` beside `data/`, else inside the study folder."""
    if run:
        return Path(run).expanduser().resolve()
    if study.parent.name == "data":
        return study.parent.parent / "reports" / study.name
    return study / "reports"


def notebooks_folder() -> Path:
    """The notebooks: inside an installed package, else beside the source tree's `src/`."""
    packaged = Path(str(resources.files("cxresearch"))) / "_notebooks"
    return packaged if packaged.is_dir() else packaged.parents[2] / "notebooks"


def chapter_notebooks() -> tuple[Path, ...]:
    """The chapters' notebooks in order."""
    return tuple(sorted(notebooks_folder().glob("[0-9][0-9]_*.ipynb")))


def group_notebook() -> Path:
    """The notebook of one group's report."""
    return notebooks_folder() / "batch" / "group_report.ipynb"
