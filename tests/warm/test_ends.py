"""However a notebook ends, its end is told with its cell, and nothing of it is left."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cxresearch.warm.client import Warm
from tests.warm.conftest import LINUX, Run, notebook, shown

pytestmark = LINUX

PATIENCE = 5.0
"""Seconds for what should take none."""


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody waited for has too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"


def eventually(true: Callable[[], bool], *, within: float = PATIENCE) -> bool:
    until = time.monotonic() + within
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


DEATHS = {
    "os._exit": ("import os; os._exit(3)", "exit 3"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "kill": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "termination": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "SIGTERM"),
    "abort": ("import os; os.abort()", "SIGABRT"),
    "exit()": ("exit()", "exit 0"),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_death_names_its_cell_and_its_signal(run: Run, death: str) -> None:
    source, how = DEATHS[death]
    done = run("1", "print('before', end='')\n" + source, "2")
    assert (done.state, done.cell, done.evalue) == ("died", 1, how)
    assert shown(done, 0) == "1" and shown(done, 1) == "before"
    assert done.notebook.cells[2].outputs == [] and done.notebook.cells[2].execution_count is None


@pytest.mark.parametrize("source", ["import sys; sys.exit(3)", "raise SystemExit(3)"])
def test_an_exit_is_an_error_of_its_cell(run: Run, source: str) -> None:
    done = run("1", source, "2")
    assert (done.state, done.cell, done.ename, done.evalue) == ("error", 1, "SystemExit", "3")


def test_an_error_keeps_its_traceback_and_later_cells_stay_empty(run: Run) -> None:
    done = run("1", "def f(n):\n    return 1 / n\nf(0)", "print('never')")
    assert (done.state, done.cell, done.ename, done.evalue) == ("error", 1, "ZeroDivisionError", "division by zero")
    (output,) = done.notebook.cells[1].outputs
    assert output.output_type == "error" and "return" in "".join(output.traceback)
    assert done.notebook.cells[2].outputs == []


def test_an_allowed_error_does_not_stop_the_notebook(warm: Warm, tmp_path: Path) -> None:
    given = notebook("1 / 0", tags=("raises-exception",))
    given.cells += notebook("'after'").cells
    done = warm.execute(given, cwd=tmp_path)
    assert done.state == "ok" and shown(done) == "'after'" and done.notebook.cells[0].outputs[0].ename


def test_skipped_blank_and_text_cells_do_not_run(warm: Warm, tmp_path: Path) -> None:
    given = notebook("print('skipped')", tags=("skip-execution",))
    given.cells += notebook(" \n", "'run'").cells
    done = warm.execute(given, cwd=tmp_path)
    assert [cell.execution_count for cell in done.notebook.cells] == [None, None, 1]


def test_the_given_notebook_stays_as_it_was(warm: Warm, tmp_path: Path) -> None:
    given = notebook("1")
    given.cells[0].outputs, given.cells[0].execution_count = notebook("2").cells[0].outputs, 7
    assert warm.execute(given, cwd=tmp_path).notebook.cells[0].execution_count == 1
    assert given.cells[0].execution_count == 7


STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print('begun')
while True:
    pass
"""
C_LOOP = "import collections, itertools\nprint('begun')\ncollections.deque(itertools.count(), maxlen=0)"
REGEX = "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')"


def test_a_sleeping_cell_is_interrupted(run: Run) -> None:
    done = run("1", "import time\nprint('begun')\ntime.sleep(60)", "2", timeout=0.5)
    assert (done.state, done.cell, done.evalue) == ("timeout", 1, "0.5 s") and done.seconds < GRACE
    assert [output.get("ename") for output in done.notebook.cells[1].outputs] == [None, "KeyboardInterrupt"]
    assert shown(done, 1) == "begun"


GRACE = 3.0


@pytest.mark.parametrize("source", [STUBBORN, C_LOOP], ids=["ignores the interrupt", "loops in C"])
@pytest.mark.slow
def test_a_cell_that_cannot_be_interrupted_is_killed(run: Run, source: str) -> None:
    done = run("1", source, "2", timeout=0.5)
    assert (done.state, done.cell) == ("timeout", 1) and GRACE < done.seconds < GRACE + PATIENCE
    assert shown(done, 1) == "begun" and done.notebook.cells[2].outputs == []


def test_a_cell_that_swallows_the_interrupt_is_over_time_all_the_same(run: Run) -> None:
    sleeping = "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('swallowed')"
    done = run(sleeping, "print('never')", timeout=0.5)
    assert (done.state, done.cell) == ("timeout", 0) and shown(done, 0) == "swallowed"
    assert done.notebook.cells[1].outputs == []


def test_the_time_limit_is_each_cell_s_own(run: Run) -> None:
    assert run(*["import time; time.sleep(0.5)"] * 4, timeout=1.8).state == "ok"


def test_an_endless_search_is_interrupted(run: Run) -> None:
    done = run(REGEX, timeout=0.3)
    assert (done.state, done.cell) == ("timeout", 0) and done.seconds < GRACE


def test_a_waiting_coroutine_is_interrupted(run: Run) -> None:
    done = run("import asyncio\nawait asyncio.sleep(60)", timeout=0.5)
    assert (done.state, done.cell) == ("timeout", 0) and done.seconds < GRACE


OFFSPRING = {
    "program": "child = subprocess.Popen(['sleep', '60'])",
    "own session": "child = subprocess.Popen(['sleep', '60'], start_new_session=True)",
    "own session's child": "child = subprocess.Popen(['setsid', 'sh', '-c', 'sleep 60 & sleep 60'])",
    "ignores signals": "child = subprocess.Popen(['sh', '-c', 'trap \"\" INT TERM HUP; sleep 60; sleep 60'])",
}
DAEMON = """
import os
import resource
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        import time
        time.sleep(60)
    os._exit(0)
os.wait()
import time
time.sleep(0.2)
"""


@pytest.mark.parametrize("kind", OFFSPRING)
@pytest.mark.parametrize("end", ["", "\nimport os; os._exit(1)"], ids=["ends", "dies"])
def test_no_program_outlives_its_notebook(run: Run, kind: str, end: str) -> None:
    done = run(f"import subprocess\n{OFFSPRING[kind]}\nprint(child.pid, flush=True)" + end)
    pid = int(shown(done))
    assert gone(pid)


def test_no_daemon_outlives_its_notebook(run: Run) -> None:
    pid = int(shown(run(DAEMON)))
    assert gone(pid)


def test_a_daemon_of_one_notebook_survives_the_end_of_another(run: Run) -> None:
    other = "import threading"
    alive = "import os; os.kill(pid, 0); print('alive')"
    first = DAEMON.replace("print(os.getpid(), flush=True)", "open('pid', 'w').write(str(os.getpid()))")
    waits = (
        "import time, pathlib\npid = int(open('pid').read())\n"
        "while not pathlib.Path('done').exists():\n    time.sleep(0.02)"
    )
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, first, waits, alive, timeout=20)
        assert run(other).state == "ok"
        assert run("open('done', 'w').close()").state == "ok"
        assert shown(running.result()) == "alive"


def test_an_error_in_the_listener_ends_the_notebook(run: Run) -> None:
    seen: list[tuple[str, int]] = []

    def listen(what: str, cell: int) -> None:
        seen.append((what, cell))
        if what == "start" and cell == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("import os; open('pid', 'w').write(str(os.getpid()))", "import time; time.sleep(60)", on_cell=listen)
    assert seen == [("start", 0), ("end", 0), ("start", 1)]


def test_an_interrupt_of_the_client_ends_its_notebook(warm: Warm, tmp_path: Path) -> None:
    def interrupt(what: str, cell: int) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.2)

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            warm.execute(
                notebook("import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"),
                cwd=tmp_path,
                on_cell=interrupt,
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    pid = int((tmp_path / "pid").read_text())
    assert eventually(lambda: gone(pid))
    assert os.getpid() != pid


def test_a_process_whose_tools_were_taken_away_ends_all_the_same(run: Run) -> None:
    done = run("import os, atexit\nos._exit = os.write = None\natexit._run_exitfuncs = None", "1")
    assert done.state == "ok" and done.seconds < PATIENCE


def test_a_parent_that_cannot_fork_says_so_and_serves_on(warm: Warm, tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("no limit of processes holds for root")
    kept = resource.getrlimit(resource.RLIMIT_NPROC)
    look = "import os; print(os.getppid())"
    parent = int(shown(warm.execute(notebook(look), cwd=tmp_path)))
    resource.prlimit(parent, resource.RLIMIT_NPROC, (1, kept[1]))
    try:
        done = warm.execute(notebook("1"), cwd=tmp_path)
    finally:
        resource.prlimit(parent, resource.RLIMIT_NPROC, kept)
    assert (done.state, done.evalue) == ("died", "EAGAIN")
    assert warm.execute(notebook("1"), cwd=tmp_path).state == "ok"
