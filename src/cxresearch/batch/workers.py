"""Who makes a batch's rows: threads over warm processes of this machine, or the workers of a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cxresearch.batch.cluster import open_cluster
from cxresearch.batch.journal import Journal
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.placing import forget_failure
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.processes import open_processes
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.rows import Row
from cxresearch.batch.supervise import Happened, Submit, Supervised, supervise
from cxresearch.warm.client import Warm

OpenWarm = Callable[[BatchPlan, int], Warm]
"""Opens the warm processes of a batch, for so many rows at once."""

Make = Callable[[Row, BatchPlan, Warm], Outcome]
"""Makes a row."""


class Hearing(Protocol):
    """Hears of a batch as it goes on; `progress.Progress` does."""

    def begin(self, total: int, skipped: int) -> None:
        """Rows in all, and those of them that are up to date already."""

    def row_started(self, row: str) -> None:
        """A row is begun, or begun again."""

    def row_finished(self, outcome: Outcome) -> None:
        """A row has ended, well or not."""


class Unheard:
    """Nobody hears."""

    def begin(self, total: int, skipped: int) -> None:
        """Nobody hears that the batch begins."""

    def row_started(self, row: str) -> None:
        """Nobody hears that a row begins."""

    def row_finished(self, outcome: Outcome) -> None:
        """Nobody hears that a row has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Who makes rows, how, and who hears of it."""

    open_warm: OpenWarm
    make: Make
    hearing: Hearing


def make_all(
    rows: Sequence[Row],
    plan: BatchPlan,
    request: BatchRequest,
    workers: Workers,
    journal: Journal,
    failed_before: Collection[str],
) -> Supervised:
    """Make rows under supervision.

    Parameters
    ----------
    failed_before : ids of rows whose notebooks of an earlier failure stay when the batch is interrupted.

    Raises
    ------
    CxError
        If processes cannot be started, the cluster fails, or the journal cannot be written.
    KeyboardInterrupt
        Passes through, once what ran has been stopped and the journal tells of it.
    """
    running: set[str] = set()

    def heard(happened: Happened, row: Row, outcome: Outcome | None) -> None:
        (running.discard if happened == "end" else running.add)(row.id)
        if outcome is not None:
            workers.hearing.row_finished(outcome)
        else:
            workers.hearing.row_started(row.id)

    try:
        with _submitting(plan, request, len(rows), workers) as (submit, width):
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
        for row in running - set(failed_before):
            forget_failure(Path(plan.out) / row)
        journal.tell("interrupted")
        raise


@contextmanager
def _submitting(plan: BatchPlan, request: BatchRequest, rows: int, workers: Workers) -> Iterator[tuple[Submit, int]]:
    """What begins rows, and how many at once."""
    if request.cluster:
        with open_cluster(
            request.cluster, plan, open_warm=open_processes, make=workers.make, jobs=request.jobs
        ) as cluster:
            yield cluster.submit, cluster.width
        return
    jobs = min(request.jobs or processors(), rows)
    with workers.open_warm(plan, jobs) as warm, ThreadPoolExecutor(jobs) as pool:
        try:
            yield lambda row: pool.submit(workers.make, row, plan, warm), jobs
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            warm.close()
            raise


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
