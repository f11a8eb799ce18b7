"""Rows made on a Dask cluster: one that is there already, or processes of this machine.

The supervisor alone writes the journal; workers only make rows. A row whose worker is lost is made again elsewhere.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from cxresearch.batch.cluster_checks import check_shared_files, check_versions
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.rows import Row
from cxresearch.errors import OutputError, ParameterError, Problem
from cxresearch.warm.client import Warm

LOCAL = "local"
"""The address that means: processes of this machine."""

_CONNECT = 30.0
"""Seconds to wait for a scheduler, and then for its first worker."""
_LOOK = 5.0
"""Seconds between two looks at the workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster that is ready.

    Attributes
    ----------
    submit : hands a row over; its outcome comes in the future. A scheduler that is lost, or workers that stay away,
        are a `CxError` in every open future.
    width : how many rows to hand over at a time, so that no worker waits for its next one.
    """

    submit: Callable[[Row], Future[Outcome]]
    width: int


@contextmanager
def open_cluster(
    address: str,
    plan: BatchPlan,
    *,
    open_warm: Callable[[BatchPlan], Warm],
    make: Callable[[Row, BatchPlan, Warm], Outcome],
    jobs: int = 0,
    patience: float = 300.0,
) -> Iterator[Cluster]:
    """Connect to a cluster, check that it fits, and keep warm processes on its workers until the block ends.

    Parameters
    ----------
    address : of the scheduler, such as `tcp://login1:8786`; a scheduler file (`….json`); or `local`.
    open_warm : opens the warm processes of a worker. make : makes a row in them. Both are sent by name.
    jobs : worker processes of a local cluster; 0 for one per processor.
    patience : seconds for which there may be no worker at all.

    Raises
    ------
    ParameterError
        If Dask is not installed, the scheduler cannot be reached or has no worker, a worker's Python or program is
        another one, or a worker does not see the files.
    """
    distributed = _distributed()
    worker_side = importlib.import_module("cxresearch.batch.cluster_worker")
    name = f"cxresearch-{uuid.uuid5(uuid.NAMESPACE_URL, plan.out).hex[:12]}"
    with _silent(), _client(distributed, address, jobs) as client:
        check_versions(client)
        check_shared_files(client, plan, worker_side.examine)
        plugin = worker_side.WarmPlugin(name, plan, worker_side.RowWork(open=open_warm, make=make))
        client.register_plugin(plugin, name=name)
        rows = _Rows(client, distributed.KilledWorker, partial(worker_side.make_row, name))
        watch = threading.Thread(target=rows.watch_workers, args=(patience,), daemon=True)
        watch.start()
        try:
            yield Cluster(submit=rows.submit, width=2 * sum(client.nthreads().values()))
        finally:
            rows.ended.set()
            watch.join()
            if client.status == "running":
                client.unregister_worker_plugin(name)


def _distributed() -> ModuleType:
    try:
        return importlib.import_module("distributed")
    except ImportError as failure:
        raise ParameterError(Problem(code="cluster.not_installed", column="cluster")) from failure


@contextmanager
def _client(distributed: ModuleType, address: str, jobs: int) -> Iterator[Any]:
    """A client of the cluster at `address`, which has at least one worker."""
    if address == LOCAL:
        with _local_cluster(distributed, jobs) as scheduler, distributed.Client(scheduler) as client:
            yield client
        return
    try:
        client = distributed.Client(_scheduler(address), timeout=_CONNECT)
    except (OSError, ValueError, KeyError) as failure:
        raise ParameterError(Problem(code="cluster.unreachable", column="cluster", value=address)) from failure
    try:
        try:
            client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError as failure:
            raise ParameterError(Problem(code="cluster.no_workers", column="cluster", value=address)) from failure
        yield client
    finally:
        client.close(timeout=2)


def _scheduler(address: str) -> str:
    """The address of a scheduler, read from its scheduler file if the name of one is given."""
    if not address.endswith(".json"):
        return address
    return str(json.loads(Path(address).read_text(encoding="utf-8"))["address"])


def _local_cluster(distributed: ModuleType, jobs: int) -> Any:
    """Processes of this machine; keys made for them alone keep other users of the machine out."""
    return distributed.LocalCluster(
        n_workers=jobs or os.cpu_count() or 1,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        security=True,
        dashboard_address=None,
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    )


@contextmanager
def _silent() -> Iterator[None]:
    """Keep Dask's own log lines from the terminal; what matters of them is said in sentences."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)


@dataclass
class _Rows:
    """The rows that are at the cluster."""

    client: Any
    killed: type[Exception]
    work: Callable[[Row], Outcome]
    ended: threading.Event = field(default_factory=threading.Event)
    open: dict[Future[Outcome], Any] = field(default_factory=dict)
    changing: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, row: Row) -> Future[Outcome]:
        answer: Future[Outcome] = Future()
        if self.client.status != "running":
            answer.set_exception(_lost("scheduler_lost"))
            return answer
        task = self.client.submit(self.work, row, key=f"{row.id}-{uuid.uuid4().hex}", pure=False)
        with self.changing:
            self.open[answer] = task
        answer.add_done_callback(self._dropped)
        task.add_done_callback(lambda ended: self._answer(answer, row, ended))
        return answer

    def _dropped(self, answer: Future[Outcome]) -> None:
        with self.changing:
            task = self.open.pop(answer, None)
        if answer.cancelled() and task is not None:
            with suppress(Exception):
                task.cancel()

    def _answer(self, answer: Future[Outcome], row: Row, task: Any) -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            if task.status == "cancelled":
                raise _lost("scheduler_lost")
            answer.set_result(task.result())
        except self.killed as failure:
            answer.set_result(Outcome(row=row.id, key=row.key, state="killed", message=str(failure)))
        except BaseException as failure:
            answer.set_exception(failure)

    def watch_workers(self, patience: float) -> None:
        """End every open row with a problem when there has been no worker for `patience` seconds."""
        seen = time.monotonic()
        while not self.ended.wait(min(_LOOK, patience)):
            with suppress(Exception):
                if self.client.nthreads():
                    seen = time.monotonic()
            if time.monotonic() - seen > patience:
                self._give_up()

    def _give_up(self) -> None:
        with self.changing:
            answers = list(self.open)
        for answer in answers:
            if answer.set_running_or_notify_cancel():
                answer.set_exception(_lost("workers_gone"))


def _lost(code: str) -> OutputError:
    return OutputError(Problem(code=f"cluster.{code}", column="cluster"))
