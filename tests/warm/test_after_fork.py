"""Libraries with threads and pools of their own work in children of a process that has them imported."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cxresearch.warm.client import Warm
from tests.warm.conftest import LINUX, Run, notebook, shown

pytestmark = LINUX

STUFF = {
    "linear algebra": "import numpy as np\nnp.linalg.inv(np.eye(300) * 2)[0, 0]",
    "BLAS threads": (
        "import numpy as np, threadpoolctl\nwith threadpoolctl.threadpool_limits(2):\n"
        "    a = np.eye(400) @ np.eye(400)\na[1, 1]"
    ),
    "pool of threads": (
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n"
        "    total = sum(pool.map(abs, range(100)))\ntotal"
    ),
    "pool of processes": (
        "from concurrent.futures import ProcessPoolExecutor\nfrom multiprocessing import get_context\n"
        "with ProcessPoolExecutor(2, mp_context=get_context('fork')) as pool:\n"
        "    total = sum(pool.map(abs, range(10)))\ntotal"
    ),
    "arrow threads": (
        "import pyarrow as pa, pyarrow.compute as pc, pyarrow.csv as csv, io\n"
        "table = csv.read_csv(io.BytesIO(b'a,b\\n' + b'1,2\\n' * 200_000))\n"
        "table.to_pandas(use_threads=True)['a'].sum(), pc.sum(table['b']).as_py()"
    ),
    "pandas": "import pandas as pd\npd.DataFrame({'g': ['a', 'b'] * 50, 'y': range(100)}).groupby('g').y.mean().sum()",
    "seaborn": (
        "import seaborn as sns, numpy as np\nx = np.arange(20.)\nax = sns.regplot(x=x, y=x ** 2, n_boot=50, seed=1)\n"
        "len(ax.lines)"
    ),
    "statsmodels": (
        "import numpy as np, statsmodels.api as sm\nx = sm.add_constant(np.arange(50.))\n"
        "sm.OLS(x[:, 1] * 2, x).fit().params.round(6)[1]"
    ),
    "database in memory": "import duckdb\nduckdb.sql('select sum(i) from range(1000) numbers(i)').fetchall()",
}


@pytest.mark.parametrize("library", STUFF)
def test_it_works_in_a_child(run: Run, library: str) -> None:
    done = run(STUFF[library], timeout=60)
    assert done.state == "ok" and shown(done)


def test_six_at_once_end_and_agree_with_one_alone(warm: Warm, tmp_path: Path) -> None:
    given = notebook(STUFF["BLAS threads"], STUFF["arrow threads"], STUFF["seaborn"], STUFF["pool of threads"])

    def outputs(number: int) -> str:
        done = warm.execute(given, cwd=tmp_path, seed="same", timeout=60)
        assert done.state == "ok", done.evalue
        return repr([cell.outputs for cell in done.notebook.cells])

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(outputs, range(6)))) == 1
