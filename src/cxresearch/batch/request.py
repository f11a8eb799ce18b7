"""What a batch is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cxresearch.errors import ParameterError, Problem, raise_if
from cxresearch.language import LANGUAGES, Language
from cxresearch.report import WRITERS
from cxresearch.workflow.run import check_choices


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """What a batch is asked for.

    Attributes
    ----------
    studies : study folders; several only with `by="study"`, none only with a notebook of the user's own.
    by : `unit`, `period`, `study` or a grouping that the study declares; empty with a table, else `unit`.
    table : file with a row of parameters per report. notebook : run with them instead of the packaged one.
    out : folder of the batch; empty for `reports/<study>/batch/<by>`. seed : 0 takes the study's own.
    jobs : reports made side by side; 0 for one per processor. timeout : seconds that a cell may take; 0 for no limit.
    retries : how often a row is begun again whose process was killed. fail_fast : begin no more after a failure.
    only : ids or names of the rows to make. shard : `i/n`, to make the i-th of n parts.
    cluster : address of a Dask scheduler, or `local`; empty for this machine's processes.
    """

    studies: tuple[str, ...] = ()
    by: str = ""
    table: str = ""
    notebook: str = ""
    languages: tuple[Language, ...] = LANGUAGES
    formats: tuple[str, ...] = tuple(WRITERS)
    out: str = ""
    seed: int = 0
    jobs: int = 0
    timeout: float = 600.0
    retries: int = 1
    fail_fast: bool = False
    only: tuple[str, ...] = ()
    shard: str = ""
    cluster: str = ""

    @property
    def rows_by(self) -> str:
        """What the reports are by: the grouping asked for, `table` or `unit`."""
        return self.by or ("table" if self.table else "unit")


def check_request(request: BatchRequest) -> None:
    """Look through what is asked for before anything is read.

    Raises
    ------
    ParameterError
        With all that cannot be, at once.
    """
    problems = [*_of_choices(request), *_of_numbers(request), *_of_studies(request)]
    if request.by and request.table:
        problems.append(Problem(code="batch.by_and_table", column="by", value=request.by))
    if request.notebook and not request.table:
        problems.append(Problem(code="batch.notebook_without_table", file=request.notebook))
    if request.notebook and not _is_file(request.notebook):
        problems.append(Problem(code="batch.no_notebook", file=request.notebook))
    raise_if(problems, ParameterError)


def _of_choices(request: BatchRequest) -> Sequence[Problem]:
    try:
        check_choices(request.languages, request.formats, request.seed, 0)
    except ParameterError as error:
        return error.problems
    return ()


def _of_numbers(request: BatchRequest) -> list[Problem]:
    given = {"jobs": request.jobs, "retry": request.retries}
    problems = [
        Problem(code="batch.negative", column=name, value=str(value)) for name, value in given.items() if value < 0
    ]
    if not 0 <= request.timeout < math.inf:
        problems.append(Problem(code="batch.timeout_value", column="timeout", value=f"{request.timeout:g}"))
    return problems


def _of_studies(request: BatchRequest) -> list[Problem]:
    count = len(request.studies)
    if not count and not request.notebook:
        return [Problem(code="batch.no_study")]
    if count > 1 and request.rows_by != "study":
        return [Problem(code="batch.several_studies", column="by", value=request.rows_by)]
    return []


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False
