"""The command `cxresearch batch`.

Exit codes: 0 every report is there; 1 the input or the folder is wrong; 2 the command itself is wrong; 3 some reports
failed, the others are there; 74 the disk is full; 75 another batch is at work in the folder; 130 interrupted.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from cxresearch.batch.codes import INTERRUPTED, exit_code
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.progress import Progress, Summary, open_progress
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.result import BatchResult
from cxresearch.batch.run import foresee_batch, run_batch
from cxresearch.batch.standing import Standing
from cxresearch.batch.workers import processors
from cxresearch.errors import CxError, Problem
from cxresearch.language import LANGUAGES, Phrase, render, spoken_language

_MOST_TOLD = 20
"""Failures that are told in sentences at the end; the front page has all."""


class BatchError(CxError):
    """A batch that ended with problems, and its exit code."""

    def __init__(self, problems: Iterable[Problem], code: int) -> None:
        super().__init__(problems)
        self.exit_code = code


def batch(
    study: Annotated[list[str] | None, typer.Argument(help="Study folder; several with --by study.")] = None,
    by: Annotated[str, typer.Option(help="One report per unit, period, study, or group that study.yml declares.")] = "",
    table: Annotated[str, typer.Option(help="CSV or Excel file: a column per parameter, a row per report.")] = "",
    notebook: Annotated[str, typer.Option(help="Run this notebook with the table's parameters.")] = "",
    language: Annotated[str, typer.Option(help="fi, en or fi,en.")] = ",".join(LANGUAGES),
    format: Annotated[str, typer.Option(help="html, pdf, docx, in any mix.")] = "html,pdf,docx",  # noqa: A002
    out: Annotated[str, typer.Option(help="Folder of the batch; reports/<study>/batch/<by> by default.")] = "",
    jobs: Annotated[int, typer.Option(help="Reports made side by side; 0 for one per processor.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of random draws; 0 takes the study's own.")] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds that a cell may take; 0 for no limit.")] = 600.0,
    retry: Annotated[int, typer.Option(help="How often a report is begun again whose process was killed.")] = 1,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Begin no more reports after a failure.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be made and why; write nothing.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="Tell progress as JSON lines on standard output.")] = False,
    only: Annotated[str, typer.Option(help="Make only these rows: ids or names, separated by commas.")] = "",
    shard: Annotated[str, typer.Option(help="Make the i-th of n shares: i/n.")] = "",
    cluster: Annotated[str, typer.Option(help="Dask scheduler to make the reports on, or local.")] = "",
) -> None:
    """Make many reports: one per unit, period, group, study or row of a table."""
    request = BatchRequest(
        studies=tuple(study or ()),
        by=by,
        table=table,
        notebook=notebook,
        languages=_listed(language),  # type: ignore[arg-type]
        formats=_listed(format),
        out=out,
        seed=seed,
        jobs=jobs,
        timeout=timeout,
        retries=retry,
        fail_fast=fail_fast,
        only=_listed(only),
        shard=shard,
        cluster=cluster,
    )
    try:
        if dry_run:
            _foresee(request, json_lines)
        else:
            _run(request, json_lines)
    except BatchError:
        raise
    except CxError as error:
        raise BatchError(error.problems, exit_code(error)) from error


def _listed(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def _tell(phrase: Phrase) -> None:
    typer.echo(render(phrase, spoken_language()), err=True)


def _foresee(request: BatchRequest, json_lines: bool) -> None:
    found = foresee_batch(request, tell=_tell)
    for standing in found:
        typer.echo(_as_json(standing) if json_lines else _as_line(standing))
    count = sum(standing.why != "unchanged" for standing in found)
    _tell(Phrase("batch.foreseen", {"count": count, "kept": len(found) - count}))


def _as_line(standing: Standing) -> str:
    why = Phrase(f"batch.why.{standing.why}")
    return render(Phrase("batch.row_why", {"row": standing.row.id, "why": why}), spoken_language())


def _as_json(standing: Standing) -> str:
    return json.dumps({"row": standing.row.id, "name": standing.row.name, "why": standing.why}, ensure_ascii=False)


class _Counted:
    """Passes progress on and counts, so that an interrupted batch can tell what it made."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.states = progress, Counter[str]()
        self.total = self.unchanged = 0
        self.begun = time.monotonic()

    def begin(self, total: int, skipped: int) -> None:
        self.total, self.unchanged = total, skipped
        self.progress.begin(total, skipped)

    def row_started(self, row: str) -> None:
        self.progress.row_started(row)

    def row_finished(self, outcome: Outcome) -> None:
        self.states[outcome.state] += 1
        self.progress.row_finished(outcome)

    def end(self, stopped: str) -> None:
        made, ended = self.states["done"], self.states.total()
        summary = Summary(
            made=made,
            unchanged=self.unchanged,
            failed=ended - made,
            left=self.total - self.unchanged - ended,
            seconds=time.monotonic() - self.begun,
            stopped=stopped if stopped in ("interrupted", "disk_full") else "",  # type: ignore[arg-type]
        )
        self.progress.end(summary)


def _run(request: BatchRequest, json_lines: bool) -> None:
    heard = _Counted(open_progress(workers=request.jobs or processors(), json_lines=json_lines))
    try:
        result = run_batch(request, tell=_tell, hearing=heard)
    except KeyboardInterrupt:
        heard.end("interrupted")
        raise BatchError((), INTERRUPTED) from None
    heard.end(result.stop)
    _tell_rest(result, request)
    if not json_lines:
        for path in result.pages.values():
            typer.echo(os.path.relpath(path))
    if result.exit_code:
        problems = [problem for outcome in result.failed if (problem := outcome.problem()) is not None]
        raise BatchError(problems[:_MOST_TOLD], result.exit_code)


def _tell_rest(result: BatchResult, request: BatchRequest) -> None:
    if result.stop == "fail_fast":
        _tell(Phrase("batch.fail_fast"))
    if result.left:
        _tell(Phrase("batch.left", {"count": len(result.left), "rows": ", ".join(result.left)}))
    files = [path for outcome in result.made for path in outcome.outputs]
    if request.notebook and files and all(path.endswith(".ipynb") for path in files):
        _tell(Phrase("batch.only_notebooks", {"count": len(files)}))
