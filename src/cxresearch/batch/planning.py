"""From what a batch is asked for to its plan and rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cxresearch.batch.group_rows import check_table, rows_of_group_table, rows_of_groups
from cxresearch.batch.listed import Listed
from cxresearch.batch.own_rows import rows_of_own_notebook
from cxresearch.batch.plan import BatchPlan, Kind
from cxresearch.batch.prepared import Prepared, prepare
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.rows import file_safe
from cxresearch.batch.study_rows import rows_of_studies
from cxresearch.language import Phrase
from cxresearch.study import Study, load_study
from cxresearch.workflow.groups.membership import check_kind
from cxresearch.workflow.places import find_study, results_folder

Tell = Callable[[Phrase], None]
"""Hears sentences about what the batch does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A batch that is ready to be made. `prepared` : its study's findings and groups; None if it has no one study."""

    plan: BatchPlan
    listed: Listed
    prepared: Prepared | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A request whose studies and table are there and well formed. `out` : folder of the batch."""

    request: BatchRequest
    studies: tuple[Study, ...]
    out: Path

    @property
    def study(self) -> Study | None:
        """The one study of the batch, if its rows do not name their own."""
        return self.studies[0] if self.studies and self.request.rows_by != "study" else None


def open_request(request: BatchRequest) -> Opened:
    """Load the studies and look through the table; nothing is written.

    Raises
    ------
    CxError
        If a study or the table is wrong.
    """
    studies = tuple(load_study(find_study(folder)) for folder in request.studies)
    if request.table:
        check_table(Path(request.table), request.notebook)
    elif request.rows_by != "study":
        check_kind(studies[0], request.rows_by)
    return Opened(request=request, studies=studies, out=batch_folder(request, studies))


def batch_folder(request: BatchRequest, studies: tuple[Study, ...]) -> Path:
    """Where a batch writes: the folder asked for, else `batch/<by>` among the study's results."""
    if request.out:
        return Path(request.out).expanduser().resolve()
    name = file_safe(Path(request.table).stem) if request.table else file_safe(request.rows_by)
    if not studies:
        return Path.cwd() / "reports" / "batch" / name
    results = results_folder(studies[0].folder)
    return (results.parent if request.rows_by == "study" else results) / "batch" / name


def plan_batch(opened: Opened, tell: Tell, folder: Path | None = None) -> Planned:
    """Make what all rows rest on and list the rows.

    Parameters
    ----------
    folder : where findings and groups are kept; the batch's own folder by default.

    Raises
    ------
    CxError
        If the study's data, the groups asked for or the table are wrong, or the folder cannot be written.
    """
    request, study = opened.request, opened.study
    prepared = None
    if study is not None:
        prepared = prepare(study, request.seed, folder or opened.out, lambda step, of: tell(_step(step, of)))
    plan = _plan(opened, prepared)
    return Planned(plan=plan, listed=_listed(opened, plan, prepared), prepared=prepared)


def _step(step: str, of: str) -> Phrase:
    return Phrase(f"cli.step.{step}", {"of": of})


def _plan(opened: Opened, prepared: Prepared | None) -> BatchPlan:
    request = opened.request
    return BatchPlan(
        kind=_kind(request),
        by=request.rows_by,
        out=str(opened.out),
        shown_out=_shown(opened.out),
        cwd=str(Path.cwd()),
        languages=request.languages,
        formats=request.formats,
        study=str(opened.study.folder) if opened.study else "",
        seed=prepared.findings.provenance.seed if prepared else request.seed,
        timeout=request.timeout,
        retries=request.retries,
        notebook=str(Path(request.notebook).resolve()) if request.notebook else "",
    )


def _kind(request: BatchRequest) -> Kind:
    if request.notebook:
        return "notebook"
    return "study" if request.rows_by == "study" else "group"


def _listed(opened: Opened, plan: BatchPlan, prepared: Prepared | None) -> Listed:
    request = opened.request
    if request.notebook:
        return rows_of_own_notebook(plan, Path(request.table), prepared.key if prepared else "")
    if prepared is None:
        return rows_of_studies(plan, opened.studies)
    if request.table:
        return rows_of_group_table(plan, prepared, Path(request.table))
    return rows_of_groups(plan, prepared)


def _shown(out: Path) -> str:
    """The batch's folder as executed notebooks tell it: from the working folder, else without the machine's folders."""
    here = Path.cwd()
    return out.relative_to(here).as_posix() if out.is_relative_to(here) else out.name
