"""One run: analyse a study, execute the notebooks, write the reports; all of it or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat

from cxresearch.errors import CxError, DataError, OutputError, ParameterError, Problem, raise_if
from cxresearch.findings import Findings
from cxresearch.language import LANGUAGES, Language
from cxresearch.report import WRITERS
from cxresearch.study import Study, load_study
from cxresearch.warm.client import Warm
from cxresearch.workflow.analysis import all_hashed, analyse, provenance
from cxresearch.workflow.atomic import staged
from cxresearch.workflow.documents import check_texts
from cxresearch.workflow.notebooks import Job, run_notebooks
from cxresearch.workflow.parameters import parameter_problems
from cxresearch.workflow.places import chapter_notebooks, find_study, results_folder
from cxresearch.workflow.portable import make_portable, shown_path
from cxresearch.workflow.rendering import open_processes
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


def check_choices(languages: Sequence[str], formats: Sequence[str], seed: int, workers: int) -> None:
    """Look through what a run is asked for.

    Raises
    ------
    ParameterError
        With every language, format, seed and number of workers that cannot be.
    """
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
    check_choices(languages, formats, seed, workers)
    place = find_study(folder)
    study = load_study(place)
    target = results_folder(place, out)
    findings = current_findings(study, seed, target, progress)
    with staged(target) as stage:
        save_bundle(findings, stage / "bundle")
        write_results(findings, stage)
        check_texts(study, findings, languages)
        count = workers or min(4, os.cpu_count() or 1)
        with open_processes(study.folder, findings.provenance.seed, stage, count) as warm:
            executed = _execute(study, findings, languages, target, stage, warm, count, progress)
            if load_bundle(study, findings.provenance.key, stage / "bundle") is None:
                raise DataError(Problem(code="workflow.changed_during_run", file=study.folder.name))
            written = _write(study, findings, executed, formats, stage, warm, count, progress)
    reports = {names: target / path.relative_to(stage) for names, path in written.items()}
    return Run(target, findings, reports)


def current_findings(study: Study, seed: int, target: Path, progress: Progress) -> Findings:
    """The findings kept in `target/bundle` if plan, data, code and seed are still the same, else new ones."""
    made_from = provenance(study, seed or study.spec.seed)
    kept = load_bundle(study, made_from.key, target / "bundle") if all_hashed(study, made_from) else None
    if kept is not None:
        progress("kept", "")
        return kept
    return analyse(study, made_from, lambda stage: progress(stage, ""))


def _execute(
    study: Study,
    findings: Findings,
    languages: Sequence[Language],
    target: Path,
    stage: Path,
    warm: Warm,
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
                "study": shown_path(study.folder),
                "language": language,
                "seed": findings.provenance.seed,
                "run": str(stage),
            }
            jobs.append(Job(notebook, path, parameters))
    run_notebooks(jobs, warm, workers=workers, done=lambda job: progress("notebook", _name(job)))
    for paths in executed.values():
        for path in paths:
            _without_machine(path, shown_path(target))
    return executed


def _name(job: Job) -> str:
    return f"{job.notebook.stem} ({job.parameters['language']})"


def _without_machine(path: Path, shown: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    make_portable(notebook, path.name, {"run": shown})
    nbformat.write(notebook, path)


def _write(
    study: Study,
    findings: Findings,
    executed: dict[Language, list[Path]],
    formats: Sequence[str],
    stage: Path,
    warm: Warm,
    workers: int,
    progress: Progress,
) -> dict[tuple[str, str], Path]:
    """The reports of all languages, side by side."""
    made_from = findings.provenance

    def write(language: Language) -> dict[tuple[str, str], Path]:
        given = {"study": str(study.folder), "seed": made_from.seed, "run": str(stage), "key": made_from.key}
        notebooks = [str(path) for path in executed[language]]
        called = warm.call(
            "cxresearch.workflow.rendering:render_study",
            {**given, "executed": notebooks, "language": language, "formats": list(formats)},
        )
        if called.problems:
            raise CxError(called.problems)
        if called.state != "ok":
            lost = f"{called.ename}: {called.evalue}"
            raise OutputError(Problem(code="workflow.writing_failed", value=lost, file=language))
        return {(language, name): Path(path) for name, path in called.value.items()}

    with ThreadPoolExecutor(max_workers=workers) as pool:
        for language in executed:
            progress("writing", language)
        try:
            return {names: path for one in pool.map(write, executed) for names, path in one.items()}
        except BaseException:
            warm.close()
            raise
