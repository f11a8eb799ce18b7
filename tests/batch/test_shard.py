"""Several processes make one batch in one folder."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.batch.codes import LockedError
from cxresearch.batch.lock import locked
from cxresearch.batch.rows import Row
from cxresearch.batch.run import run_batch
from cxresearch.batch.shard import PREPARING, turn_to_prepare
from cxresearch.batch.share import Shard, read_shard
from cxresearch.errors import ParameterError
from cxresearch.language import Phrase, render
from tests.batch.fakes import FakeWarm, opener, small_request

TEAMS = "ABCDEFGHIJ"


def row(name: str) -> Row:
    return Row(id=name, name=name, parameters={}, key="k")


@given(st.lists(st.text("abc-0123456789", min_size=1), unique=True, min_size=1, max_size=30), st.integers(1, 9))
def test_each_row_is_in_one_shard_whatever_other_rows_there_are(names: list[str], of: int) -> None:
    shards = [Shard(part, of) for part in range(1, of + 1)]
    holder = {name: [shard.part for shard in shards if shard.holds(row(name))] for name in names}
    assert all(len(parts) == 1 for parts in holder.values())


def test_the_split_is_the_same_on_every_machine_and_in_every_process() -> None:
    assert [next(p for p in range(1, 5) if Shard(p, 4).holds(row(f"u{i:02}"))) for i in range(8)] == [
        3, 3, 4, 3, 3, 2, 3, 4,
    ]  # fmt: skip


def test_large_batches_split_about_evenly() -> None:
    counts = Counter(p for i in range(2000) for p in range(1, 9) if Shard(p, 8).holds(row(f"unit-{i}")))
    assert sum(counts.values()) == 2000
    assert min(counts.values()) > 200 and max(counts.values()) < 300


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3", "The shard 3 is not of the form i/n."),
        ("a/b", "The shard a/b is not of the form i/n."),
        ("0/4", "There is no shard 0/4."),
        ("5/4", "There is no shard 5/4."),
    ],
)
def test_an_impossible_shard_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        read_shard(text)
    assert caught.value.problems[0].what("en") == sentence


def test_shards_make_all_reports_once_and_the_whole_batch_then_has_nothing_to_do(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for part in (1, 2, 3):
        result = run_batch(
            small_request(tmp_path, TEAMS, shard=f"{part}/3", languages=("en",)), open_warm=opener(FakeWarm(log=log))
        )
        assert result.exit_code == 0 and not result.pages
        assert (tmp_path / "out" / f"journal-{part}-of-3.jsonl").is_file()
    assert not (tmp_path / "out" / "journal.jsonl").exists()
    whole = run_batch(small_request(tmp_path, TEAMS, languages=("en",)), open_warm=opener(FakeWarm(log=log)))
    assert not whole.outcomes and {standing.why for standing in whole.standings} == {"unchanged"}
    assert len(log.read_text().splitlines()) == len(TEAMS)
    assert (tmp_path / "out" / "index-en.html").is_file()


def test_a_batch_begun_whole_is_finished_by_shards(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = small_request(tmp_path, TEAMS, only=("a-1", "b-2", "c-3"), languages=("en",))
    run_batch(first, open_warm=opener(FakeWarm(log=log)))
    made = len(log.read_text().splitlines())
    assert made == 3
    for part in (1, 2):
        again = small_request(tmp_path, TEAMS, shard=f"{part}/2", languages=("en",))
        run_batch(again, open_warm=opener(FakeWarm(log=log)))
    assert len(log.read_text().splitlines()) == len(TEAMS)


def test_shards_run_at_the_same_time_in_one_folder(tmp_path: Path) -> None:
    requests = [small_request(tmp_path, TEAMS, shard=f"{part}/2", languages=("en",), jobs=1) for part in (1, 2)]
    together = threading.Barrier(2, timeout=20)
    met: list[str] = []

    def act(team: str, level: int, language: str) -> None:
        if len(met) < 2:
            met.append(team)
            together.wait()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda request: run_batch(request, open_warm=opener(FakeWarm(act))), requests))
    assert [result.exit_code for result in results] == [0, 0]
    assert sum(len(result.made) for result in results) == len(TEAMS)


def test_one_shard_twice_at_once_is_refused_and_so_is_the_whole_batch_beside_a_shard(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with locked(out, shared=True), locked(out, Shard(1, 2).lock):
        with pytest.raises(LockedError):
            run_batch(small_request(tmp_path, shard="1/2"), open_warm=opener(FakeWarm()))
        with pytest.raises(LockedError):
            run_batch(small_request(tmp_path), open_warm=opener(FakeWarm()))
        other = run_batch(small_request(tmp_path, shard="2/2"), open_warm=opener(FakeWarm()))
    assert other.exit_code == 0


def test_the_first_prepares_and_the_others_wait_and_say_so(tmp_path: Path) -> None:
    told: list[str] = []
    happened: list[str] = []
    waits = threading.Event()

    def tell(phrase: Phrase) -> None:
        told.append(render(phrase, "en"))
        waits.set()

    def second() -> None:
        with turn_to_prepare(tmp_path, tell):
            happened.append("second")

    with turn_to_prepare(tmp_path, tell):
        assert not told
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(20)
        happened.append("first")
    thread.join(20)
    assert happened == ["first", "second"]
    assert told == ["Another shard is preparing the groups; waiting for it …"]


def test_what_fails_while_preparing_is_passed_on_and_lets_the_next_one_in(tmp_path: Path) -> None:
    with pytest.raises(LockedError), turn_to_prepare(tmp_path, print):
        raise LockedError(())
    with locked(tmp_path, PREPARING):
        pass
