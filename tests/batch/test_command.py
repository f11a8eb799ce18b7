"""The command: options, what it says in both languages, and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from cxresearch import cli
from cxresearch.batch import command as command_module
from cxresearch.batch.lock import locked
from cxresearch.batch.run import run_batch
from tests.batch.fakes import FakeWarm, opener, patiently, small_request, write_table
from tests.conftest import ROOT
from tests.workflow.tiny_study import snapshot


class Ended(NamedTuple):
    """How a command ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Ended]


def act(team: str, level: int, language: str) -> None:
    if team == "X":
        raise ValueError("boom")
    if team == "I":
        raise KeyboardInterrupt


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Run `cxresearch batch` on the user's own notebook, in this process and in English unless told otherwise."""
    small_request(tmp_path)

    def run(*words: str, language: str = "en", warm: FakeWarm | None = None) -> Ended:
        quick = partial(run_batch, open_warm=opener(warm or FakeWarm(act)))
        monkeypatch.setattr(command_module, "run_batch", quick)
        monkeypatch.setenv("CXRESEARCH_LANGUAGE", language)
        own = ["--notebook", str(tmp_path / "own.ipynb"), "--table", str(tmp_path / "teams.csv")]
        own += ["--out", str(tmp_path / "out"), "--format", "html", "--jobs", "1"]
        monkeypatch.setattr(sys, "argv", ["cxresearch", "batch", *own, *words])
        code: object = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = stopped.code or 0
        shown = capsys.readouterr()
        return Ended(code, shown.out, " ".join(shown.err.split()))

    return run


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ("Making 3 reports.", "3 reports were made.")),
        ("fi", ("Tehdään 3 raporttia.", "Käynnistetään raportteja tekevät prosessit")),
    ],
)
def test_a_good_batch_ends_with_zero(command: Command, language: str, sentences: tuple[str, ...]) -> None:
    ended = command(language=language)
    assert ended.code == 0
    assert [line.rpartition("/")[2] for line in ended.out.splitlines()] == ["index-fi.html", "index-en.html"]
    for sentence in sentences:
        assert sentence in ended.err


def test_a_second_batch_has_nothing_to_do(command: Command) -> None:
    command()
    ended = command()
    assert ended.code == 0
    assert "3 reports are up to date already." in ended.err


def test_failures_end_with_three_and_are_told(command: Command, tmp_path: Path) -> None:
    write_table(tmp_path / "teams.csv", ("A", 1), ("X", 2))
    ended = command()
    assert ended.code == 3
    assert "x-2 (fi): cell 3 of the notebook own.ipynb failed: ValueError: boom" in ended.err
    assert "kept as far as it came: x-2/failed-fi.ipynb" in ended.err
    assert "One report was made. One failed." in ended.err
    ended = command(language="fi")
    assert ended.code == 3
    assert "x-2 (fi): muistikirjan own.ipynb solun 3 suoritus epäonnistui: ValueError: boom" in ended.err


def test_fail_fast_tells_what_was_not_begun(command: Command, tmp_path: Path) -> None:
    write_table(tmp_path / "teams.csv", ("X", 1), ("A", 2), ("B", 3))
    ended = command("--fail-fast")
    assert ended.code == 3
    assert "The batch stopped after the first failure." in ended.err
    assert "2 were not begun." in ended.err


@pytest.mark.parametrize("words", [["--jobs", "many"], ["--colour"], ["--timeout", "soon"]])
def test_a_wrong_command_ends_with_two(command: Command, words: list[str]) -> None:
    assert command(*words).code == 2


def test_wrong_input_ends_with_one(command: Command, tmp_path: Path) -> None:
    write_table(tmp_path / "teams.csv", ("A", "high"))
    ended = command()
    assert ended.code == 1
    assert f"{tmp_path}/teams.csv:2 (level): The value of level is not a whole number: high." in ended.err
    assert "Sarakkeen level arvo ei ole kokonaisluku: high." in command(language="fi").err


def test_a_folder_at_work_ends_with_75(command: Command, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out"):
        ended = command()
    assert ended.code == 75
    assert f"Another batch is at work in the folder {tmp_path}/out (process {os.getpid()})." in ended.err


def test_a_full_disk_ends_with_74(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(team: str, level: int, language: str) -> None:
        raise OSError(28, "No space left on device")

    ended = command(warm=FakeWarm(full))
    assert ended.code == 74
    assert "The disk is full." in ended.err
    assert "levy täyttyi muistikirjan own.ipynb solussa 3" in command(language="fi", warm=FakeWarm(full)).err


def test_an_interrupt_ends_with_130(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_module._Counted, "row_finished", lambda self, outcome: _interrupt())
    ended = command()
    assert ended.code == 130
    assert "interrupted" in ended.err
    assert "Traceback" not in ended.err


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_a_dry_run_lists_and_writes_nothing(command: Command, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    ended = command("--dry-run")
    assert (ended.code, ended.out.splitlines()[0]) == (0, "a-1: to be made: not made yet")
    assert "The batch would make 3 reports and leave 0 as they are. Nothing was written." in ended.err
    ended = command("--dry-run", language="fi")
    assert ended.out.splitlines()[0] == "a-1: tehdään: ei ole vielä tehty"
    assert snapshot(tmp_path) == before
    command()
    (tmp_path / "out" / "b-2" / "b-2-fi.html").unlink()
    lines = [json.loads(line) for line in command("--dry-run", "--json").out.splitlines()]
    assert [(line["row"], line["why"]) for line in lines] == [
        ("a-1", "unchanged"), ("b-2", "damaged"), ("c-3", "unchanged"),
    ]  # fmt: skip


def test_json_is_all_that_stands_on_standard_output(command: Command) -> None:
    ended = command("--json")
    events = [json.loads(line)["event"] for line in ended.out.splitlines()]
    assert events == ["begin", *["started", "finished"] * 3, "end"]


def test_reports_that_left_are_told(command: Command, tmp_path: Path) -> None:
    command()
    write_table(tmp_path / "teams.csv", ("A", 1))
    assert "No longer in the batch, but their reports stay in their folders: b-2, c-3" in command().err


def test_a_notebook_without_our_blocks_gives_only_itself(command: Command, tmp_path: Path) -> None:
    ended = command(warm=FakeWarm(written={}))
    assert "the only outputs are the executed notebooks (6)" in ended.err
    (tmp_path / "own.ipynb").write_text((tmp_path / "own.ipynb").read_text().replace("import json", "import os"))
    assert "tuloksena on vain ajetut muistikirjat (6)" in command(language="fi", warm=FakeWarm(written={})).err


SLOW = """
import sys, time
from functools import partial
from pathlib import Path
from cxresearch import cli
from cxresearch.batch import command
from cxresearch.batch.run import run_batch
from tests.batch.fakes import FakeWarm, opener
def act(team, level, language):
    Path(sys.argv[-1], "begun-" + team).touch()
    for _ in range(300 if team == "B" else 0):
        time.sleep(0.1)
        if warm.closed:
            raise RuntimeError("stopped")
warm = FakeWarm(act)
command.run_batch = partial(run_batch, open_warm=opener(warm))
marks = sys.argv.pop()
sys.argv.append(marks)
cli.main()
"""


@pytest.mark.slow
def test_ctrl_c_stops_what_runs(tmp_path: Path) -> None:
    small_request(tmp_path)
    words = ["--notebook", "own.ipynb", "--table", "teams.csv", "--out", str(tmp_path), "--jobs", "1"]
    environment = {**os.environ, "CXRESEARCH_LANGUAGE": "en", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, "batch", *words[:-4], "--jobs", "1", "--out", str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        patiently((tmp_path / "begun-B").exists, 240)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "Making the reports was interrupted." in err
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"a-1"}
    last = json.loads((tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert last["event"] == "interrupted"
