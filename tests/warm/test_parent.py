"""The warm parent: what it is made ready with, what it refuses, what happens when it is killed, what it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from cxresearch.errors import CxError
from cxresearch.warm.client import Warm, open_warm
from tests.conftest import ROOT
from tests.warm.conftest import LINUX, Run, notebook, shown
from tests.warm.test_ends import DAEMON, eventually, gone

pytestmark = LINUX
JOBS = "tests.warm.jobs"
FLAT_KIB = 4096
"""Noise of the allocator over thirty jobs."""


class Begun:
    """Hears that a cell begins."""

    def __init__(self, cell: int) -> None:
        self._cell, self._heard = cell, threading.Event()

    def __call__(self, what: str, cell: int) -> None:
        if (what, cell) == ("start", self._cell):
            self._heard.set()

    def wait(self) -> None:
        assert self._heard.wait(60)


def own_children() -> set[int]:
    return {int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def test_modules_are_imported_and_the_parent_is_primed() -> None:
    with open_warm(preload=("fractions",), prime=f"{JOBS}:keep", arguments={"found": [1, "ä"]}) as warm:
        assert warm.call(f"{JOBS}:kept", {"name": "found"}).value == [1, "ä"]
        done = warm.execute(notebook("import sys; 'fractions' in sys.modules"), cwd=Path.cwd())
        assert shown(done) == "True"


def test_what_priming_disturbs_is_put_back(tmp_path: Path) -> None:
    look = (
        "import os, sys, numpy as np, matplotlib as mpl\n"
        "('DISTURBED' in os.environ, '/disturbed' in sys.path, np.geterr()['divide'], mpl.rcParams['figure.dpi'])"
    )
    with open_warm(preload=("matplotlib",), prime=f"{JOBS}:disturb") as warm:
        assert shown(warm.execute(notebook(look), cwd=tmp_path)) == "(False, False, 'warn', 100.0)"


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({"preload": ("no_such_module",)}, "warm.preload", ("no_such_module",)),
        ({"prime": f"{JOBS}:fail"}, "warm.prime", ("no such thing", "fail")),
        ({"prime": f"{JOBS}:start_thread"}, "warm.threads", ("2", "wanderer")),
        ({"prime": f"{JOBS}:refuse"}, "data.no_rows", ()),
        ({"prime": f"{JOBS}:die", "arguments": {"number": 9}}, "warm.start", ("SIGKILL", "last words")),
    ],
    ids=["no module", "priming fails", "a second thread", "priming finds a problem", "dies"],
)
def test_a_parent_that_cannot_serve_says_why(
    settings: dict[str, object], code: str, said: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    before = own_children()
    with pytest.raises(CxError) as caught:
        open_warm(**settings)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert problem.code == code
    for language in ("fi", "en"):
        assert all(word in problem.what(language) for word in said) and problem.remedy(language)
    assert own_children() == before and capfd.readouterr() == ("", "")


def test_closing_leaves_nothing(tmp_path: Path) -> None:
    files, children = len(os.listdir("/proc/self/fd")), own_children()
    warm = open_warm()
    assert warm.execute(notebook("1"), cwd=tmp_path).state == "ok"
    with ThreadPoolExecutor(1) as pool:
        sleeps, begun = notebook(DAEMON, "import time; time.sleep(60)"), Begun(1)
        running = pool.submit(warm.execute, sleeps, cwd=tmp_path, on_cell=begun)
        begun.wait()
        warm.close()
        done = running.result()
    assert (done.state, done.evalue) == ("died", "SIGKILL") and gone(int(shown(done, 0)))
    assert (len(os.listdir("/proc/self/fd")), own_children()) == (files, children)
    warm.close()
    with pytest.raises(RuntimeError, match="closed"):
        warm.call(f"{JOBS}:double", {"number": 1})


def test_a_killed_parent_is_replaced_and_its_jobs_are_told_as_dead(tmp_path: Path) -> None:
    started = "import subprocess\nprint(subprocess.Popen(['setsid', 'sleep', '60']).pid, flush=True)\n"
    with open_warm() as warm, ThreadPoolExecutor(1) as pool:
        sleeps, begun = notebook(started, "import time; time.sleep(60)"), Begun(1)
        lost = pool.submit(warm.execute, sleeps, cwd=tmp_path, on_cell=begun)
        begun.wait()
        call = warm.call(f"{JOBS}:end_parent", {})
        assert (call.state, call.evalue) == ("died", "SIGKILL")
        done = lost.result()
        assert (done.state, done.cell, done.evalue) == ("died", 1, "SIGKILL")
        pid = int(shown(done, 0))
        assert eventually(lambda: gone(pid))
        assert warm.call(f"{JOBS}:double", {"number": 4}).value == 8


CLIENT = """
import pathlib
from cxresearch.warm.client import Warm, open_warm
from tests.warm.conftest import notebook
source = "import os, time\\nopen('begun', 'w').write(str(os.getpid()))\\nos.rename('begun', 'pid')\\ntime.sleep(60)"
open_warm().execute(notebook(source), cwd=pathlib.Path({folder!r}))
"""


def test_the_client_s_death_ends_everything(tmp_path: Path) -> None:
    program = CLIENT.format(folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as client:
        begun = eventually((tmp_path / "pid").exists, within=30)
        client.kill()
    assert begun
    pid = int((tmp_path / "pid").read_text())
    assert eventually(lambda: gone(pid))


def test_no_more_jobs_run_at_the_same_time_than_allowed(tmp_path: Path) -> None:
    source = "import time; a = time.monotonic(); time.sleep(0.2); print(a, time.monotonic())"
    with open_warm(processes=1) as warm, ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(warm.execute, notebook(source), cwd=tmp_path) for _ in range(3)]
        times = sorted(tuple(map(float, shown(run.result()).split())) for run in runs)
    assert all(first[1] <= second[0] for first, second in pairwise(times))


def memory_of_ancestors(run: Run) -> tuple[int, int]:
    """KiB and open files of the parent that forked the process of a notebook."""
    look = (
        "import os\nparent = f'/proc/{os.getppid()}'\n"
        "kib = [line.split()[1] for line in open(parent + '/status') if line.startswith('RssAnon')][0]\n"
        "print(kib, len(os.listdir(parent + '/fd')))"
    )
    kib, files = shown(run(look)).split()
    return int(kib), int(files)


def test_memory_and_open_files_stay_flat(run: Run) -> None:
    run("1")
    kib, files = memory_of_ancestors(run)
    own = len(os.listdir("/proc/self/fd"))
    for number in range(30):
        run("x = list(range(100_000))\nprint('y' * 10_000)" if number % 3 else "import os; os._exit(1)")
    after_kib, after_files = memory_of_ancestors(run)
    assert after_files == files and after_kib - kib < FLAT_KIB and len(os.listdir("/proc/self/fd")) == own


def test_a_client_that_is_slow_to_read_holds_up_nobody_else(warm: Warm, tmp_path: Path) -> None:
    reading = threading.Event()

    def wait(what: str, cell: int) -> None:
        reading.wait(20)

    source = "import os\nfor _ in range(40): print('x' * 10_000)\nos._exit(1)"
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(warm.execute, notebook(source), cwd=tmp_path, on_cell=wait)
        time.sleep(0.3)
        assert warm.execute(notebook("1"), cwd=tmp_path).state == "ok"
        reading.set()
        done = slow.result()
    assert (done.state, len(shown(done))) == ("died", 40 * 10_001 - 1)


def test_spawned_workers_are_taken_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr("cxresearch.warm.client.SpawnedWorkers", lambda **settings: asked.append(settings))
    monkeypatch.setenv("CXRESEARCH_WARM", "spawn")
    open_warm(preload=("json",), processes=2)
    assert asked == [{"preload": ("json",), "prime": "", "arguments": None, "processes": 2}]


def test_arguments_have_to_be_json() -> None:
    files = len(os.listdir("/proc/self/fd"))
    with pytest.raises(TypeError, match="JSON"):
        open_warm(prime=f"{JOBS}:keep", arguments={"found": object()})
    assert len(os.listdir("/proc/self/fd")) == files
