"""Rows are begun, heard of, begun again when killed, and stopped where that is wanted."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from cxresearch.batch.journal import Journal, Past, read_events
from cxresearch.batch.outcome import Outcome, State
from cxresearch.batch.rows import Row
from cxresearch.batch.supervise import Supervised, supervise
from cxresearch.errors import OutputError, Problem


def rows(names: str) -> list[Row]:
    return [Row(id=name, name=name, parameters={}, key=f"key-{name}") for name in names]


class Scripted:
    """Ends rows as told: one state per try, the last one for all further tries."""

    def __init__(self, states: dict[str, list[State]] | None = None) -> None:
        self.states, self.tries = states or {}, {}  # type: ignore[var-annotated]

    def __call__(self, row: Row) -> Future[Outcome]:
        count = self.tries[row.id] = self.tries.get(row.id, 0) + 1
        told = self.states.get(row.id, ["done"])
        future: Future[Outcome] = Future()
        future.set_result(Outcome(row=row.id, key=row.key, state=told[min(count, len(told)) - 1]))
        return future


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.jsonl") as opened:
        yield opened


def states(ended: Supervised) -> dict[str, str]:
    return {row: outcome.state for row, outcome in ended.outcomes.items()}


def test_every_row_is_made_and_journalled(journal: Journal) -> None:
    ended = supervise(rows("abcde"), Scripted(), journal, width=2)
    assert states(ended) == dict.fromkeys("abcde", "done")
    assert (ended.stop, ended.left_over) == ("", [])
    told = [event["event"] for event in read_events(journal.path)]
    assert sorted(told) == ["end"] * 5 + ["start"] * 5
    assert set(Past.read([journal.path]).done) == set("abcde")


@pytest.mark.parametrize(("retries", "tries", "state"), [(0, 1, "killed"), (1, 2, "killed"), (2, 3, "done")])
def test_a_killed_row_is_begun_again(journal: Journal, retries: int, tries: int, state: str) -> None:
    submit = Scripted({"a": ["killed", "killed", "done"]})
    ended = supervise(rows("ab"), submit, journal, width=1, retries=retries)
    assert (submit.tries["a"], ended.outcomes["a"].state) == (tries, state)
    assert ended.outcomes["b"].state == "done"


@pytest.mark.parametrize("state", ["failed", "timeout"])
def test_failures_of_code_are_not_repeated(journal: Journal, state: State) -> None:
    submit = Scripted({"a": [state, "done"]})
    ended = supervise(rows("ab"), submit, journal, width=1, retries=5)
    assert submit.tries == {"a": 1, "b": 1}
    assert states(ended) == {"a": state, "b": "done"}


def test_fail_fast_begins_no_more(journal: Journal) -> None:
    ended = supervise(rows("abcd"), Scripted({"b": ["failed"]}), journal, width=1, fail_fast=True)
    assert states(ended) == {"a": "done", "b": "failed"}
    assert ([row.id for row in ended.left_over], ended.stop) == (["c", "d"], "fail_fast")


def test_a_full_disk_begins_no_more(journal: Journal) -> None:
    ended = supervise(rows("abcd"), Scripted({"b": ["disk_full"]}), journal, width=1)
    assert ([row.id for row in ended.left_over], ended.stop) == (["c", "d"], "disk_full")


def test_rows_that_run_end_in_peace_when_the_batch_stops(journal: Journal) -> None:
    with ThreadPoolExecutor(3) as pool:
        scripted = Scripted({"a": ["failed"]})
        ended = supervise(
            rows("abcdef"), lambda row: pool.submit(lambda: scripted(row).result()), journal, width=3, fail_fast=True
        )
    assert set(ended.outcomes) >= {"a"}
    assert {*ended.outcomes, *(row.id for row in ended.left_over)} == set("abcdef")
    assert set(Past.read([journal.path]).done) == set(ended.outcomes) - {"a"}


def test_a_journal_without_room_stops_the_batch(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    tell, lines = journal.tell, 0

    def narrow(event: str, **values: object) -> None:
        nonlocal lines
        lines += 1
        if lines > 3:
            raise OutputError(Problem(code="workflow.disk_full", file="x"))
        tell(event, **values)

    monkeypatch.setattr(journal, "tell", narrow)
    ended = supervise(rows("abcd"), Scripted(), journal, width=1)
    assert ended.stop == "disk_full"
    assert states(ended) == {"a": "done", "b": "done"}
    assert [row.id for row in ended.left_over] == ["c", "d"]
    assert set(Past.read([journal.path]).done) == {"a"}, "b is made again, since nobody can tell that it was made"


def test_an_unforeseen_failure_is_the_rows(journal: Journal) -> None:
    def submit(row: Row) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        if row.id == "a":
            future.set_exception(RuntimeError("bug"))
        else:
            future.set_result(Outcome(row=row.id, key=row.key, state="done"))
        return future

    ended = supervise(rows("ab"), submit, journal, width=2)
    assert states(ended) == {"a": "failed", "b": "done"}
    assert ended.outcomes["a"].message == "RuntimeError: bug"
    problem = ended.outcomes["a"].problem()
    assert problem is not None
    assert problem.what("en") == "a: the report failed: RuntimeError: bug"


def test_a_foreseen_failure_of_what_makes_rows_ends_the_batch(journal: Journal) -> None:
    def submit(row: Row) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        future.set_exception(OutputError(Problem(code="workflow.read_only", file="x")))
        return future

    with pytest.raises(OutputError, match="read-only"):
        supervise(rows("ab"), submit, journal, width=1)


def test_each_row_is_heard_of(journal: Journal) -> None:
    heard: list[tuple[str, str, str]] = []
    supervise(
        rows("ab"),
        Scripted({"b": ["killed", "done"]}),
        journal,
        width=1,
        hear=lambda what, row, outcome: heard.append((what, row.id, outcome.state if outcome else "")),
    )
    assert heard == [
        ("start", "a", ""), ("end", "a", "done"), ("start", "b", ""), ("again", "b", ""), ("end", "b", "done"),
    ]  # fmt: skip


def test_errors_other_than_a_full_disk_are_raised(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(event: str, **values: object) -> None:
        raise OutputError(Problem(code="workflow.cannot_write", file="x", details={"reason": os.strerror(errno.EIO)}))

    monkeypatch.setattr(journal, "tell", broken)
    with pytest.raises(OutputError, match="Input/output error"):
        supervise(rows("a"), Scripted(), journal, width=1)
