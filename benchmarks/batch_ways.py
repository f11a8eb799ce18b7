"""Ways of running one notebook for many groups; each way runs in a process of its own.

`python -m benchmarks.batch_ways WAY JOB` reads the job (`Job` as JSON) and prints what it took (`Taken` as JSON). The
start of a way (its imports, a pool, our parent) is counted apart from the reports; every way has run one report before.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.comparison import optional

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "batch" / "group_report.ipynb"


@dataclass(frozen=True)
class Job:
    """The groups to run, with findings and groups ready in `run`, and the folder `out` for executed notebooks."""

    study: str
    run: str
    groups: tuple[str, ...]
    out: str
    workers: int = 1

    def parameters(self, group: str) -> dict[str, Any]:
        """Of the notebook for one group."""
        return {"study": self.study, "language": "en", "by": "unit", "group": group, "seed": 0, "run": self.run}

    def target(self, group: str) -> Path:
        """The executed notebook of one group."""
        return Path(self.out) / f"{group}.ipynb"


@dataclass(frozen=True)
class Taken:
    """Seconds on the clock before the first report, and for all of them; CPU seconds of the reports."""

    start: float
    seconds: float
    cpu: float


def cpu_seconds() -> float:
    """Of this process and of its ended children."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Watch:
    """Counts from its making, and anew from `begin`."""

    def __init__(self) -> None:
        self.made = time.perf_counter()
        self.begin()

    def begin(self) -> None:
        """The reports begin."""
        self.begun, self.cpu = time.perf_counter(), cpu_seconds()

    def taken(self, more_cpu: float = 0.0) -> Taken:
        """Until now; `more_cpu` is that of processes which are still there."""
        now = time.perf_counter()
        return Taken(self.begun - self.made, now - self.begun, cpu_seconds() - self.cpu + more_cpu)


def papermill_cli(job: Job) -> Taken:
    """The command once per report."""
    watch = Watch()
    for group in job.groups:
        given = [part for item in job.parameters(group).items() for part in ("-p", item[0], str(item[1]))]
        command = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(job.target(group)), *given]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return watch.taken()


def _papermill(job: Job, group: str) -> None:
    from papermill import execute_notebook

    execute_notebook(NOTEBOOK, job.target(group), job.parameters(group), progress_bar=False, cwd=ROOT)


def papermill_api(job: Job) -> Taken:
    """The function in a loop."""
    watch = Watch()
    _papermill(job, job.groups[0])
    watch.begin()
    for group in job.groups:
        _papermill(job, group)
    return watch.taken()


def papermill_pool(job: Job) -> Taken:
    """The function in a pool of processes."""
    watch = Watch()
    with ProcessPoolExecutor(job.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_papermill, [job] * job.workers, job.groups[: job.workers]))
        watch.begin()
        list(pool.map(_papermill, [job] * len(job.groups), job.groups))
        seconds = time.perf_counter() - watch.begun
    ended = watch.taken()  # the CPU time of the pool is known once it has ended
    return Taken(ended.start, seconds, ended.cpu * len(job.groups) / (len(job.groups) + job.workers))


def ploomber(job: Job) -> Taken:
    """ploomber-engine's function in a loop: every report in this same process."""
    engine = optional("ploomber_engine")
    assert engine is not None

    def run(group: str) -> None:
        engine.execute_notebook(
            str(NOTEBOOK), str(job.target(group)), parameters=job.parameters(group), progress_bar=False
        )

    watch = Watch()
    run(job.groups[0])
    watch.begin()
    for group in job.groups:
        run(group)
    return watch.taken()


def warm(job: Job) -> Taken:
    """Ours: a fresh process per report, forked from one that is ready."""
    import nbformat

    from cxresearch.warm.client import open_warm
    from cxresearch.workflow.portable import load_notebook, with_parameters

    preload = ("cxresearch.batch.prime", "cxresearch.batch.render", "cxresearch.workflow.group_session", "seaborn")
    arguments = {"studies": [job.study], "seed": 0, "run": job.run}
    watch, source = Watch(), load_notebook(NOTEBOOK)

    def run(group: str) -> float:
        done = processes.execute(with_parameters(source, job.parameters(group)), cwd=ROOT, seed=group)
        assert done.state == "ok", f"{group}: {done.ename} {done.evalue}"
        nbformat.write(done.notebook, job.target(group))
        return done.cpu_seconds

    with (
        open_warm(
            preload=preload, prime="cxresearch.batch.prime:prime", arguments=arguments, processes=job.workers
        ) as processes,
        ThreadPoolExecutor(job.workers) as threads,
    ):
        watch.begin()
        cpu = sum(threads.map(run, job.groups))
        return watch.taken(cpu)


WAYS: dict[str, Callable[[Job], Taken]] = {
    way.__name__: way for way in (papermill_cli, papermill_api, papermill_pool, ploomber, warm)
}


def environment() -> dict[str, str]:
    """Bytecode is kept, numerics run on one thread, and nobody is told that a peer ran."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    quiet = {"PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true", "DO_NOT_TRACK": "1"}
    return kept | quiet | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def taken_by(way: str, job: Job) -> Taken:
    """Run a way in a process of its own."""
    Path(job.out).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.batch_ways", way, json.dumps(asdict(job))]
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True)
    return Taken(**json.loads(done.stdout.splitlines()[-1]))


def main(arguments: Sequence[str]) -> None:
    """Run one way and print what it took."""
    values = json.loads(arguments[1])
    job = Job(**{**values, "groups": tuple(values["groups"])})
    print(json.dumps(asdict(WAYS[arguments[0]](job))))


if __name__ == "__main__":
    main(sys.argv[1:])
