"""What warm processes do for a study besides running its notebooks: read it once, and write its reports.

These functions are called by name in other processes, with plain values.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cxresearch.errors import DataError, Problem
from cxresearch.language import Language
from cxresearch.report import write_report
from cxresearch.report.warmup import warm_up
from cxresearch.warm.client import Warm, open_warm
from cxresearch.workflow.documents import build_document
from cxresearch.workflow.session import keep_open, opened

PRELOAD = ("cxresearch.workflow.rendering", "seaborn")
"""Modules that the parent of warm processes imports."""


def open_processes(study: Path, seed: int, run: Path, count: int) -> Warm:
    """Warm processes that hold a study and the findings in `run` in memory, `count` of them at work at once.

    Raises
    ------
    CxError
        If they cannot be started.
    """
    arguments = {"study": str(study), "seed": seed, "run": str(run)}
    prime = "cxresearch.workflow.rendering:prime"
    return open_warm(preload=PRELOAD, prime=prime, arguments=arguments, processes=count)


def prime(*, study: str, seed: int, run: str) -> None:
    """Ready this process for being copied: the study's findings in memory, the writers loaded. No thread is left."""
    keep_open(study, seed=seed, run=run)
    warm_up()


def render_study(
    *, study: str, seed: int, run: str, key: str, executed: Sequence[str], language: Language, formats: Sequence[str]
) -> dict[str, str]:
    """Write a study's report from its executed notebooks: `run/<language>/<study>-<language>.<format>`.

    Raises
    ------
    DataError
        If the findings are no longer those of `key`.
    """
    plan, findings = opened(study, seed, run)
    if findings.provenance.key != key:
        raise DataError(Problem(code="workflow.changed_during_run", file=plan.folder.name))
    document = build_document(plan, findings, [Path(path) for path in executed], language)
    written = write_report(document, formats, Path(run) / language, f"{findings.spec.study}-{language}")
    return {name: str(path) for name, path in written.items()}
