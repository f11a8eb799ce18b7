"""Jupyter kernels from the provisioner `cx-warm`: what starts kernels finds its imports done and the rest as ever."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from cxresearch.warm.kernel_client import PARENTS
from cxresearch.warm.kernel_handle import ForkedKernel
from cxresearch.warm.preload import VARIABLE
from cxresearch.warm.provisioner import WarmProvisioner
from tests.warm.conftest import LINUX, notebook
from tests.warm.test_ends import eventually, gone

pytestmark = LINUX

WARM = "cxresearch-warm"
PATIENCE = 60


@pytest.fixture(scope="module", autouse=True)
def _light_parent() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "matplotlib.pyplot")
        yield
    PARENTS.close()
    ensure_event_loop().close()


class Kernel:
    """A kernel and the client that speaks with it."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client: BlockingKernelClient = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def __call__(self, source: str) -> str:
        """What a cell shows: its texts, or its error."""
        shown: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                shown.append(content["data"].get("text/plain", "") + "".join(f" {kind}" for kind in content["data"]))
            elif message["msg_type"] == "error":
                shown.append(content["ename"])

        self.client.execute_interactive(source, output_hook=hear, timeout=PATIENCE)
        return "".join(shown).strip().removesuffix(" text/plain")

    @property
    def process(self) -> Any:
        return self.manager.provisioner.process


@contextmanager
def started(**options: Any) -> Iterator[Kernel]:
    manager = KernelManager(kernel_name=WARM)
    manager.start_kernel(**options)
    kernel = Kernel(manager)
    try:
        yield kernel
    finally:
        kernel.client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy()


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as one:
        yield one


def test_the_imports_are_done(kernel: Kernel) -> None:
    assert kernel("import sys\nprint('matplotlib.pyplot' in sys.modules)") == "True"
    assert isinstance(kernel.process, ForkedKernel)


def test_it_is_a_process_of_its_own(kernel: Kernel) -> None:
    assert kernel("import os\nprint(os.getpid(), os.getsid(0), os.getpgid(0))").split() == [str(kernel.process.pid)] * 3


def test_its_surroundings_are_those_of_any_kernel(kernel: Kernel) -> None:
    path = "print(__name__, sys.argv[0].endswith('ipykernel_launcher.py'), '' in sys.path)"
    assert kernel(f"import os, sys\n{path}") == "__main__ True True"
    assert kernel("print(os.environ['MPLBACKEND'])") == "module://matplotlib_inline.backend_inline"
    assert kernel("print('JE_ARROW_MALLOC_CONF' in os.environ)") == "False"


def test_it_is_reached_without_ports_of_the_machine(kernel: Kernel) -> None:
    folder = Path(kernel.manager.ip).parent
    assert kernel.manager.transport == "ipc" and len(list(folder.iterdir())) == 5
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU


def test_figures_are_shown(kernel: Kernel) -> None:
    assert "image/png" in kernel("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])")


def test_an_interrupt_stops_a_cell_and_not_the_kernel(kernel: Kernel) -> None:
    kernel("kept = 1")
    asked = kernel.client.execute("import time\nprint('begun')\ntime.sleep(60)")
    heard: list[str] = []
    while "idle" not in heard:
        message = kernel.client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") == asked:
            content = message["content"]
            heard.append(content.get("ename") or content.get("text") or content.get("execution_state") or "")
            if heard[-1].startswith("begun"):
                kernel.manager.interrupt_kernel()
    assert "KeyboardInterrupt" in heard
    assert kernel("print(kept)") == "1"


def test_a_restart_gives_a_new_process_at_the_same_address(kernel: Kernel) -> None:
    kernel("kept = 1")
    before = kernel.process.pid
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=PATIENCE)
    assert kernel("print('kept' in globals())") == "False"
    assert kernel.process.pid != before and gone(before)


def test_a_death_is_noticed_and_its_signal_known(kernel: Kernel) -> None:
    process = kernel.process
    os.kill(process.pid, signal.SIGSEGV)
    assert eventually(lambda: process.poll() is not None) and process.returncode == -signal.SIGSEGV
    assert not kernel.manager.is_alive()
    kernel.manager.restart_kernel(now=True)  # a polite request to end would wait at the address for the successor
    kernel.client.wait_for_ready(timeout=PATIENCE)
    assert kernel("print(1)") == "1"


@pytest.mark.parametrize("now", [True, False], ids=["at once", "politely"])
def test_nothing_is_left_after_a_shutdown(now: bool) -> None:
    with started() as kernel:
        source = (
            "from subprocess import Popen\nfor own in (0, 1): print(Popen(['sleep', '60'], start_new_session=own).pid)"
        )
        pids = [kernel.process.pid, *(int(pid) for pid in kernel(source).split())]
        folder = Path(kernel.manager.ip).parent
        assert folder.is_dir() and not any(map(gone, pids))
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=now)
        assert not folder.exists() and eventually(lambda: all(map(gone, pids)))
        assert not Path(kernel.manager.connection_file).exists()


def test_kernels_side_by_side_do_not_share(tmp_path: Path) -> None:
    environment = {**os.environ, "WARM_PROBE": "yes"}
    with started(cwd=str(tmp_path), env=environment) as one, started() as other:
        assert one("import os\nprint(os.getcwd(), os.environ['WARM_PROBE'])") == f"{tmp_path} yes"
        assert other("import os\nprint(os.environ.get('WARM_PROBE'))") == "None"
        draws = "import random, numpy\nprint(random.random(), numpy.random.random())"
        assert not set(one(draws).split()) & set(other(draws).split())
        assert one("print(os.getppid())") == other("print(os.getppid())")


def test_linear_algebra_has_the_processors_of_a_fresh_kernel() -> None:
    counts = "import numpy, threadpoolctl\nprint({pool['num_threads'] for pool in threadpoolctl.threadpool_info()})"
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    with started(env=environment) as free, started(env={**environment, "OPENBLAS_NUM_THREADS": "1"}) as single:
        assert free(counts) == str({len(os.sched_getaffinity(0))}) and single(counts) == "{1}"


def test_a_restarted_kernel_sees_changed_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "warm_probe_kernel.py"
    module.write_text("VALUE = 'before'\n")
    monkeypatch.setenv(VARIABLE, module.stem)
    with started(env={**os.environ, "PYTHONPATH": str(tmp_path)}) as kernel:
        shows = f"import {module.stem} as m\nprint(m.VALUE)"
        assert kernel(shows) == "before" and isinstance(kernel.process, ForkedKernel)
        module.write_text("VALUE = 'and after'\n")
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=PATIENCE)
        assert kernel(shows) == "and after" and isinstance(kernel.process, ForkedKernel)


@pytest.mark.parametrize("reason", ["spawn", "options", "independent", "threads"])
def test_where_it_cannot_fork_the_kernel_starts_the_ordinary_way(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {}
    if reason == "spawn":
        monkeypatch.setenv("CXRESEARCH_WARM", "spawn")
    elif reason == "options":
        options["umask"] = 0o077
    elif reason == "independent":
        options["independent"] = True
    else:
        module = tmp_path / "warm_probe_threads.py"
        module.write_text(
            "import threading, time\nthreading.Thread(target=time.sleep, args=[99], daemon=True).start()\n"
        )
        monkeypatch.setenv(VARIABLE, module.stem)
        options["env"] = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with started(**options) as kernel:
        assert kernel("print(6 * 7)") == "42" and isinstance(kernel.process, subprocess.Popen)


def test_kernels_end_with_the_program_that_started_them(tmp_path: Path) -> None:
    program = """
        import os, signal, time
        from jupyter_client.manager import KernelManager
        manager = KernelManager(kernel_name="cxresearch-warm")
        manager.start_kernel()
        parent = manager.provisioner.process.pid
        with open(f"/proc/{parent}/stat") as told:
            print(parent, told.read().rpartition(")")[2].split()[1], flush=True)
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


def outputs(executed: NotebookNode) -> list[Any]:
    return [(cell.execution_count, cell.outputs) for cell in executed.cells]


def test_nbclient_makes_the_same_outputs_with_it() -> None:
    source = notebook(
        "import matplotlib.pyplot as plt\nprint(1)\n2",
        "figure, axes = plt.subplots()\n_ = axes.plot([1, 3, 2])",
        "from IPython.display import Markdown\nMarkdown('*x*')",
    )
    made = []
    for name in ("python3", WARM):
        copy = nbformat.from_dict(source)
        NotebookClient(copy, kernel_name=name, extra_arguments=["--log-level=CRITICAL"]).execute()
        made.append(outputs(copy))
    assert made[0] == made[1]


def test_nbval_runs_notebooks_with_it(tmp_path: Path) -> None:
    source = notebook("# NBVAL_CHECK_OUTPUT\nimport sys\nprint('matplotlib.pyplot' in sys.modules)")
    source.cells[0].execution_count = 1
    source.cells[0].outputs = [nbformat.v4.new_output("stream", text="True\n")]
    nbformat.write(source, tmp_path / "one.ipynb")
    options = ["--nbval-lax", "--nbval-kernel-name", WARM, "-p", "no:cacheprovider", "-p", "no:xdist", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "one.ipynb"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout


def test_jupyter_server_starts_restarts_and_shuts_it_down(tmp_path: Path) -> None:
    async def serve() -> list[int]:
        kernels = AsyncMappingKernelManager(root_dir=str(tmp_path))
        name = await kernels.start_kernel(kernel_name=WARM)
        pids = [kernels.get_kernel(name).provisioner.process.pid]
        await kernels.restart_kernel(name, now=True)
        pids.append(kernels.get_kernel(name).provisioner.process.pid)
        await kernels.interrupt_kernel(name)
        await kernels.shutdown_all(now=True)
        return pids

    pids = asyncio.run(serve())
    assert pids[0] != pids[1] and all(map(gone, pids))


def test_the_specification_names_the_provisioner() -> None:
    manager = KernelManager(kernel_name=WARM)
    assert manager.kernel_spec.metadata["kernel_provisioner"]["provisioner_name"] == "cx-warm"
    assert manager.kernel_spec.display_name == "Python 3 (cxresearch, imports ready)"


def test_a_specification_may_name_other_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WarmProvisioner(preload=["polars"]).preload == ["polars"]
    monkeypatch.delenv(VARIABLE)
    assert "pandas" in WarmProvisioner().preload
