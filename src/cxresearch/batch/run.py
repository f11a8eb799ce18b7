"""A whole batch: list its rows, make those that are not there yet, tell what came of each."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from cxresearch.batch.choosing import chosen_rows, rows_that_left
from cxresearch.batch.codes import DISK_FULL, exit_code
from cxresearch.batch.front_page import write_front_page
from cxresearch.batch.journal import Journal, Past
from cxresearch.batch.lock import locked
from cxresearch.batch.placing import clear_up, forget_failure, recover
from cxresearch.batch.planning import Opened, Planned, Tell, open_request, plan_batch
from cxresearch.batch.processes import open_processes
from cxresearch.batch.remote_batch import finish, stage
from cxresearch.batch.request import BatchRequest, check_request
from cxresearch.batch.result import BatchResult
from cxresearch.batch.room import bytes_per_row, free_bytes
from cxresearch.batch.rows import Row
from cxresearch.batch.shard import turn_to_prepare
from cxresearch.batch.share import Shard, read_shard
from cxresearch.batch.standing import Standing, standings
from cxresearch.batch.supervise import Supervised
from cxresearch.batch.work import make_reports
from cxresearch.batch.workers import Hearing, OpenWarm, Unheard, Workers, make_all
from cxresearch.errors import OutputError, Problem
from cxresearch.language import Phrase
from cxresearch.readers.memory import give_back
from cxresearch.workflow.atomic import output_error


def _nobody(phrase: Phrase) -> None:
    del phrase


def foresee_batch(request: BatchRequest, *, tell: Tell = _nobody) -> tuple[Standing, ...]:
    """Which rows a batch would make and which it would leave, and why; nothing is written.

    Of a batch whose table or folder lies in a cloud, what is there is fetched into a folder of this machine.

    Raises
    ------
    CxError
        If what is asked for, a study, its data or the table is wrong.
    """
    opened, shard = _opened(stage(request, tell).request)
    with tempfile.TemporaryDirectory() as place:
        for name in ("bundle", "groups"):
            with suppress(OSError):
                shutil.copytree(opened.out / name, Path(place) / name)
        planned = plan_batch(opened, tell, Path(place))
        rows = chosen_rows(planned.listed.rows, opened.request.only, shard)
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
        (`LockedError`).
    KeyboardInterrupt
        Passes through; rows that were running have been stopped.
    """
    staged = stage(request, tell)
    opened, shard = _opened(staged.request)
    workers = Workers(open_warm=open_warm, make=staged.making(make_reports), hearing=hearing or Unheard())
    with _held(opened.out, shard):
        with turn_to_prepare(opened.out, tell) if shard.of > 1 else nullcontext():
            planned = plan_batch(opened, tell)
        give_back()
        result = _made(planned, opened.request, shard, workers, tell)
        finish(staged, result.pages.values(), tell)
    return result


def _opened(request: BatchRequest) -> tuple[Opened, Shard]:
    """What is asked for, looked through before anything is read or written."""
    check_request(request)
    shard = read_shard(request.shard)
    return open_request(request), shard


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


def _made(planned: Planned, request: BatchRequest, shard: Shard, workers: Workers, tell: Tell) -> BatchResult:
    out = Path(planned.plan.out)
    rows = chosen_rows(planned.listed.rows, request.only, shard)
    past = Past.read(shard.journals(out))
    before = standings(rows, past, out)
    to_make = [standing.row for standing in before if standing.why != "unchanged"]
    _check_room(out, past, to_make, len(request.languages), tell)
    with Journal(shard.journal(out)) as journal:
        journal.tell("batch", plan=planned.plan.to_json(), rows=len(rows), to_make=len(to_make))
        _forget_failures(before, past, journal, out)
        if to_make:
            tell(Phrase("batch.preparing.processes"))
        workers.hearing.begin(len(rows), len(rows) - len(to_make))
        ended = Supervised()
        if to_make:
            ended = make_all(to_make, planned.plan, request, workers, journal, past.failed)
    result = BatchResult(
        folder=out,
        standings=tuple(before),
        outcomes=ended.outcomes,
        not_begun=tuple(row.id for row in ended.left_over),
        left=rows_that_left(planned.listed.rows, past, out),
        stop=ended.stop,
        pages={},
    )
    return _with_front_page(result, planned, shard) if shard.of == 1 else result


def _with_front_page(result: BatchResult, planned: Planned, shard: Shard) -> BatchResult:
    past, made = Past.read(shard.journals(result.folder)), [outcome.row for outcome in result.made]
    try:
        return replace(result, pages=write_front_page(planned, past, made))
    except OutputError as failure:
        if exit_code(failure) != DISK_FULL:
            raise
        return replace(result, stop="disk_full")


def _check_room(out: Path, past: Past, rows: Sequence[Row], languages: int, tell: Tell) -> None:
    """Refuse to begin where not even one report fits, and tell where not all may fit."""
    if not rows:
        return
    each, free = bytes_per_row(out, past.done.values(), languages), free_bytes(out)
    details = {"free": free / 1e6, "needed": each * len(rows) / 1e6}
    if free < each:
        raise OutputError(Problem(code="batch.no_room", file=str(out), details=details))
    if free < each * len(rows):
        tell(Phrase("batch.little_room", details))


def _forget_failures(before: Sequence[Standing], past: Past, journal: Journal, out: Path) -> None:
    """Clear up after a kill; a row whose inputs are again those of its last good report has failed no more."""
    for standing in before:
        row = standing.row.id
        recover(out / row)
        if standing.why == "unchanged" and row in past.failed:
            forget_failure(out / row)
            journal.end(past.done[row], past.made_at[row])
