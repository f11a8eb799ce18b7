"""Whole batches with processes that are quick: what is made, left, told, and with which code the batch ends."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from cxresearch.batch.journal import Journal, read_events
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.result import BatchResult
from cxresearch.batch.run import foresee_batch, run_batch
from cxresearch.errors import CxError, OutputError, ParameterError
from cxresearch.language import Phrase, render
from tests.batch.fakes import DiedError, FakeWarm, TimedOutError, opener, small_request, write_notebook, write_table
from tests.workflow.tiny_study import snapshot

ROWS = ("a-1", "b-2", "c-3")


def made_by(request: BatchRequest, warm: FakeWarm) -> BatchResult:
    return run_batch(request, open_warm=opener(warm))


def ran(folder: Path) -> list[tuple[str, str]]:
    log = folder / "log"
    return [tuple(json.loads(line)[:2]) for line in log.read_text().splitlines()] if log.exists() else []


def fails(letter: str, error: type[Exception] = ValueError) -> Callable[[str, int, str], None]:
    def act(team: str, level: int, language: str) -> None:
        if team == letter:
            raise error(f"no answers of {team}")

    return act


def test_every_row_gets_every_file(tmp_path: Path) -> None:
    result = made_by(small_request(tmp_path), FakeWarm())
    assert (result.exit_code, result.failed, result.left, result.stop) == (0, (), (), "")
    for row in ROWS:
        files = {f"{row}-{language}.{form}" for language in ("fi", "en") for form in ("html", "ipynb")}
        assert {path.name for path in (tmp_path / "out" / row).iterdir()} == files
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *ROWS, "journal.jsonl", ".lock", "index-fi.html", "index-en.html",
    }  # fmt: skip
    first = result.outcomes["a-1"]
    assert (first.seconds, first.cpu_seconds, first.peak_kib) == (pytest.approx(1.2), pytest.approx(0.7), 2000)


def test_notebooks_are_run_with_the_rows_values_and_name_no_place(tmp_path: Path) -> None:
    made_by(small_request(tmp_path), FakeWarm())
    notebook = nbformat.read(tmp_path / "out" / "b-2" / "b-2-en.ipynb", as_version=4)
    (given,) = (cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", ()))
    assert given.source == '# Parameters\nlanguage = "en"\nteam = "B"\nlevel = 2\n'.rstrip()
    assert str(tmp_path) not in json.dumps(notebook)


def test_nothing_is_made_twice(tmp_path: Path) -> None:
    request, warm = small_request(tmp_path), FakeWarm(log=tmp_path / "log")
    made_by(request, warm)
    before, count = snapshot(tmp_path / "out"), len(ran(tmp_path))
    result = made_by(request, warm)
    assert result.outcomes == {}
    assert [standing.why for standing in result.standings] == ["unchanged"] * 3
    assert len(ran(tmp_path)) == count == 6
    after = snapshot(tmp_path / "out")
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed <= {"journal.jsonl", "index-fi.html", "index-en.html"}


def changed_source(folder: Path) -> None:
    write_notebook(folder / "own.ipynb", "act(team, level, language)", "1 + 1")


def removed(folder: Path) -> None:
    (folder / "out" / "b-2" / "b-2-fi.html").unlink()


def touched(folder: Path) -> None:
    (folder / "out" / "b-2" / "b-2-fi.ipynb").write_text("{}", encoding="utf-8")


def gone(folder: Path) -> None:
    shutil.rmtree(folder / "out" / "b-2")


def another_value(folder: Path) -> None:
    text = (folder / "teams.csv").read_text(encoding="utf-8")
    (folder / "teams.csv").write_text(
        "name," + text.replace("A,", "a-1,A,").replace("B,2", "b-2,B,7"), encoding="utf-8"
    )


REDONE = {
    "a changed notebook": (changed_source, set(ROWS)),
    "a removed file": (removed, {"b-2"}),
    "a changed file": (touched, {"b-2"}),
    "a removed folder": (gone, {"b-2"}),
}


@pytest.mark.parametrize("case", REDONE)
def test_what_changed_is_made_again_and_nothing_else(tmp_path: Path, case: str) -> None:
    change, expected = REDONE[case]
    request, warm = small_request(tmp_path), FakeWarm(log=tmp_path / "log")
    good = made_by(request, warm)
    change(tmp_path)
    foreseen = {standing.row.id: standing.why for standing in foresee_batch(request)}
    assert {row for row, why in foreseen.items() if why != "unchanged"} == expected
    result = made_by(request, warm)
    assert set(result.outcomes) == expected
    assert result.exit_code == 0
    if case != "a changed notebook":
        assert result.outcomes["b-2"].outputs == good.outcomes["b-2"].outputs


def test_a_failure_names_its_cell_and_others_go_on(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    result = made_by(request, FakeWarm(fails("B")))
    assert result.exit_code == 3
    assert {row: outcome.state for row, outcome in result.outcomes.items()} == {
        "a-1": "done", "b-2": "failed", "c-3": "done",
    }  # fmt: skip
    failed = result.outcomes["b-2"]
    assert (failed.language, failed.cell, failed.cell_source) == ("fi", 3, "act(team, level, language)")
    assert failed.message == "ValueError: no answers of B"
    problem = failed.problem()
    assert problem is not None
    assert problem.what("en") == "b-2 (fi): cell 3 of the notebook own.ipynb failed: ValueError: no answers of B"
    assert problem.what("fi") == (
        "b-2 (fi): muistikirjan own.ipynb solun 3 suoritus epäonnistui: ValueError: no answers of B"
    )
    assert [path.name for path in (tmp_path / "out" / "b-2").iterdir()] == ["failed-fi.ipynb"]
    kept = nbformat.read(tmp_path / "out" / "b-2" / "failed-fi.ipynb", as_version=4)
    assert kept.cells[2].outputs
    assert not kept.cells[3].outputs
    assert str(tmp_path) not in json.dumps(kept)
    assert made_by(request, FakeWarm()).exit_code == 0
    assert {path.name for path in (tmp_path / "out" / "b-2").iterdir()} == {
        "b-2-fi.html", "b-2-fi.ipynb", "b-2-en.html", "b-2-en.ipynb",
    }  # fmt: skip


def test_a_failed_row_keeps_its_earlier_files(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    made_by(request, FakeWarm())
    earlier = snapshot(tmp_path / "out" / "b-2")
    changed_source(tmp_path)
    result = made_by(request, FakeWarm(fails("B")))
    assert result.outcomes["b-2"].state == "failed"
    now = snapshot(tmp_path / "out" / "b-2")
    assert set(now) - set(earlier) == {"failed-fi.ipynb"}
    assert {name: now[name] for name in earlier} == earlier
    assert [s.why for s in foresee_batch(request)] == ["unchanged", "failed", "unchanged"]
    write_notebook(tmp_path / "own.ipynb")
    result = made_by(request, FakeWarm())
    assert [standing.why for standing in result.standings] == ["changed", "unchanged", "changed"]
    assert snapshot(tmp_path / "out" / "b-2") == earlier, "the inputs of its good report are back"


@pytest.mark.parametrize(
    ("error", "state", "sentence"),
    [
        (TimedOutError, "timeout", "b-2 (fi): cell 3 of the notebook own.ipynb took too long and was stopped."),
        (DiedError, "killed", "b-2 (fi): the process that ran cell 3 of the notebook own.ipynb was killed: SIGKILL"),
    ],
)
def test_other_ends_are_told(tmp_path: Path, error: type[Exception], state: str, sentence: str) -> None:
    result = made_by(small_request(tmp_path), FakeWarm(fails("B", error)))
    assert (result.exit_code, result.outcomes["b-2"].state) == (3, state)
    problem = result.outcomes["b-2"].problem()
    assert problem is not None
    assert problem.what("en") == sentence


def test_a_killed_row_is_made_again(tmp_path: Path) -> None:
    tries: list[str] = []

    def act(team: str, level: int, language: str) -> None:
        tries.append(team + language)
        if team == "B" and tries.count("Bfi") == 1:
            raise DiedError

    result = made_by(small_request(tmp_path), FakeWarm(act))
    assert result.exit_code == 0
    assert tries.count("Bfi") == 2
    assert not list((tmp_path / "out").rglob("failed-*"))


def test_fail_fast_leaves_the_rest(tmp_path: Path) -> None:
    result = made_by(replace(small_request(tmp_path, "ABCDEF"), jobs=1, fail_fast=True), FakeWarm(fails("B")))
    assert (result.exit_code, result.stop) == (3, "fail_fast")
    assert set(result.outcomes) == {"a-1", "b-2"}
    assert result.not_begun == ("c-3", "d-4", "e-5", "f-6")


def test_only_some_rows_are_made(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    assert set(made_by(replace(request, only=("c-3", "A, 1")), FakeWarm()).outcomes) == {"a-1", "c-3"}
    with pytest.raises(ParameterError, match=r"The batch has no report d-4\. The nearest ones are: "):
        made_by(replace(request, only=("d-4",)), FakeWarm())


def test_rows_that_left_keep_their_reports_and_are_told(tmp_path: Path) -> None:
    made_by(small_request(tmp_path, "ABC"), FakeWarm())
    before = snapshot(tmp_path / "out" / "c-3")
    result = made_by(small_request(tmp_path, "AB"), FakeWarm())
    assert result.left == ("c-3",)
    assert snapshot(tmp_path / "out" / "c-3") == before
    page = (tmp_path / "out" / "index-en.html").read_text(encoding="utf-8")
    assert "b-2-en.html" in page
    assert "c-3" not in page


def test_a_foreseen_batch_writes_nothing(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    before = snapshot(tmp_path)
    assert [(s.row.id, s.why) for s in foresee_batch(request)] == [(row, "new") for row in ROWS]
    assert snapshot(tmp_path) == before


def test_languages_share_one_run_of_a_notebook_that_has_none(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    write_notebook(tmp_path / "own.ipynb", "act(team, level, 'none')", parameters="team = 'A'\nlevel: int = 1")
    made_by(request, FakeWarm())
    assert {path.name for path in (tmp_path / "out" / "a-1").iterdir()} == {"a-1-fi.html", "a-1-fi.ipynb"}


def test_a_changed_file_that_a_parameter_names_makes_its_row_again(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    rows = [("One", tmp_path / "one.csv"), ("Two", tmp_path / "two.csv")]
    write_table(tmp_path / "teams.csv", *rows, header=("name", "team"))
    made_by(request, FakeWarm())
    (tmp_path / "two.csv").write_text("y", encoding="utf-8")
    assert set(made_by(request, FakeWarm()).outcomes) == {"two"}


def test_an_interrupt_stops_what_runs_and_the_batch_goes_on_later(tmp_path: Path) -> None:
    request = small_request(tmp_path, "ABCDEF")

    class Interrupting:
        def begin(self, total: int, skipped: int) -> None: ...

        def row_started(self, row: str) -> None: ...

        def row_finished(self, outcome: Outcome) -> None:
            if outcome.row == "b-2":
                raise KeyboardInterrupt

    warm = FakeWarm(log=tmp_path / "log")
    with pytest.raises(KeyboardInterrupt):
        run_batch(replace(request, jobs=1), open_warm=opener(warm), hearing=Interrupting())
    assert warm.closed >= 1
    events = list(read_events(tmp_path / "out" / "journal.jsonl"))
    assert events[-1]["event"] == "interrupted"
    done = {event["outcome"]["row"] for event in events if event["event"] == "end"}
    assert done == {"a-1", "b-2"}
    assert not list((tmp_path / "out").glob(".unfinished*"))
    result = made_by(request, FakeWarm(log=tmp_path / "log"))
    assert result.exit_code == 0
    assert set(result.outcomes) == {"c-3", "d-4", "e-5", "f-6"}
    assert not list((tmp_path / "out").rglob("failed-*"))


def test_progress_hears_of_all(tmp_path: Path) -> None:
    heard: list[object] = []

    class Hearing:
        def begin(self, total: int, skipped: int) -> None:
            heard.append((total, skipped))

        def row_started(self, row: str) -> None:
            heard.append(row)

        def row_finished(self, outcome: Outcome) -> None:
            heard.append((outcome.row, outcome.state))

    told: list[Phrase] = []
    made_by(small_request(tmp_path, "A"), FakeWarm())
    run_batch(
        replace(small_request(tmp_path, "AB"), jobs=1),
        open_warm=opener(FakeWarm()),
        hearing=Hearing(),
        tell=told.append,
    )
    assert heard == [(2, 1), "b-2", ("b-2", "done")]
    assert [render(phrase, "en") for phrase in told] == ["Starting the processes that make the reports …"]


REFUSED = {
    "no study": (BatchRequest(), "No study is named."),
    "several studies": (
        BatchRequest(studies=("a", "b"), by="unit"),
        "Several studies are named, but the reports are to be made by unit.",
    ),
    "by and table": (BatchRequest(studies=("a",), by="unit", table="t.csv"), "Both --by unit and --table are given."),
    "notebook without table": (
        BatchRequest(notebook="n.ipynb"), "The notebook n.ipynb is given without a table of its parameters."
    ),
    "no notebook": (BatchRequest(notebook="n.ipynb", table="t.csv"), "The notebook n.ipynb cannot be read."),
    "language": (BatchRequest(studies=("a",), languages=("sv",)), "The language sv is not known."),  # type: ignore[arg-type]
    "format": (BatchRequest(studies=("a",), formats=("odt",)), "The report format odt is not known."),
    "seed": (BatchRequest(studies=("a",), seed=-1), "The seed -1 is out of range."),
    "jobs": (BatchRequest(studies=("a",), jobs=-1), "The value of --jobs cannot be -1."),
    "retry": (BatchRequest(studies=("a",), retries=-2), "The value of --retry cannot be -2."),
    "timeout": (
        BatchRequest(studies=("a",), timeout=float("nan")), "The time that a cell may take cannot be nan seconds."
    ),
    "shard": (BatchRequest(studies=("a",), shard="one"), "The shard one is not of the form i/n."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_before_anything_is_read(tmp_path: Path, case: str) -> None:
    request, sentence = REFUSED[case]
    for act in (run_batch, foresee_batch):
        with pytest.raises(CxError) as refused:
            act(replace(request, out=str(tmp_path / "out")))
        assert sentence in refused.value.text("en")
        assert refused.value.text("fi") != refused.value.text("en")
    assert not (tmp_path / "out").exists()


def test_a_wrong_table_is_refused_before_anything_runs(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    write_table(tmp_path / "teams.csv", ("A", "x"), ("B", 2.5))
    with pytest.raises(ParameterError) as refused:
        made_by(request, FakeWarm())
    assert [problem.line for problem in refused.value.problems] == [2, 3]
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    (tmp_path / "own.ipynb").write_text("hello", encoding="utf-8")
    with pytest.raises(ParameterError, match="is not a notebook"):
        made_by(request, FakeWarm())


def test_a_secret_in_a_table_is_refused(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    write_notebook(tmp_path / "own.ipynb", "1", parameters="password = ''")
    write_table(tmp_path / "teams.csv", ("r1", "hunter2hunter2"), header=("name", "password"))
    with pytest.raises(ParameterError, match="By its name, the parameter password is a secret"):
        made_by(request, FakeWarm())


def test_secrets_of_the_environment_are_in_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cr3t-Value-77"
    monkeypatch.setenv("CXRESEARCH_SECRET_DB", secret)
    request = small_request(tmp_path)
    write_notebook(tmp_path / "own.ipynb", f"x = '{secret}'", "act(team, level, language)")

    def act(team: str, level: int, language: str) -> None:
        if team == "B":
            raise ValueError(f"cannot open {secret}")

    made_by(request, FakeWarm(act))
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert not [text for text in texts if secret in text]
    assert any("${CXRESEARCH_SECRET_DB}" in text for text in texts)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="may not be written to"):
        made_by(request, FakeWarm())


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="The results could not be written to"):
        made_by(request, FakeWarm())
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_another_batchs_journal_is_left_alone(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    made_by(request, FakeWarm())
    before = (tmp_path / "out" / "journal.jsonl").read_bytes()
    made_by(request, FakeWarm())
    assert (tmp_path / "out" / "journal.jsonl").read_bytes().startswith(before)
    with Journal(tmp_path / "out" / "journal.jsonl"):
        pass
