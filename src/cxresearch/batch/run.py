"""A whole batch: list its rows, make those that are not there yet, tell what came of each."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from cxresearch.batch.cluster import open_cluster
from cxresearch.batch.codes import DISK_FULL, DONE, SOME_FAILED, exit_code
from cxresearch.batch.front_page import write_front_page
from cxresearch.batch.journal import Journal, Past
from cxresearch.batch.lock import locked
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.placing import clear_up, forget_failure, recover
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.planning import Opened, Planned, Tell, open_request, plan_batch
from cxresearch.batch.processes import open_processes
from cxresearch.batch.request import BatchRequest, check_request
from cxresearch.batch.room import bytes_per_row, free_bytes
from cxresearch.batch.rows import Row
from cxresearch.batch.shard import turn_to_prepare
from cxresearch.batch.share import Shard, read_shard
from cxresearch.batch.standing import Standing, standings
from cxresearch.batch.supervise import Happened, Stop, Submit, Supervised, supervise
from cxresearch.batch.work import make_reports
from cxresearch.errors import OutputError, ParameterError, Problem, raise_if
from cxresearch.language import Phrase
from cxresearch.warm.client import Warm
from cxresearch.workflow.atomic import output_error


class Hearing(Protocol):
    """Hears of a batch as it goes on; `progress.Progress` does."""

    def begin(self, total: int, skipped: int) -> None:
        """Rows in all, and those of them that are up to date already."""

    def row_started(self, row: str) -> None:
        """A row is begun, or begun again."""

    def row_finished(self, outcome: Outcome) -> None:
        """A row has ended, well or not."""


OpenWarm = Callable[[BatchPlan, int], Warm]
"""Opens the warm processes of a batch, for so many rows at once."""


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What a batch made.

    Attributes
    ----------
    folder : of the batch. standings : how each row stood before, in the order of the rows.
    outcomes : of the rows that were begun, by id. not_begun : ids of rows that were not, since the batch stopped.
    left : ids of rows that an earlier batch made and that are no longer in it; their reports stay.
    stop : why it stopped. pages : the front page by language.
    """

    folder: Path
    standings: tuple[Standing, ...]
    outcomes: Mapping[str, Outcome]
    not_begun: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    stop: Stop = ""
    pages: Mapping[str, Path]

    @property
    def made(self) -> tuple[Outcome, ...]:
        """The outcomes of rows that are made."""
        return tuple(outcome for outcome in self.outcomes.values() if outcome.state == "done")

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes of rows that failed."""
        return tuple(outcome for outcome in self.outcomes.values() if outcome.state != "done")

    @property
    def exit_code(self) -> int:
        """The code with which the command ends: see `codes`."""
        if self.stop == "disk_full":
            return DISK_FULL
        return SOME_FAILED if self.failed else DONE


def _nobody(phrase: Phrase) -> None:
    del phrase


def foresee_batch(request: BatchRequest, *, tell: Tell = _nobody) -> tuple[Standing, ...]:
    """Which rows a batch would make and which it would leave, and why; nothing is written.

    Raises
    ------
    CxError
        If what is asked for, a study, its data or the table is wrong.
    """
    check_request(request)
    shard = read_shard(request.shard)
    opened = open_request(request)
    with tempfile.TemporaryDirectory() as place:
        for name in ("bundle", "groups"):
            with suppress(OSError):
                shutil.copytree(opened.out / name, Path(place) / name)
        planned = plan_batch(opened, tell, Path(place))
        rows = _chosen(planned, request, shard)
        return tuple(standings(rows, Past.read(shard.journals(opened.out)), opened.out))


def run_batch(
    request: BatchRequest,
    *,
    tell: Tell = _nobody,
    hearing: Hearing | None = None,
    open_warm: OpenWarm = open_processes,
) -> BatchResult:
    """Make all reports of a batch that are not there yet; rows that fail leave the others in peace.

    A batch that is interrupted, killed or stopped by a full disk goes on from there when it is run again: nothing that
    the journal tells as done is done twice, and no file is there in half.

    Parameters
    ----------
    tell : hears what the batch does, in sentences. hearing : hears of each row as it begins and ends.
    open_warm : opens the processes in which rows are made.

    Returns
    -------
    What came of each row; rows that failed are told there and are no error.

    Raises
    ------
    CxError
        If what is asked for, a study, its data, the table or the folder is wrong, or another batch works in the folder
        (`LockedError`). KeyboardInterrupt passes through: rows that were running have been stopped.
    """
    check_request(request)
    shard = read_shard(request.shard)
    opened = open_request(request)
    with _held(opened.out, shard):
        with turn_to_prepare(opened.out, tell) if shard.of > 1 else nullcontext():
            planned = plan_batch(opened, tell)
        return _made(planned, opened, shard, tell, hearing, open_warm)


@contextmanager
def _held(out: Path, shard: Shard) -> Iterator[None]:
    """The batch's folder, made and locked: all of it, or one shard's share."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise output_error(out, failure) from failure
    with ExitStack() as held:
        held.enter_context(locked(out, shared=shard.of > 1))
        if shard.of > 1:
            held.enter_context(locked(out, shard.lock))
        else:
            clear_up(out)
        yield


def _made(
    planned: Planned, opened: Opened, shard: Shard, tell: Tell, hearing: Hearing | None, open_warm: OpenWarm
) -> BatchResult:
    request, out = opened.request, opened.out
    rows = _chosen(planned, request, shard)
    past = Past.read(shard.journals(out))
    before = standings(rows, past, out)
    to_make = [standing.row for standing in before if standing.why != "unchanged"]
    _check_room(out, past, to_make, len(request.languages), tell)
    with Journal(shard.journal(out)) as journal:
        journal.tell("batch", plan=planned.plan.to_json(), rows=len(rows), to_make=len(to_make))
        _forget_failures(before, past, journal, out)
        ended = Supervised()
        if hearing is not None:
            hearing.begin(len(rows), len(rows) - len(to_make))
        if to_make:
            tell(Phrase("batch.preparing.processes"))
            ended = _supervised(to_make, planned.plan, request, past, journal, hearing, open_warm)
        left = _left(planned, past, out)
        result = BatchResult(
            folder=out,
            standings=tuple(before),
            outcomes=ended.outcomes,
            not_begun=tuple(row.id for row in ended.left_over),
            left=left,
            stop=ended.stop,
            pages={},
        )
        if shard.of > 1:
            return result
        return _with_front_page(result, planned, Past.read(shard.journals(out)))


def _with_front_page(result: BatchResult, planned: Planned, past: Past) -> BatchResult:
    try:
        return replace(result, pages=write_front_page(planned, past, [outcome.row for outcome in result.made]))
    except OutputError as failure:
        if exit_code(failure) != DISK_FULL:
            raise
        return replace(result, stop="disk_full")


def _chosen(planned: Planned, request: BatchRequest, shard: Shard) -> list[Row]:
    """The rows of the shard, or those asked for by id or name."""
    rows = planned.listed.rows
    if not request.only:
        return [row for row in rows if shard.holds(row)]
    wanted = {name: [row for row in rows if name in (row.id, row.name)] for name in request.only}
    names = [row.id for row in rows]
    unknown = [
        Problem(
            code="batch.unknown_row",
            column="only",
            value=name,
            details={"nearest": ", ".join(difflib.get_close_matches(name, names, n=3) or names[:3])},
        )
        for name, found in wanted.items()
        if not found
    ]
    raise_if(unknown, ParameterError)
    chosen = {row.id for found in wanted.values() for row in found}
    return [row for row in rows if row.id in chosen and shard.holds(row)]


def _check_room(out: Path, past: Past, rows: Sequence[Row], languages: int, tell: Tell) -> None:
    if not rows:
        return
    each, free = bytes_per_row(out, past.done.values(), languages), free_bytes(out)
    details = {"free": free / 1e6, "needed": each * len(rows) / 1e6}
    if free < each:
        raise OutputError(Problem(code="batch.no_room", file=str(out), details=details))
    if free < each * len(rows):
        tell(Phrase("batch.little_room", details))


def _forget_failures(before: Sequence[Standing], past: Past, journal: Journal, out: Path) -> None:
    """A row whose inputs are again those of its last good report has failed no more."""
    for standing in before:
        row = standing.row.id
        recover(out / row)
        if standing.why == "unchanged" and row in past.failed:
            forget_failure(out / row)
            journal.end(past.done[row], past.made_at[row])


def _supervised(
    rows: Sequence[Row],
    plan: BatchPlan,
    request: BatchRequest,
    past: Past,
    journal: Journal,
    hearing: Hearing | None,
    open_warm: OpenWarm,
) -> Supervised:
    running: set[str] = set()

    def heard(happened: Happened, row: Row, outcome: Outcome | None) -> None:
        (running.discard if happened == "end" else running.add)(row.id)
        if hearing is not None and outcome is not None:
            hearing.row_finished(outcome)
        elif hearing is not None:
            hearing.row_started(row.id)

    try:
        with _submitting(plan, request, len(rows), open_warm) as (submit, width):
            return supervise(
                rows,
                submit,
                journal,
                width=width,
                retries=request.retries,
                fail_fast=request.fail_fast,
                hear=heard,
            )
    except KeyboardInterrupt:
        for row in running - set(past.failed):
            forget_failure(Path(plan.out) / row)
        journal.tell("interrupted")
        raise


@contextmanager
def _submitting(plan: BatchPlan, request: BatchRequest, rows: int, open_warm: OpenWarm) -> Iterator[tuple[Submit, int]]:
    """What begins rows, and how many at once: threads over warm processes here, or a cluster."""
    if request.cluster:
        with open_cluster(
            request.cluster, plan, open_warm=open_processes, make=make_reports, jobs=request.jobs
        ) as ready:
            yield ready.submit, ready.width
        return
    jobs = min(request.jobs or processors(), rows)
    with open_warm(plan, jobs) as warm, ThreadPoolExecutor(jobs) as pool:
        try:
            yield lambda row: pool.submit(make_reports, row, plan, warm), jobs
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            warm.close()
            raise


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _left(planned: Planned, past: Past, out: Path) -> tuple[str, ...]:
    """Rows that earlier batches made and that are no longer listed."""
    listed = {row.id for row in planned.listed.rows}
    return tuple(row for row in past.done if row not in listed and (out / row).is_dir())
