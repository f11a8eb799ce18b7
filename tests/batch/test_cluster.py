"""Batches on a Dask cluster of real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import nbformat
import pytest
from distributed import LocalCluster

from cxresearch.batch import cluster, cluster_checks
from cxresearch.batch.cluster import open_cluster
from cxresearch.batch.journal import Journal, Past, read_events
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.rows import Row
from cxresearch.batch.run import run_batch
from cxresearch.batch.supervise import supervise
from cxresearch.errors import CxError, OutputError, ParameterError
from cxresearch.provenance import sha256_of
from tests.batch.cluster_fakes import make_and_die, make_slowly, open_traced
from tests.batch.fakes import small_request, write_notebook
from tests.conftest import ROOT

PATIENCE = 120.0
"""Seconds after which a test stops waiting for something that should have happened at once."""


def rows(count: int, seconds: float = 0.0, **more: object) -> list[Row]:
    return [
        Row(id=f"u{i:02}", name=f"Unit {i}", parameters={"seconds": seconds, **more}, key=f"key-{i}")
        for i in range(count)
    ]


@pytest.fixture(autouse=True)
def _short_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """One file stands for the program, which someone may be editing while the tests run."""
    told = {"errors.py": sha256_of(ROOT / "src" / "cxresearch" / "errors.py")}
    monkeypatch.setattr(cluster_checks, "_program", lambda: told)


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    folder = tmp_path / "traces"
    folder.mkdir()
    return folder


@pytest.fixture
def plan(tmp_path: Path, traces: Path) -> BatchPlan:
    return BatchPlan(
        kind="notebook", by="table", out=str(tmp_path / "out"), shown_out="out", cwd=str(traces),
        languages=("en",), formats=("html",),
    )  # fmt: skip


@pytest.fixture
def journal(plan: BatchPlan) -> Iterator[Journal]:
    Path(plan.out).mkdir()
    with Journal(Path(plan.out) / "journal.jsonl") as opened:
        yield opened


@pytest.fixture(scope="module")
def running() -> Iterator[LocalCluster]:
    """A cluster that is there already, as on a computing centre's machines."""
    with workers(2) as cluster:
        yield cluster


def workers(count: int) -> LocalCluster:
    """Worker processes, a thread each, on ports that are free."""
    return LocalCluster(
        n_workers=count, threads_per_worker=1, processes=True, host="127.0.0.1", memory_limit=0, silence_logs=50,
        dashboard_address=None, scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
    )  # fmt: skip


def wait_for(what: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while not (seen := what()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return seen


def ended(journal: Journal) -> list[str]:
    return [event["outcome"]["row"] for event in read_events(journal.path) if event["event"] == "end"]


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_nothing_is_recorded_twice(
    plan: BatchPlan, journal: Journal, traces: Path
) -> None:
    wanted = rows(8, seconds=0.3)
    killed: list[int] = []

    def kill_one(happened: str, row: Row, outcome: Outcome | None) -> None:
        if happened == "end" and not killed:
            begun = wait_for(lambda: [p for p in traces.glob("begun-*") if not finished(p)])
            killed.append(int(begun[0].name.rsplit("-", 1)[1]))
            os.kill(killed[0], signal.SIGKILL)

    def finished(path: Path) -> bool:
        return (Path(plan.out) / f"{path.name.split('-')[1]}.txt").exists()

    with open_cluster("local", plan, open_warm=open_traced, make=make_slowly, jobs=2) as ready:  # type: ignore[arg-type]
        assert ready.width >= 2
        result = supervise(wanted, ready.submit, journal, width=ready.width, hear=kill_one)
    assert killed
    assert {row.id for row in wanted} == set(result.outcomes)
    assert all(outcome.state == "done" for outcome in result.outcomes.values())
    assert sorted(ended(journal)) == sorted(row.id for row in wanted)
    for row in wanted:
        assert (Path(plan.out) / f"{row.id}.txt").read_text() == f"report of {row.name}\n" * 1000
    begun = [path.name.split("-")[1] for path in traces.glob("begun-*")]
    assert len(begun) > len(wanted), "the killed worker's row was begun again"
    assert {int(p.name.split("-")[1]) for p in traces.glob("warm-*")} == set(killed)
    assert len(list(traces.glob("closed-*"))) >= 1
    assert not list(Path(plan.out).glob(".probe-*"))


@pytest.mark.slow
def test_a_row_that_kills_every_worker_is_told_and_the_others_go_on(plan: BatchPlan, journal: Journal) -> None:
    wanted = [*rows(3), Row(id="bad", name="Bad", parameters={"dies": True}, key="k")]
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        open_cluster("local", plan, open_warm=open_traced, make=make_and_die, jobs=1) as ready,  # type: ignore[arg-type]
    ):
        result = supervise(wanted, ready.submit, journal, width=1, retries=0)
    assert {row: outcome.state for row, outcome in result.outcomes.items()} == {
        "u00": "done", "u01": "done", "u02": "done", "bad": "killed",
    }  # fmt: skip
    assert set(Past.read([journal.path]).failed) == {"bad"}


def test_a_cluster_that_is_there_already_is_left_as_it_was(
    plan: BatchPlan, journal: Journal, running: LocalCluster, traces: Path
) -> None:
    with open_cluster(running.scheduler_address, plan, open_warm=open_traced, make=make_slowly) as ready:  # type: ignore[arg-type]
        assert len(list(traces.glob("warm-*"))) == 2
        result = supervise(rows(4), ready.submit, journal, width=ready.width)
    assert len(result.outcomes) == 4
    assert len(list(traces.glob("closed-*"))) == 2 and not list(traces.glob("warm-*"))
    assert len(running.scheduler_info["workers"]) == 2


@pytest.fixture
def scheduler_file(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A scheduler and a worker as a computing centre starts them, and how to kill the scheduler."""
    file = tmp_path / "scheduler.json"
    run = [sys.executable, "-m"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    server = subprocess.Popen(
        [*run, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
         "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file)], **quiet,
    )  # fmt: skip
    worker = subprocess.Popen(
        [*run, "distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard", "--death-timeout", "30",
         "--scheduler-file", str(file), "--local-directory", str(tmp_path)], **quiet,
    )  # fmt: skip

    def kill() -> None:
        server.kill()
        server.wait()

    try:
        wait_for(file.exists)
        yield file, kill
    finally:
        for process in (worker, server):
            process.terminate()
            process.wait(PATIENCE)


@pytest.mark.slow
def test_a_lost_scheduler_is_told_and_the_batch_can_be_resumed(
    plan: BatchPlan, journal: Journal, scheduler_file: tuple[Path, Callable[[], None]]
) -> None:
    file, kill = scheduler_file

    def lose(happened: str, row: Row, outcome: Outcome | None) -> None:
        if happened == "end":
            kill()

    with (
        pytest.raises(OutputError) as caught,
        open_cluster(str(file), plan, open_warm=open_traced, make=make_slowly) as ready,  # type: ignore[arg-type]
    ):
        supervise(rows(4, seconds=0.2), ready.submit, journal, width=2, hear=lose)
    (problem,) = caught.value.problems
    assert problem.what("en") == "The connection to the Dask scheduler was lost, so the batch stopped."
    done = set(Past.read([journal.path]).done)
    assert 1 <= len(done) < 4
    left = [row for row in rows(4) if row.id not in done]
    with open_cluster("local", plan, open_warm=open_traced, make=make_slowly, jobs=1) as ready:  # type: ignore[arg-type]
        supervise(left, ready.submit, journal, width=2)
    assert sorted(ended(journal)) == ["u00", "u01", "u02", "u03"]
    assert len(Past.read([journal.path]).done) == 4


@pytest.mark.slow
def test_workers_that_stay_away_are_told(plan: BatchPlan) -> None:
    with (
        workers(1) as lone,
        open_cluster(
            lone.scheduler_address,
            plan,
            open_warm=open_traced,  # type: ignore[arg-type]
            make=make_slowly,  # type: ignore[arg-type]
            patience=0.5,
        ) as ready,
    ):
        lone.scale(0)
        wait_for(lambda: not lone.scheduler_info["workers"])
        future = ready.submit(rows(1)[0])
        with pytest.raises(OutputError) as caught:
            future.result(timeout=PATIENCE)
    assert "All workers of the Dask cluster have left" in caught.value.text("en")


def refused(address: str, plan: BatchPlan) -> CxError:
    with (
        pytest.raises(ParameterError) as caught,
        open_cluster(address, plan, open_warm=open_traced, make=make_slowly),  # type: ignore[arg-type]
    ):
        pytest.fail("the cluster was accepted")
    return caught.value


def test_another_version_on_the_workers_is_refused(
    plan: BatchPlan, running: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = cluster_checks._versions
    seen: list[str] = []

    def other(told: dict[str, Any]) -> dict[str, str | None]:
        seen.append("")
        return versions(told) | ({"Python": "3.99.1", "cxresearch": None} if len(seen) > 1 else {})

    monkeypatch.setattr(cluster_checks, "_versions", other)
    error = refused(running.scheduler_address, plan)
    python, ours = error.problems
    worker = python.value
    assert worker in running.scheduler_info["workers"]
    here = ".".join(map(str, sys.version_info[:3]))
    assert python.what("en") == f"Python is version 3.99.1 on the worker {worker}, but {here} here."
    assert ours.what("en") == f"cxresearch is not installed on the worker {worker}."


def test_another_copy_of_the_program_is_refused(
    plan: BatchPlan, running: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_checks, "_program", lambda: {"errors.py": "another"})
    (problem,) = refused(running.scheduler_address, plan).problems
    assert problem.what("en").endswith("but the program files differ (for example errors.py).")


def test_a_folder_that_workers_do_not_share_is_refused(
    plan: BatchPlan, running: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "write_text", lambda *args, **kwargs: 0)  # what is written here does not arrive there
    (problem,) = refused(running.scheduler_address, plan).problems
    worker = next(iter(running.scheduler_info["workers"]))
    assert problem.what("en") == f"The worker {problem.value} does not see the results folder {plan.out}."
    assert problem.value in running.scheduler_info["workers"], worker
    assert not list(Path(plan.out).iterdir())


def test_a_study_that_workers_do_not_see_is_refused(plan: BatchPlan, running: LocalCluster) -> None:
    absent = BatchPlan.from_json(plan.to_json() | {"study": "/no/such/study"})
    (problem,) = refused(running.scheduler_address, absent).problems
    assert problem.what("en").endswith("does not see the study folder /no/such/study.")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere", "absent.json"])
def test_an_address_without_a_scheduler_is_told(address: str, plan: BatchPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    (problem,) = refused(address, plan).problems
    assert problem.what("en") == f"No Dask scheduler answers at {address}."


def test_a_scheduler_without_workers_is_told(plan: BatchPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    with workers(0) as empty:
        (problem,) = refused(empty.scheduler_address, plan).problems
    assert problem.what("en").endswith("has no workers.")


def test_without_dask_the_extra_is_named(plan: BatchPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    (problem,) = refused("local", plan).problems
    assert "pip install 'cxresearch[cluster]'" in problem.remedy("en")


def test_a_cancelled_row_is_not_made(plan: BatchPlan, running: LocalCluster, traces: Path) -> None:
    with open_cluster(running.scheduler_address, plan, open_warm=open_traced, make=make_slowly) as ready:  # type: ignore[arg-type]
        futures: list[Future[Outcome]] = [ready.submit(row) for row in rows(6, seconds=0.3)]
        assert futures[-1].cancel()
        assert [future.result(timeout=PATIENCE).state for future in futures[:-1]] == ["done"] * 5
    assert not list(traces.glob("begun-u05-*"))


@pytest.mark.slow
def test_what_is_made_on_a_cluster_is_not_made_here_again_nor_the_other_way_round(tmp_path: Path) -> None:
    on_cluster = small_request(tmp_path, "ABC", languages=("en",), only=("a-1", "b-2"), cluster="local", jobs=1)
    write_notebook(tmp_path / "own.ipynb", "print(team, level)")
    first = run_batch(on_cluster)
    assert {row: outcome.state for row, outcome in first.outcomes.items()} == {"a-1": "done", "b-2": "done"}
    here = run_batch(replace(on_cluster, only=(), cluster=""))
    assert {row: outcome.state for row, outcome in here.outcomes.items()} == {"c-3": "done"}
    again = run_batch(replace(on_cluster, only=()))
    assert not again.outcomes and {standing.why for standing in again.standings} == {"unchanged"}
    texts = [
        nbformat.read(tmp_path / "out" / row / f"{row}-en.ipynb", 4).cells[-1].outputs[0].text
        for row in ("a-1", "b-2", "c-3")
    ]
    assert texts == ["A 1\n", "B 2\n", "C 3\n"]
