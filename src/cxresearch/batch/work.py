"""The work of one row: run its notebooks, write its reports, put all of them in place; no journal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cxresearch.batch.making import Making, StoppedError
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.parameters import notebook_parameters
from cxresearch.batch.placing import begin_stage, keep_failed, output_hashes, put_in_place, recover
from cxresearch.batch.plan import BatchPlan, Kind
from cxresearch.batch.rows import Row
from cxresearch.batch.secrets import Secrets, find_secrets, named_variables
from cxresearch.warm.client import Warm
from cxresearch.warm.results import OnCell
from cxresearch.workflow.places import chapter_notebooks, group_notebook
from cxresearch.workflow.portable import load_notebook

_RENDER = "cxresearch.batch.render"


def make_reports(row: Row, plan: BatchPlan, warm: Warm, *, on_cell: OnCell | None = None) -> Outcome:
    """Make all reports of a row, in every language and format, and put them in place together.

    A row that fails leaves its earlier files as they were; the notebook that failed is kept beside them as
    `failed-<language>.ipynb` until the row is made.
    """
    folder = Path(plan.out) / row.id
    making = Making(row, plan, warm, stage=folder, folder=folder, on_cell=on_cell, secrets=_secrets(row, plan))
    try:
        making.stage = begin_stage(folder)
        _MAKERS[plan.kind](making)
        outputs = output_hashes(making.stage, row.id)
        put_in_place(making.stage, folder)
    except StoppedError as stopped:
        return stopped.outcome
    except OSError as failure:
        return making.failed_on_disk(failure)
    finally:
        recover(folder)
    return making.done(outputs)


def _group(making: Making) -> None:
    row, plan = making.row, making.plan
    given = {"study": plan.study, "seed": plan.seed, "run": plan.out, **row.parameters}
    making.shown = {"study": shown_study(plan.study, plan.cwd), "run": plan.shown_out}
    for language in plan.languages:
        stem = f"{row.id}-{language}"
        executed = making.execute(group_notebook(), f"{stem}.ipynb", language, {**given, "language": language})
        _render(making, f"{_RENDER}:render_group", language, executed, **given)


def _own(making: Making) -> None:
    row, plan = making.row, making.plan
    notebook = Path(plan.notebook)
    has = {parameter.name for parameter in notebook_parameters(load_notebook(notebook), notebook.name)}
    languages = plan.languages if "language" in has else plan.languages[:1]
    given = {"study": plan.study, "seed": plan.seed, "run": plan.out}
    making.shown = {"study": shown_study(plan.study, plan.cwd), "run": plan.shown_out}
    for language in languages:
        values = {name: value for name, value in {**given, "language": language}.items() if name in has}
        stem = f"{row.id}-{language}"
        executed = making.execute(notebook, f"{stem}.ipynb", language, {**values, **row.parameters})
        _render(making, f"{_RENDER}:render_own", language, executed, title=row.name)


def _study(making: Making) -> None:
    row, plan = making.row, making.plan
    study, seed = str(row.parameters["study"]), int(row.parameters["seed"])
    making.shown = {"study": shown_study(study, plan.cwd), "run": os.path.join(plan.shown_out, row.id)}
    key = making.call(
        f"{_RENDER}:analyse_study",
        study=study,
        seed=seed,
        languages=plan.languages,
        earlier=str(making.folder),
        folder=str(making.stage),
    )
    for language in plan.languages:
        given = {"study": study, "language": language, "seed": seed, "run": str(making.stage)}
        executed = [
            making.execute(notebook, f"notebooks/{language}/{notebook.name}", language, given)
            for notebook in chapter_notebooks()
        ]
        making.call(
            "cxresearch.workflow.rendering:render_study",
            language,
            study=study,
            seed=seed,
            run=str(making.stage),
            key=key,
            executed=[str(path) for path in executed],
            formats=plan.formats,
        )


def _secrets(row: Row, plan: BatchPlan) -> Secrets:
    """The secrets of the environment that the study or the user's notebook names."""
    study = row.parameters.get("study") or plan.study
    named = [Path(str(study)) / "study.yml"] if study else []
    named += [Path(plan.notebook)] if plan.notebook else []
    return find_secrets(named_variables(_text(path) for path in named), os.environ)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _render(making: Making, function: str, language: str, executed: Path, **more: Any) -> None:
    try:
        making.call(
            function,
            language,
            executed=str(executed),
            formats=making.plan.formats,
            folder=str(making.stage),
            stem=executed.stem,
            **more,
        )
    except StoppedError:
        keep_failed(making.folder, language, lambda path: shutil.copyfile(executed, path))
        raise


_MAKERS: Mapping[Kind, Callable[[Making], None]] = {"group": _group, "study": _study, "notebook": _own}


def shown_study(study: str, cwd: str) -> str:
    """A study's folder as executed notebooks tell it: from the working folder, else without the machine's folders."""
    path = Path(study)
    if path.is_relative_to(cwd):
        return path.relative_to(cwd).as_posix()
    return f"{path.parent.name}/{path.name}" if path.parent.name == "data" else path.name
