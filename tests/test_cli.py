"""The command line: exit codes, sentences in both languages, and interrupts that leave nothing behind."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cxresearch import cli
from cxresearch.workflow import atomic
from cxresearch.workflow.places import find_study, results_folder
from tests.conftest import ROOT
from tests.workflow.tiny_study import snapshot, tiny

PROGRAM = "from cxresearch.cli import main; main()"
LAST_CHAPTER = """
from cxresearch.workflow import run
chapters = run.chapter_notebooks
run.chapter_notebooks = lambda: chapters()[-1:]
"""
"""Put before the program, so that it runs one notebook only."""

EARLIER = {"en/tiny-en.html": b"earlier report", "results/estimates.csv": b"term\n"}


class Ended(NamedTuple):
    """How a command ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, in English unless told otherwise."""

    def run(*words: str, language: str = "en") -> Ended:
        monkeypatch.setenv("CXRESEARCH_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["cxresearch", *words])
        code: object = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = stopped.code or 0
        shown = capsys.readouterr()
        return Ended(code, " ".join(shown.out.split()), " ".join(shown.err.split()))

    return run


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tiny(6).write(tmp_path / "data" / "tiny")
    for name, content in EARLIER.items():
        path = tmp_path / "reports" / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


REFUSED: dict[str, tuple[list[str], str, str]] = {
    "language": (["--language", "en,sv"], "The language sv is not known.", "Kieltä sv ei tunneta."),
    "format": (["--format", "odt"], "The report format odt is not known.", "Raporttimuotoa odt ei tunneta."),
    "no language": (["--language", " , "], "No value is given for language.", "Valinnalle language ei ole annettu"),
    "no format": (["--format", ""], "No value is given for format.", "Valinnalle format ei ole annettu arvoa."),
    "seed": (["--seed", "-1"], "The seed -1 is out of range.", "Siemenluku -1 ei ole sallitulla välillä."),
    "large seed": (["--seed", str(2**32)], "The seed 4294967296 is out of range.", "Siemenluku 4294967296 ei ole"),
    "workers": (
        ["--workers", "-2"],
        "The number of notebooks to run side by side cannot be -2.",
        "Rinnakkain ajettavien muistikirjojen määrä ei voi olla -2.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_choices_are_told_before_anything_is_read(command: Command, study: Path, case: str) -> None:
    words, english, finnish = REFUSED[case]
    before = snapshot(study.parent.parent)
    for language, sentence in (("en", english), ("fi", finnish)):
        ended = command("run", str(study), *words, language=language)
        assert ended.code == 1
        assert sentence in ended.err
    assert snapshot(study.parent.parent) == before


def test_all_wrong_choices_are_told_at_once(command: Command, study: Path) -> None:
    ended = command("run", str(study), "--language", "sv,de", "--format", "odt", "--seed", "-1")
    assert all(word in ended.err for word in ("language sv", "language de", "format odt", "seed -1"))


@pytest.mark.parametrize("words", [["run"], ["run", "x", "--seed", "many"], ["run", "x", "--colour"], ["walk"]])
def test_a_wrong_command_ends_with_two(command: Command, words: list[str]) -> None:
    assert command(*words).code == 2


@pytest.mark.parametrize("name", ["nowhere", "x" * 300, "a\0b", "../" * 40 + "nowhere", "data/example/study.yml"])
def test_a_study_that_is_not_there_is_told(command: Command, name: str) -> None:
    ended = command("run", name)
    assert (ended.code, ended.out) == (1, "")
    assert "There is no study folder" in ended.err


def test_a_folder_without_a_study_is_told(command: Command, tmp_path: Path) -> None:
    ended = command("check", str(tmp_path))
    assert (ended.code, f"The folder {tmp_path} holds no study.yml." in ended.err) == (1, True)


def test_a_good_study_is_checked_and_nothing_written(command: Command, study: Path) -> None:
    before = snapshot(study.parent.parent)
    assert command("check", str(study)).err.endswith("The study and its 2 sources agree; nothing is wrong.")
    assert command("check", str(study), language="fi").code == 0
    assert snapshot(study.parent.parent) == before


def test_the_study_is_looked_up_from_the_working_folder_upwards(
    command: Command, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study / "raw")
    assert command("check", "data/tiny").code == 0
    assert find_study("data/tiny") == study


def test_check_tells_that_no_unit_is_common(command: Command, tmp_path: Path) -> None:
    made = tiny(4)
    for row in made.guests:
        row["team"] += "!"
    ended = command("check", str(made.write(tmp_path)))
    assert ended.code == 1
    assert "No unit has both employee and customer results" in ended.err


def test_the_schema_is_printed(command: Command) -> None:
    ended = command("check", "--schema")
    assert ended.code == 0
    assert set(json.loads(ended.out)["required"]) >= {"study", "title", "unit", "sources", "measures", "hypotheses"}


@pytest.mark.parametrize("name", ["../../x", "con", "CON", "Big Words", "a" * 90, ""])
def test_a_new_study_has_a_plain_name(
    command: Command, study: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = snapshot(tmp_path)
    exports = ["--employee", str(study / "raw" / "staff.csv"), "--customer", str(study / "raw" / "guests.csv")]
    ended = command("new", name, *exports)
    assert ended.code == 1
    assert "cannot be the name of a study. Use small letters a–z, digits and hyphens" in ended.err
    assert snapshot(tmp_path) == before


def test_problems_are_a_table_on_a_terminal(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXRESEARCH_LANGUAGE", "fi")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = cli.Console(force_terminal=True, width=60, record=True, file=nowhere)
        cli.show_problems([cli.Problem(code="workflow.seed", column="[bold]seed", value="-1")], console)
    shown = console.export_text()
    assert "[bold]seed" in shown and "Siemenluku" in shown


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EROFS, "lies on a read-only disk."),
        (errno.EACCES, "may not be written to."),
        (errno.ENOSPC, "The disk is full, so nothing was written to"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(
    command: Command, study: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    def refuse(**options: object) -> str:
        raise OSError(number, os.strerror(number))

    before = snapshot(study.parent.parent)
    monkeypatch.setattr(atomic.tempfile, "mkdtemp", refuse)
    ended = command("run", str(study), "--format", "html", "--out", str(study.parent.parent / "else" / "where"))
    assert ended.code == 1
    assert sentence in ended.err
    assert snapshot(study.parent.parent) == before


def test_results_lie_beside_the_data_or_where_they_are_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert results_folder(Path("/a/data/shop")) == Path("/a/reports/shop")
    assert results_folder(Path("/a/shop")) == Path("/a/shop/reports")
    assert results_folder(Path("/a/data/shop"), "here") == (tmp_path / "here").resolve()


def started(folder: Path, *words: str, program: str = PROGRAM) -> subprocess.Popen[str]:
    environment = {**os.environ, "CXRESEARCH_LANGUAGE": "en", "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def heard(process: subprocess.Popen[str], sentence: str) -> bool:
    """Whether a program says something before it ends."""
    assert process.stderr is not None
    return any(sentence in line for line in process.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["Deciding the verdicts", "Notebook run", "Writing the reports"])
def test_an_interrupted_run_leaves_earlier_results_as_they_were(study: Path, step: str) -> None:
    before = snapshot(study.parent.parent)
    words = ["run", "data/tiny", "--language", "en", "--format", "html,docx"]
    with started(study.parent.parent, *words, program=LAST_CHAPTER + PROGRAM) as process:
        assert heard(process, step)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "The run was interrupted. Earlier results are as they were." in err
    assert "Traceback" not in err
    assert snapshot(study.parent.parent) == before


@pytest.mark.slow
def test_a_study_of_few_units_gets_a_readable_report(tmp_path: Path) -> None:
    tiny(8).write(tmp_path / "data" / "tiny")
    with started(tmp_path, "run", "data/tiny", "--language", "fi", "--format", "html") as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert out.split("\n")[:2] == ["reports/tiny/fi/tiny-fi.html", "H1: Not testable"]
    page = (tmp_path / "reports" / "tiny" / "fi" / "tiny-fi.html").read_text(encoding="utf-8")
    assert "Hypoteesia ei voi testata tällä aineistolla" in page
    assert " nan" not in page.casefold() and ">None<" not in page
