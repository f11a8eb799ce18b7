"""Workers for systems that cannot fork do what forked children do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nbformat import NotebookNode

from cxresearch.errors import CxError
from cxresearch.warm.client import Warm, open_warm
from cxresearch.warm.spawned import SpawnedWorkers
from tests.warm.conftest import LINUX, notebook, shown
from tests.warm.test_ends import eventually, gone

PATIENCE = 60


@pytest.fixture(scope="module")
def spawned() -> Iterator[Warm]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXRESEARCH_WARM", "spawn")
        with open_warm(preload=["statistics"], processes=2) as workers:
            yield workers


def various() -> NotebookNode:
    return notebook(
        "import random, sys, matplotlib.pyplot as plt\nprint('out')\nprint('err', file=sys.stderr)\n1 + 1",
        "figure, axes = plt.subplots()\n_ = axes.plot([random.random() for _ in range(5)])",
        "from IPython.display import HTML, clear_output\nprint('gone')\nclear_output()\ndisplay(HTML('<b>x</b>'))",
        "!echo from a program",
        "%who_ls str",
    )


@LINUX
def test_they_make_the_outputs_that_forked_children_make(warm: Warm, spawned: Warm, tmp_path: Path) -> None:
    one, other = (workers.execute(various(), cwd=tmp_path, seed="17") for workers in (warm, spawned))
    assert (one.state, other.state) == ("ok", "ok"), other
    assert one.notebook == {**other.notebook, "cells": one.notebook.cells}
    for forked, ours in zip(one.notebook.cells, other.notebook.cells, strict=True):
        assert (forked.execution_count, forked.outputs) == (ours.execution_count, ours.outputs)


def test_imports_are_done_before_the_job(spawned: Warm, tmp_path: Path) -> None:
    done = spawned.execute(notebook("import sys; 'statistics' in sys.modules"), cwd=tmp_path)
    assert shown(done) == "True" and done.seconds < PATIENCE and done.cpu_seconds > 0 and done.peak_kib > 10_000


def test_nothing_leaks_into_the_next(spawned: Warm, tmp_path: Path) -> None:
    mess = "import os, sys, json\nos.environ['LEFT'] = '1'; os.chdir('/'); json.dumps = None; sys.path.append('/left')"
    assert spawned.execute(notebook(mess), cwd=tmp_path).state == "ok"
    look = "import os, sys, json\nprint(os.environ.get('LEFT'), bool(json.dumps), '/left' in sys.path, os.getcwd())"
    assert shown(spawned.execute(notebook(look), cwd=tmp_path)) == f"None True False {tmp_path}"


def test_random_numbers_come_from_the_seed(spawned: Warm, tmp_path: Path) -> None:
    source = notebook("import random, numpy; print(random.random(), numpy.random.random())")
    drawn = [shown(spawned.execute(source, cwd=tmp_path, seed=seed)) for seed in ("a", "a", "b", "", "")]
    assert drawn[0] == drawn[1] and len(set(drawn)) == 4


def test_cells_are_told_of_as_they_run(spawned: Warm, tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    spawned.execute(notebook("1", "", "2"), cwd=tmp_path, on_cell=lambda event, cell: heard.append((event, cell)))
    assert heard == [("start", 0), ("end", 0), ("start", 2), ("end", 2)]


def test_an_error_names_its_cell_and_ends_the_notebook(spawned: Warm, tmp_path: Path) -> None:
    done = spawned.execute(notebook("1", "print('so far')\n1 / 0", "2"), cwd=tmp_path)
    assert (done.state, done.cell, done.ename, done.evalue) == ("error", 1, "ZeroDivisionError", "division by zero")
    assert [output.output_type for output in done.notebook.cells[1].outputs] == ["stream", "error"]
    assert done.notebook.cells[2].outputs == []


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("import os; os._exit(3)", "exit 3"),
        pytest.param("import ctypes; ctypes.string_at(0)", "SIGSEGV", marks=LINUX),
        pytest.param("import os\nif os.fork(): os._exit(4)\nimport time; time.sleep(60)", "exit 4", marks=LINUX),
    ],
)
def test_a_death_names_its_cell(spawned: Warm, tmp_path: Path, source: str, how: str) -> None:
    begun = time.monotonic()
    done = spawned.execute(notebook("1", f"print('last', flush=True)\n{source}", "2"), cwd=tmp_path)
    assert (done.state, done.cell, done.evalue) == ("died", 1, how) and shown(done, 1) == "last"
    assert time.monotonic() - begun < PATIENCE / 2


def test_what_no_cell_shows_is_in_the_log(spawned: Warm, tmp_path: Path) -> None:
    source = "import atexit, os\nos.write(2, b'shown')\n_ = atexit.register(os.write, 2, b'late')"
    done = spawned.execute(notebook(source), cwd=tmp_path)
    assert done.state == "ok" and "late" in done.log and "shown" not in done.log


@pytest.mark.parametrize(
    "source",
    [
        "import time; time.sleep(60)",
        pytest.param("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", marks=LINUX),
    ],
    ids=["sleeping", "deaf"],
)
def test_a_cell_that_takes_too_long_is_stopped(spawned: Warm, tmp_path: Path, source: str) -> None:
    done = spawned.execute(notebook("7", f"print('begun')\n{source}", "2"), cwd=tmp_path, timeout=1.0)
    assert (done.state, done.cell, done.ename) == ("timeout", 1, "CellTimeoutError")
    assert shown(done, 0) == "7" and shown(done, 1).startswith("begun") and done.notebook.cells[2].outputs == []


@LINUX
def test_what_a_notebook_started_ends_with_it(spawned: Warm, tmp_path: Path) -> None:
    source = "from subprocess import Popen\nfor own in (0, 1): print(Popen(['sleep', '60'], start_new_session=own).pid)"
    for end, state in (("", "ok"), ("\nimport time; time.sleep(60)", "timeout")):
        done = spawned.execute(notebook(source + end), cwd=tmp_path, timeout=1.0)
        pids = [int(pid) for pid in shown(done).split()[:2]]
        assert done.state == state and eventually(lambda pids=pids: all(map(gone, pids)))


def test_jobs_run_side_by_side(spawned: Warm, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        sources = [notebook(f"import os; print({number}, os.getpid())") for number in range(4)]
        done = list(pool.map(lambda source: spawned.execute(source, cwd=tmp_path), sources))
    numbers, pids = zip(*(shown(one).split() for one in done), strict=True)
    assert numbers == ("0", "1", "2", "3") and len(set(pids)) == 4


def test_functions_are_called(spawned: Warm) -> None:
    assert spawned.call("tests.warm.jobs:double", {"number": 21}).value == 42
    refused = spawned.call("tests.warm.jobs:refuse", {})
    assert refused.state == "error" and refused.problems[0].file == "answers.csv"
    assert spawned.call("tests.warm.jobs:fail", {}).evalue == "no such thing"
    assert spawned.call("tests.warm.jobs:sleep", {"seconds": 60}, timeout=0.5).state == "timeout"
    died = spawned.call("tests.warm.jobs:die", {"number": int(signal.SIGTERM)})
    assert (died.state, died.evalue) == ("died", "SIGTERM") and "last words" in died.log
    assert spawned.call("tests.warm.jobs:process", {}).value["shell"] is False


def test_workers_are_primed(tmp_path: Path) -> None:
    with SpawnedWorkers(prime="tests.warm.jobs:keep", arguments={"answer": 42}, processes=1) as workers:
        source = notebook("from tests.warm.jobs import kept; kept('answer')")
        assert [shown(workers.execute(source, cwd=tmp_path)) for _ in range(2)] == ["42", "42"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"preload": ["no_such_module_at_all"]}, "warm.preload"),
        ({"prime": "tests.warm.jobs:fail"}, "warm.prime"),
        ({"prime": "tests.warm.jobs:refuse"}, "data.no_rows"),
        ({"prime": "os:_exit", "arguments": {"status": 9}}, "warm.start"),
    ],
)
def test_what_keeps_workers_from_starting_is_told(settings: dict[str, object], code: str) -> None:
    with pytest.raises(CxError) as refused:
        SpawnedWorkers(processes=1, **settings)  # type: ignore[arg-type]
    assert refused.value.problems[0].code == code


def test_closed_workers_take_no_job(tmp_path: Path) -> None:
    workers = SpawnedWorkers(processes=1)
    workers.close()
    workers.close()
    with pytest.raises(RuntimeError, match="closed"):
        workers.execute(notebook("1"), cwd=tmp_path)


def test_an_interrupt_of_the_caller_ends_the_job(spawned: Warm, tmp_path: Path) -> None:
    def stop(event: str, cell: int) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        spawned.execute(notebook("import time; time.sleep(60)"), cwd=tmp_path, on_cell=stop)
    assert time.monotonic() - begun < PATIENCE / 2


@LINUX
def test_workers_end_with_the_program_that_started_them(tmp_path: Path) -> None:
    program = """
        import os, signal, threading, time
        from nbformat.v4 import new_code_cell, new_notebook
        from cxresearch.warm.descent import children
        from cxresearch.warm.spawned import SpawnedWorkers
        workers = SpawnedWorkers(processes=1)
        source = new_notebook(cells=[new_code_cell("import time; time.sleep(60)")])
        begun = threading.Event()
        options = {"cwd": ".", "on_cell": lambda *_: begun.set()}
        threading.Thread(target=workers.execute, args=[source], kwargs=options, daemon=True).start()
        begun.wait()
        print(*children(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2 and eventually(lambda: all(map(gone, pids)))
    assert not list(tmp_path.iterdir())


POSIX_ONLY = """
    import builtins, ctypes, importlib, os, select, signal, socket, sys
    import asyncio, multiprocessing, psutil, subprocess, tempfile, uuid
    import ipykernel.ipkernel, ipykernel.kernelapp, ipykernel_launcher, jupyter_client.provisioning, matplotlib
    import nbclient, numpy, papermill, threadpoolctl

    modules = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
    ordinary, load = builtins.__import__, ctypes.CDLL

    def without(name, globals=None, *rest, **named):
        if name in modules and str((globals or {}).get("__name__")).startswith("cxresearch"):
            raise ModuleNotFoundError(name)
        return ordinary(name, globals, *rest, **named)

    def only_files(name, *rest, **named):
        if name is None:
            raise TypeError("no library has no name")
        return load(name, *rest, **named)

    builtins.__import__, ctypes.CDLL, sys.platform = without, only_files, "win32"
    for module, names in {
        os: ("fork", "getpgid", "killpg", "pread", "setsid", "wait4", "waitid", "WNOHANG"),
        select: ("poll",),
        signal: ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL"),
        socket: ("AF_UNIX", "recv_fds", "send_fds"),
    }.items():
        for name in names:
            delattr(module, name)
    for name in sys.argv[1:]:
        importlib.import_module(f"cxresearch.warm.{name}")
"""


@LINUX
def test_what_other_systems_import_needs_nothing_of_linux() -> None:
    names = ["client", "spawned", "spawned_worker", "engine", "managed", "provisioner"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(POSIX_ONLY), *names], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
