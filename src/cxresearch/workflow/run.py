"""One run: analyse a study, execute the notebooks, write the reports; all of it or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from papermill.translators import PythonTranslator

from cxresearch.errors import DataError, ParameterError, Problem, raise_if
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, Language
from cxresearch.report import WRITERS, write_report
from cxresearch.study import Study, load_study
from cxresearch.workflow.analysis import all_hashed, analyse, provenance
from cxresearch.workflow.atomic import staged
from cxresearch.workflow.documents import build_document, check_texts
from cxresearch.workflow.notebooks import Job, run_notebooks
from cxresearch.workflow.parameters import parameter_problems
from cxresearch.workflow.places import chapter_notebooks, find_study, results_folder
from cxresearch.workflow.results import write_results
from cxresearch.workflow.store import load_bundle, save_bundle

Progress = Callable[[str, str], None]
"""Hears of each step as it begins: its code and what it works on."""


@dataclass(frozen=True)
class Run:
    """What a run made: the findings and the reports by language and format."""

    folder: Path
    findings: Findings
    reports: dict[tuple[str, str], Path]


def _check_choices(languages: Sequence[str], formats: Sequence[str], seed: int, workers: int) -> None:
    known = {"language": (languages, LANGUAGES), "format": (formats, tuple(WRITERS))}
    problems = parameter_problems({"seed": seed})
    for name, (chosen, allowed) in known.items():
        details = {"known": ", ".join(allowed)}
        if not chosen:
            problems.append(Problem(code="workflow.nothing_chosen", column=name, details=details))
        problems += [
            Problem(code=f"workflow.{name}", column=name, value=value, details=details)
            for value in chosen
            if value not in allowed
        ]
    if workers < 0:
        problems.append(Problem(code="workflow.workers", column="workers", value=str(workers)))
    raise_if(problems, ParameterError)


def run_study(
    folder: str | Path,
    *,
    languages: Sequence[Language] = LANGUAGES,
    formats: Sequence[str] = tuple(WRITERS),
    out: str = "",
    seed: int = 0,
    workers: int = 0,
    progress: Progress = lambda step, of: None,
) -> Run:
    """Run a study from its folder to its reports.

    Everything is made in a folder of its own and moved into place at the end: a run that fails or is interrupted
    leaves earlier results as they were.

    Parameters
    ----------
    out : folder of the results; empty for `reports/<study folder>`. seed : 0 takes the study's own.
    workers : notebooks run side by side; 0 for one per processor, at most four.

    Raises
    ------
    CxError
        If the study, its data, a notebook or the folder of results is wrong.
    """
    _check_choices(languages, formats, seed, workers)
    place = find_study(folder)
    study = load_study(place)
    target = results_folder(place, out)
    findings = _findings(study, seed, target, progress)
    with staged(target) as stage:
        save_bundle(findings, stage / "bundle")
        write_results(findings, stage)
        check_texts(study, findings, languages)
        executed = _execute(study, findings, languages, target, stage, workers, progress)
        if load_bundle(study, findings.provenance.key, stage / "bundle") is None:
            raise DataError(Problem(code="workflow.changed_during_run", file=study.folder.name))
        reports: dict[tuple[str, str], Path] = {}
        for language in languages:
            document = build_document(study, findings, executed[language], language)
            progress("writing", language)
            written = write_report(document, formats, stage / language, f"{study.spec.study}-{language}")
            reports |= {(language, name): target / path.relative_to(stage) for name, path in written.items()}
    return Run(target, findings, reports)


def _findings(study: Study, seed: int, target: Path, progress: Progress) -> Findings:
    made_from = provenance(study, seed or study.spec.seed)
    kept = load_bundle(study, made_from.key, target / "bundle") if all_hashed(study, made_from) else None
    if kept is not None:
        progress("kept", "")
        return kept
    return analyse(study, made_from, lambda stage: progress(stage, ""))


def _shown(path: Path) -> str:
    """A path as a notebook's parameter: relative to the working folder where that is possible."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)


def _execute(
    study: Study,
    findings: Findings,
    languages: Sequence[Language],
    target: Path,
    stage: Path,
    workers: int,
    progress: Progress,
) -> dict[Language, list[Path]]:
    executed: dict[Language, list[Path]] = {language: [] for language in languages}
    jobs = []
    for notebook in chapter_notebooks():
        for language in languages:
            path = stage / "notebooks" / language / notebook.name
            executed[language].append(path)
            parameters = {
                "study": _shown(study.folder),
                "language": language,
                "seed": findings.provenance.seed,
                "run": str(stage),
            }
            jobs.append(Job(notebook, path, parameters))
    count = workers or min(4, os.cpu_count() or 1)
    run_notebooks(jobs, workers=count, done=lambda job: progress("notebook", _name(job)))
    for paths in executed.values():
        for path in paths:
            _without_machine(path, _shown(target))
    return executed


def _name(job: Job) -> str:
    return f"{job.notebook.stem} ({job.parameters['language']})"


def _without_machine(path: Path, shown: str) -> None:
    """Leave neither a path of this machine nor the folder of the unfinished run in an executed notebook."""
    notebook = nbformat.read(path, as_version=4)
    told = notebook.metadata.get("papermill", {})
    told["input_path"], told["output_path"] = f"notebooks/{path.name}", path.name
    if "parameters" in told:
        told["parameters"]["run"] = shown
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            lines = cell.source.splitlines()
            told_run = f"run = {PythonTranslator.translate_str(shown)}"
            cell.source = "\n".join(told_run if line.startswith("run = ") else line for line in lines)
    nbformat.write(notebook, path)
