"""The outputs are those of a fresh kernel, byte for byte."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from cxresearch.warm.client import Warm
from tests.conftest import ROOT
from tests.warm.conftest import LINUX, Run, notebook, shown

pytestmark = LINUX

SETUP = "import sys, os, asyncio, numpy as np, pandas as pd\nfrom IPython.display import *"
CELLS = {
    "result": "x = 3\nx",
    "prints": "print('a'); print('b', end='')",
    "both streams": "print('out'); print('err', file=sys.stderr); print('out again')",
    "flushed": "print('x', flush=True); print('y', flush=True)",
    "display between prints": "print('before')\ndisplay(HTML('<b>b</b>'), metadata={'isolated': True})\nprint('after')",
    "named display": "handle = display('one', display_id='named')",
    "update from another cell": "handle.update('two'); print('updated')",
    "cleared": "print('gone'); clear_output(); print('kept')",
    "cleared when the next comes": "print('gone'); clear_output(wait=True); print('kept')",
    "names of results": "_, __, _1, Out[2], In[2:4], len(In)",
    "names in the namespace": "'In' in globals(), sorted(name for name in globals() if not name.startswith('_'))",
    "semicolon": "1 + 1;",
    "shell": "!echo out; echo err >&2",
    "captured shell": "lines = !echo captured\nlines",
    "bash": "%%bash\necho out\necho err >&2",
    "table": "pd.DataFrame({'a': np.arange(5), 'b': list('abcde')})",
    "figure": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1, 2]); plt.show(); print('after')",
    "figure at the end": "plt.figure(figsize=(2, 2)); plt.plot([1, 2]);",
    "figure again": "fig",
    "inline": "%matplotlib inline\nplt.rcParams['figure.dpi'], plt.get_backend()",
    "vector": (
        "os.environ['SOURCE_DATE_EPOCH'] = '0'\n%config InlineBackend.figure_formats = ['svg']\n"
        "plt.rcParams['svg.hashsalt'] = 'a'\nplt.plot([1]);"
    ),
    "fine grid": "%config InlineBackend.figure_formats = {'retina'}\nplt.plot([3, 4])",
    "bitmap": "%config InlineBackend.figure_formats = {'png'}\nplt.bar([0], [1])",
    "seaborn": "import seaborn as sns\nsns.set_theme(); _ = sns.histplot(x=np.arange(10))",
    "transparent figure": "plt.figure(facecolor='none').text(0.1, 0.1, 'x')",
    "model": (
        "import statsmodels.api as sm\nsm.OLS(np.arange(5.) ** 2, sm.add_constant(np.arange(5.))).fit().params.round(6)"
    ),
    "coroutine": "await asyncio.sleep(0.01)\nprint('awaited')",
    "value of a coroutine": "async def five():\n    return 5\nawait asyncio.gather(five(), five())",
    "task": "task = asyncio.get_event_loop().create_task(five())",
    "task in a later cell": "await task",
    "loop already runs": "asyncio.run(None)",
    "input": "input('name?')",
    "password": "import getpass; getpass.getpass()",
    "debugger": "breakpoint()",
    "warning": "import warnings; warnings.warn('careful')",
    "log": "import logging; logging.warning('logged')",
    "program": "_ = os.system('echo from a program')",
    "error": "1 / 0",
    "error in a function": "def f(n):\n    return 1 / n\nf(0)",
    "error with a cause": "raise ValueError('a') from KeyError('b')",
    "plain traceback": "%xmode Plain\n1 / 0",
    "error in a library": "json = __import__('json'); json.loads('{')",
    "wrong syntax": "this is wrong",
    "unknown magic": "%nosuchmagic",
    "unknown cell magic": "%%nosuchmagic\nx",
    "exit": "sys.exit(3)",
    "interrupt": "raise KeyboardInterrupt",
    "shell object": "get_ipython().__class__.__name__, get_ipython().kernel.__class__.__name__",
    "history": "%history -n 2-4",
    "help": "len?",
    "precision": "%precision 3\n3.14159",
    "capture": "%%capture taken\nprint(1); display(2)",
    "captured": "taken.show()",
    "own representations": (
        "class A:\n    def _repr_html_(self): return '<i>a</i>'\n"
        "    def _repr_mimebundle_(self, **k): return {'application/x+json': {'a': [1]}, 'text/plain': 'A'}\nA()"
    ),
    "failing representation": "class B:\n    def __repr__(self): raise ValueError('no')\nB()",
    "image": "Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + b'0' * 20)",
    "raw bytes": "display({'image/png': b'abc'}, raw=True)",
    "message for widgets": (
        "from comm import create_comm\ncreate_comm(target_name='x', data={'state': {'a': 1}}).send({'b': 1})"
    ),
    "thread": "import threading\nt = threading.Thread(target=print, args=('from a thread',)); t.start(); t.join()",
    "letters": "print('äö€😀')",
    "environment": "os.environ['MPLBACKEND'], os.environ['TERM'], os.environ['PAGER'], sys.stdout.encoding",
    "search path": "'' in sys.path, sys.path[0] == '', __name__",
    "seeded": "np.random.seed(1); np.random.rand()",
    "folder": "%cd /\n%pwd",
}


def in_fresh_kernel(given: NotebookNode, folder: Path) -> NotebookNode:
    executed = copy.deepcopy(given)
    NotebookClient(
        executed, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(folder)}}
    ).execute()
    return executed


def bytes_of(cell: Any) -> str:
    """The outputs of a cell as they are saved, without addresses and process ids."""
    text = json.dumps([cell.execution_count, cell.outputs], ensure_ascii=False)
    return re.sub(r"0x[0-9a-f]{6,}|ipykernel_\d+", "-", text)


@pytest.fixture(scope="module")
def both(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> tuple[NotebookNode, NotebookNode]:
    given = notebook(SETUP, *CELLS.values(), tags=("raises-exception",))
    folder = tmp_path_factory.mktemp("folder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONHASHSEED", "0")
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)  # with it ipykernel does not look at the descriptors
        fresh = in_fresh_kernel(given, folder)
    executed = warm.execute(given, cwd=folder)
    assert executed.state == "ok", executed.evalue
    return executed.notebook, fresh


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_s_output_is_that_of_a_fresh_kernel(both: tuple[NotebookNode, NotebookNode], kind: str) -> None:
    index = 1 + list(CELLS).index(kind)
    ours, fresh = (bytes_of(executed.cells[index]) for executed in both)
    assert ours == fresh


def test_what_is_put_into_the_notebook_besides_is_the_same(both: tuple[NotebookNode, NotebookNode]) -> None:
    ours, fresh = both
    assert ours.metadata.get("widgets") == fresh.metadata.get("widgets")
    nbformat.validate(ours)


def test_a_figure_was_drawn(both: tuple[NotebookNode, NotebookNode]) -> None:
    outputs = both[0].cells[1 + list(CELLS).index("figure")].outputs
    assert [set(output.get("data", ())) for output in outputs] == [{"text/plain", "image/png"}, set()]


def test_one_warning_per_notebook_not_per_parent(run: Run) -> None:
    source = "import warnings\nimport pandas as pd\nwarnings.warn_explicit('once', UserWarning, 'f.py', 1, registry={})"
    assert "once" in shown(run(source)) and "once" in shown(run(source))


@pytest.mark.slow
def test_a_notebook_of_the_repository_is_the_same(warm: Warm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    shutil.copytree(ROOT / "data" / "example", tmp_path / "data" / "example")
    given = nbformat.read(ROOT / "notebooks" / "04_linkage.ipynb", as_version=4)
    fresh = in_fresh_kernel(given, tmp_path)  # keeps its findings in the folder of results
    executed = warm.execute(given, cwd=tmp_path, timeout=120)
    assert executed.state == "ok", executed.evalue
    assert [bytes_of(cell) for cell in executed.notebook.cells if cell.cell_type == "code"] == [
        bytes_of(cell) for cell in fresh.cells if cell.cell_type == "code"
    ]
    assert any("image/png" in output.get("data", ()) for cell in fresh.cells for output in cell.get("outputs", ()))
