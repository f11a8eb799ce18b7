"""What one notebook does to its process, no other one sees."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.warm.conftest import LINUX, Run, shown

pytestmark = LINUX

LEAKS = {
    "environment": ("import os; os.environ['LEAK'] = 'x'", "import os; os.environ.get('LEAK')"),
    "search path": ("import sys; sys.path.insert(0, '/leak')", "import sys; '/leak' in sys.path"),
    "modules": ("import sys; sys.modules['leak'] = sys", "import sys; 'leak' in sys.modules"),
    "pandas option": (
        "import pandas as pd; pd.set_option('display.max_rows', 3)",
        "import pandas as pd; pd.get_option('display.max_rows')",
    ),
    "class": (
        "import pandas as pd; pd.DataFrame.head = lambda self: 'leak'",
        "import pandas as pd; pd.DataFrame.head.__name__",
    ),
    "figure settings": (
        "import matplotlib as mpl; mpl.rcParams['figure.dpi'] = 7",
        "import matplotlib as mpl; mpl.rcParams['figure.dpi']",
    ),
    "seaborn theme": (
        "import seaborn as sns; sns.set_theme()",
        "import matplotlib as mpl; mpl.rcParams['axes.facecolor']",
    ),
    "open figure": (
        "import matplotlib.pyplot as plt; plt.ioff(); plt.figure()",
        "import matplotlib.pyplot as plt; plt.get_fignums(), plt.isinteractive()",
    ),
    "numpy errors": ("import numpy as np; np.seterr(all='raise')", "import numpy as np; np.geterr()"),
    "numpy printing": ("import numpy as np; np.set_printoptions(precision=2)", "import numpy as np; np.array([1/3])"),
    "decimal context": (
        "import decimal; decimal.getcontext().prec = 3",
        "import decimal; decimal.getcontext().prec",
    ),
    "working folder": ("import os; os.chdir('/')", "import os; os.getcwd() == '/'"),
    "builtin": ("import builtins; builtins.sum = lambda x: 42", "sum([])"),
    "recursion limit": ("import sys; sys.setrecursionlimit(5000)", "import sys; sys.getrecursionlimit()"),
    "socket timeout": ("import socket; socket.setdefaulttimeout(7)", "import socket; socket.getdefaulttimeout()"),
    "warning filter": (
        "import warnings; warnings.simplefilter('error')",
        "import warnings; [f for f in warnings.filters if f[0] == 'error']",
    ),
    "umask": ("import os; os.umask(0o777)", "import os; oct(os.umask(0))"),
    "json": ("import json; json.dumps = None", "import json; json.dumps({})"),
    "os.write": ("import os; os.write = None", "import os; callable(os.write)"),
    "signal": (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "import signal; signal.getsignal(signal.SIGINT).__name__",
    ),
    "locale": ("import locale; locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')", "locale = 0; locale"),
    "names": ("leak = 1", "'leak' in globals()"),
    "history": ("6 * 7", "Out, In"),
    "logging": (
        "import logging; logging.basicConfig(level=0); logging.disable(50)",
        "import logging; logging.root.handlers, logging.root.manager.disable",
    ),
    "resource limit": (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
        "import resource; resource.getrlimit(resource.RLIMIT_NOFILE)",
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_nothing_leaks(run: Run, leak: str) -> None:
    spoil, look = LEAKS[leak]
    before = run(look)
    spoilt = run(spoil)
    after = run(look)
    assert (before.state, spoilt.state, after.state) == ("ok", "ok", "ok"), spoilt.evalue
    assert shown(after) == shown(before)


def test_what_breaks_json_and_os_write_does_not_break_the_run(run: Run) -> None:
    done = run("import json, os; json.dumps = json.JSONEncoder = os.write = None", "print('still here')")
    assert done.state == "ok" and shown(done) == "still here"


DRAWS = "import random, numpy as np\nprint(random.random(), np.random.rand())"


def test_random_numbers_depend_on_the_seed_alone(run: Run) -> None:
    first, other, again = (shown(run(DRAWS, seed=seed)) for seed in ("north", "south", "north"))
    assert first == again != other


def test_random_numbers_without_a_seed_differ(run: Run) -> None:
    assert shown(run(DRAWS)) != shown(run(DRAWS))


def test_names_that_must_be_unique_differ_with_the_same_seed(run: Run) -> None:
    look = "import os, uuid, secrets, tempfile\nprint(uuid.uuid4(), os.urandom(4), secrets.token_hex(4))"
    assert shown(run(look, seed="north")) != shown(run(look, seed="north"))


def test_only_the_job_s_own_files_are_open(run: Run) -> None:
    look = (
        "import os\nfiles = [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')[:-1]]\n"
        "print(*sorted(file.split(':')[0].split('#')[0] for file in files))"
    )
    run("import os; os._exit(1)")
    log = f"{tempfile.gettempdir()}/ "
    asyncio_s_own = "anon_inode", "socket socket"
    assert shown(run(look)) == f"/dev/null {log * 4}{asyncio_s_own[0]} pipe {asyncio_s_own[1]}"


def test_it_has_a_session_of_its_own_and_one_thread(run: Run) -> None:
    look = "import os\nprint(os.getsid(0) == os.getpid() == os.getpgid(0), len(os.listdir('/proc/self/task')))"
    assert shown(run(look)) == "True 1"


def test_it_works_in_its_folder_and_finds_modules_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("WHERE = 'beside'\n")
    assert shown(run("import beside; print(beside.WHERE)")) == "beside"


def test_files_left_open_are_written_and_exit_functions_run(run: Run, tmp_path: Path) -> None:
    assert run("file = open('left.txt', 'w'); file.write('whole')").state == "ok"
    assert (tmp_path / "left.txt").read_text() == "whole"
    assert run("import atexit\natexit.register(lambda: open('exit.txt', 'w').close())").state == "ok"
    assert (tmp_path / "exit.txt").exists()


def test_temporary_folders_are_removed(run: Run, tmp_path: Path) -> None:
    place = shown(run("import tempfile\nfolder = tempfile.TemporaryDirectory(); print(folder.name)"))
    assert place and not Path(place).exists()
