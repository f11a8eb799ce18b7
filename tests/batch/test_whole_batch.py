"""Whole batches in real processes: groups of a study, studies, and a notebook of the user's own that misbehaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cxresearch.batch.journal import Past
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.result import BatchResult
from cxresearch.batch.run import foresee_batch, run_batch
from cxresearch.errors import ParameterError
from cxresearch.study import load_study
from cxresearch.warm.client import Warm
from tests.batch.fakes import patiently, small_request, write_notebook, write_table
from tests.conftest import ROOT
from tests.workflow.tiny_study import guests, people, snapshot, tiny

pytestmark = pytest.mark.slow

SMALL = "Kvanttihyppy"
"""A unit with too few people to be shown; Tiimi 01 is not shown either, lest the others give this one away."""

ROWS = tuple(f"tiimi-{place:02d}" for place in range(2, 7))


def never(plan: object, jobs: int) -> Warm:
    raise AssertionError("there is nothing to make")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made, rng = tiny(6), np.random.default_rng(5)
    made.staff += people(SMALL, 3, 3.0, rng, "k")
    made.guests += guests(SMALL, (2, 2), 3.0, rng)
    return made.write(tmp_path_factory.mktemp("place") / "data" / "tiny")


@pytest.fixture(scope="module")
def request_of_units(study: Path) -> BatchRequest:
    return BatchRequest(studies=(str(study),), by="unit", formats=("html",), jobs=2)


@pytest.fixture(scope="module")
def by_unit(request_of_units: BatchRequest) -> BatchResult:
    return run_batch(request_of_units)


def test_every_unit_that_may_be_shown_has_its_reports(by_unit: BatchResult, study: Path) -> None:
    assert by_unit.exit_code == 0
    assert by_unit.folder == study.parent.parent / "reports" / "tiny" / "batch" / "unit"
    assert sorted(by_unit.outcomes) == list(ROWS)
    for row in ROWS:
        names = {f"{row}-{language}.{form}" for language in ("fi", "en") for form in ("html", "ipynb")}
        assert {path.name for path in (by_unit.folder / row).iterdir()} == names
    assert {path.name for path in by_unit.folder.iterdir()} == {
        *ROWS, "bundle", "groups", "journal.jsonl", ".lock", "index-fi.html", "index-en.html",
    }  # fmt: skip
    assert all(outcome.peak_kib > 50_000 for outcome in by_unit.outcomes.values())


def test_each_report_is_of_its_unit(by_unit: BatchResult) -> None:
    for place in (2, 6):
        page = (by_unit.folder / f"tiimi-{place:02d}" / f"tiimi-{place:02d}-fi.html").read_text(encoding="utf-8")
        assert f"Tiimi {place:02d}" in page
        assert f"Tiimi {place % 6 + 1:02d}" not in page
        assert f"Tiimi {place - 1:02d}" not in page


def test_reports_name_no_place_of_this_machine(by_unit: BatchResult, study: Path) -> None:
    for path in sorted(by_unit.folder.rglob("*")):
        if path.suffix in (".ipynb", ".html"):
            text = path.read_text(encoding="utf-8")
            assert str(study.parent) not in text, path
            assert ".unfinished" not in text, path
    notebook = nbformat.read(by_unit.folder / "tiimi-02" / "tiimi-02-en.ipynb", as_version=4)
    (given,) = (cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", ()))
    namespace: dict[str, object] = {}
    exec(given.source, namespace)
    told = {name: namespace[name] for name in ("study", "language", "by", "group")}
    assert told == {"study": "data/tiny", "language": "en", "by": "unit", "group": "tiimi-02"}


def test_the_front_page_lists_the_units(by_unit: BatchResult) -> None:
    page = (by_unit.folder / "index-fi.html").read_text(encoding="utf-8")
    for place in range(2, 7):
        assert f"Tiimi {place:02d}" in page
        assert f'"tiimi-{place:02d}/tiimi-{place:02d}-fi.html"' in page
    assert SMALL not in page
    assert "Tiimi 01" not in page


def test_a_small_unit_has_no_report(by_unit: BatchResult) -> None:
    named = {path.name for path in by_unit.folder.iterdir()}
    assert not [name for name in named if name.startswith("kvantti")]
    assert SMALL not in (by_unit.folder / "journal.jsonl").read_text(encoding="utf-8")


def test_a_second_batch_reads_nothing_and_makes_nothing(by_unit: BatchResult, request_of_units: BatchRequest) -> None:
    begun = time.monotonic()
    result = run_batch(request_of_units, open_warm=never)
    assert [standing.why for standing in result.standings] == ["unchanged"] * 5
    assert (result.exit_code, result.outcomes) == (0, {})
    assert time.monotonic() - begun < 5


def test_a_table_of_units_gives_reports_of_those(by_unit: BatchResult, study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "some.csv", ("One", "unit", "Tiimi 02"), header=("name", "by", "group"))
    request = BatchRequest(studies=(str(study),), table=str(table), out=str(tmp_path / "out"), formats=("html",))
    for name in ("bundle", "groups"):
        shutil.copytree(by_unit.folder / name, tmp_path / "out" / name)
    assert [(found.row.id, found.why) for found in foresee_batch(request)] == [("one", "new")]
    assert run_batch(request).exit_code == 0
    assert "Tiimi 02" in (tmp_path / "out" / "one" / "one-fi.html").read_text(encoding="utf-8")
    write_table(table, ("One", "unit", SMALL), ("Two", "unit", "Tiimi 2"), header=("name", "by", "group"))
    with pytest.raises(ParameterError) as refused:
        run_batch(request)
    assert [problem.line for problem in refused.value.problems] == [2, 3]
    assert f"There is no group {SMALL} that a report may be made of." in refused.value.text("en")
    assert "Tällaisia ryhmiä ovat esimerkiksi: " in refused.value.text("fi")


def test_an_unknown_grouping_is_told_before_anything_is_read(study: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="unit"):
        run_batch(BatchRequest(studies=(str(study),), by="unitt", out=str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_other_texts_or_languages_make_reports_anew(by_unit: BatchResult, study: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "data" / "tiny"
    shutil.copytree(study, elsewhere)
    out = tmp_path / "reports" / "tiny" / "batch" / "unit"
    shutil.copytree(by_unit.folder, out)
    request = BatchRequest(studies=(str(elsewhere),), by="unit", formats=("html",))
    assert {found.why for found in foresee_batch(request)} == {"unchanged"}
    (elsewhere / "text" / "fi").mkdir(parents=True)
    (elsewhere / "text" / "fi" / "theory.md").write_text("# Teoria\n", encoding="utf-8")
    before = snapshot(out)
    assert {found.why for found in foresee_batch(request)} == {"changed"}
    assert snapshot(out) == before


MISBEHAVING = """\
if team == "B":
    raise ValueError("no answers")
if team == "C" and not marks_of(team):
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
if team == "D":
    import os
    os._exit(3)
if team == "E":
    import time
    time.sleep(60)
"""
MARKING = """\
from pathlib import Path
def marks_of(team):
    mark = Path(place) / f"{team}-{language}"
    known = mark.exists()
    mark.touch()
    return known
"""


def test_rows_that_misbehave_are_told_and_others_go_on(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    request = small_request(tmp_path, "ABCDE", timeout=2.0, languages=("fi",))
    parameters = f"team = 'A'\nlevel: int = 1\nlanguage = 'fi'\nplace = {str(marks)!r}"
    write_notebook(tmp_path / "own.ipynb", MARKING, MISBEHAVING, "print(team)", parameters=parameters)
    result = run_batch(request)
    assert result.exit_code == 3
    states = {row[0]: outcome.state for row, outcome in result.outcomes.items()}
    assert states == {"a": "done", "b": "failed", "c": "done", "d": "killed", "e": "timeout"}
    told = {row[0]: found.what("en") for row, out in result.outcomes.items() if (found := out.problem())}
    assert told["b"] == "b-2 (fi): cell 3 of the notebook own.ipynb failed: ValueError: no answers"
    assert told["d"].startswith("d-4 (fi): the process that ran cell 3 of the notebook own.ipynb was killed: ")
    assert told["d"].endswith("exit 3")
    assert told["e"] == "e-5 (fi): cell 3 of the notebook own.ipynb took too long and was stopped."
    assert {path.name for path in (tmp_path / "out" / "a-1").iterdir()} == {"a-1-fi.ipynb"}
    kept = nbformat.read(tmp_path / "out" / "e-5" / "failed-fi.ipynb", as_version=4)
    assert kept.cells[3].source == MISBEHAVING


OPEN_FILES = """\
import json, os, stat
def regular(fd):
    try:
        return stat.S_ISREG(os.stat(fd).st_mode)
    except OSError:
        return False
fds = [int(fd) for fd in os.listdir("/proc/self/fd")]
print(json.dumps([os.readlink(f"/proc/self/fd/{fd}") for fd in fds if fd > 2 and regular(fd)]))
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at open files in /proc")
def test_processes_share_no_open_file_with_one_another(study: Path, tmp_path: Path) -> None:
    """Copies of a process that holds a file open read it at one place, and each moves that of the others."""
    request = small_request(tmp_path, "A", languages=("fi",), studies=(str(study),))
    write_notebook(tmp_path / "own.ipynb", OPEN_FILES)
    assert run_batch(request).exit_code == 0
    notebook = nbformat.read(tmp_path / "out" / "a-1" / "a-1-fi.ipynb", as_version=4)
    shared = [path for path in json.loads(notebook.cells[2].outputs[0].text) if "(deleted)" not in path]
    assert shared == []


BLOCKS = """\
from IPython.display import display
from cxresearch.exhibits.blocks import BLOCK_MIME, Column, Table
block = Table("tbl-own", "Own table", (Column("Team", row_header=True),), ((team,),))
display({BLOCK_MIME: block.to_json(), "text/plain": "table"}, raw=True)
"""


def test_a_notebook_that_shows_our_blocks_gives_a_report(tmp_path: Path) -> None:
    request = small_request(tmp_path, "A", languages=("en",))
    write_notebook(tmp_path / "own.ipynb", BLOCKS)
    result = run_batch(request)
    assert result.exit_code == 0, result.failed
    assert {path.name for path in (tmp_path / "out" / "a-1").iterdir()} == {"a-1-en.ipynb", "a-1-en.html"}
    assert "Own table" in (tmp_path / "out" / "a-1" / "a-1-en.html").read_text(encoding="utf-8")


def test_studies_are_reported_side_by_side(study: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(study, tmp_path / "data" / name)
    studies = (str(tmp_path / "data" / "one"), str(tmp_path / "data" / "two"))
    request = BatchRequest(studies=studies, by="study", formats=("html",), languages=("en",))
    result = run_batch(request)
    assert result.exit_code == 0, [outcome.problem() for outcome in result.failed]
    assert result.folder == tmp_path / "reports" / "batch" / "study"
    for name in ("one", "two"):
        folder = result.folder / name
        assert {path.name for path in folder.iterdir()} == {"bundle", "results", "manifest.json", "notebooks", "en"}
        assert (folder / "en" / "tiny-en.html").stat().st_size > 10_000
        for path in folder.rglob("*.ipynb"):
            assert str(tmp_path) not in path.read_text(encoding="utf-8")
            assert ".unfinished" not in path.read_text(encoding="utf-8")
    assert {found.why for found in run_batch(request, open_warm=never).standings} == {"unchanged"}
    with pytest.raises(ParameterError, match="Two of the studies are in folders called one"):
        run_batch(BatchRequest(studies=(studies[0], studies[0]), by="study"))
    assert load_study(Path(studies[0])).spec.study == "tiny"


@pytest.fixture
def misused(tmp_path: Path) -> tuple[Path, list[str]]:
    """A batch whose rows each take a second and leave a mark when they begin."""
    request = small_request(tmp_path, "ABCDEF", languages=("fi",))
    marks = tmp_path / "marks"
    marks.mkdir()
    source = "import os, time\nfrom pathlib import Path\n(Path(place) / f'{team}-{os.getpid()}').touch()\ntime.sleep(1)"
    parameters = f"team = 'A'\nlevel: int = 1\nlanguage = 'fi'\nplace = {str(marks)!r}"
    write_notebook(tmp_path / "own.ipynb", source, parameters=parameters)
    words = ["--notebook", request.notebook, "--table", request.table, "--out", request.out, "--jobs", "2"]
    return tmp_path, [*words, "--language", "fi", "--format", "html"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_batch_that_is_stopped_leaves_no_process_and_goes_on(
    misused: tuple[Path, list[str]], number: signal.Signals
) -> None:
    folder, words = misused
    environment = {**os.environ, "CXRESEARCH_LANGUAGE": "en", "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "cxresearch", "batch", *words]
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        patiently(lambda: len(list((folder / "marks").iterdir())) >= 3, 240)
        process.send_signal(number)
        _, err = process.communicate(timeout=240)
    assert process.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in err
    running = [int(mark.name.partition("-")[2]) for mark in (folder / "marks").iterdir()]
    patiently(lambda: not [one for one in running if _alive(one)])
    done = set(Past.read([folder / "out" / "journal.jsonl"]).done)
    assert 1 <= len(done) < 6
    for row in done:
        assert {path.name for path in (folder / "out" / row).iterdir()} == {f"{row}-fi.ipynb"}
    for mark in (folder / "marks").iterdir():
        mark.unlink()
    again = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, timeout=240)
    assert again.returncode == 0, again.stderr
    teams = {mark.name[0].lower() for mark in (folder / "marks").iterdir()}
    assert teams == set("abcdef") - {row[0] for row in done}
    assert not [path for path in (folder / "out").rglob("*") if path.name.startswith((".unfinished", "failed-"))]
    last = [json.loads(line) for line in (folder / "out" / "journal.jsonl").read_text().splitlines()]
    assert [event["event"] for event in last].count("batch") == 2


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
