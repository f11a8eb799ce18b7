"""The journals of shards become one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxresearch.batch.codes import LockedError
from cxresearch.batch.journal import Past, read_events
from cxresearch.batch.lock import locked
from cxresearch.batch.merge import Merged, merge_shards
from cxresearch.batch.run import run_batch
from cxresearch.batch.share import Shard
from cxresearch.errors import ParameterError
from tests.batch.fakes import FakeWarm, opener, small_request

TEAMS = "ABCDEFGHIJ"


def run_shard(folder: Path, part: int, of: int = 3, warm: FakeWarm | None = None, **more: object) -> None:
    request = small_request(folder, TEAMS, shard=f"{part}/{of}", languages=("en",), **more)
    run_batch(request, open_warm=opener(warm or FakeWarm()))


def merge(folder: Path, of: int = 0) -> Merged:
    return merge_shards(small_request(folder, TEAMS, languages=("en",)), of=of, tell=lambda phrase: None)


def refused(folder: Path, of: int = 0) -> list[str]:
    with pytest.raises(ParameterError) as caught:
        merge(folder, of)
    assert not (folder / "out" / "journal.jsonl").exists(), "a refused merge writes nothing"
    return [problem.what("en") for problem in caught.value.problems]


def test_merging_gives_one_journal_and_the_front_page(tmp_path: Path) -> None:
    for part in (1, 2, 3):
        run_shard(tmp_path, part)
    merged = merge(tmp_path)
    journal = merged.folder / "journal.jsonl"
    assert (merged.of, merged.rows, merged.failed, merged.exit_code) == (3, 10, (), 0)
    assert merged.pages["en"].is_file()
    past = Past.read([journal])
    assert len(past.done) == len(past.names) == 10
    own = Past.read(Shard().journals(merged.folder)[:-1])
    assert {row: outcome.outputs for row, outcome in own.done.items()} == {
        row: outcome.outputs for row, outcome in past.done.items()
    }
    assert past.made_at == own.made_at


def test_merging_twice_adds_nothing(tmp_path: Path) -> None:
    for part in (1, 2, 3):
        run_shard(tmp_path, part)
    merge(tmp_path)
    journal = tmp_path / "out" / "journal.jsonl"
    before = journal.read_bytes()
    merge(tmp_path)
    assert journal.read_bytes() == before


def test_a_batch_after_merging_leaves_all_even_without_the_shards_journals(tmp_path: Path) -> None:
    for part in (1, 2, 3):
        run_shard(tmp_path, part)
    merge(tmp_path)
    for path in (tmp_path / "out").glob("journal-*"):
        path.unlink()
    whole = run_batch(small_request(tmp_path, TEAMS, languages=("en",)), open_warm=opener(FakeWarm()))
    assert not whole.outcomes and len(whole.standings) == 10


def test_missing_and_incomplete_shards_are_named_together(tmp_path: Path) -> None:
    run_shard(tmp_path, 1)
    rows = {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()}
    assert rows
    for path in (tmp_path / "out" / min(rows)).iterdir():
        path.unlink()
    one, two, three = refused(tmp_path)
    assert one == f"Shard 1/3 is not complete: reports still to be made: 1 (for example {min(rows)})."
    assert two == "Shard 2/3 has not been run." and three == "Shard 3/3 has not been run."


def test_a_shard_that_was_stopped_is_incomplete(tmp_path: Path) -> None:
    for part in (1, 2):
        run_shard(tmp_path, part, of=2)
    journal = tmp_path / "out" / "journal-2-of-2.jsonl"
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(line for line in lines if '"event": "end"' not in line) + "\n")
    (sentence,) = refused(tmp_path)
    assert sentence.startswith("Shard 2/2 is not complete: reports still to be made: ")


def test_reports_that_rest_on_other_inputs_by_now_are_incomplete(tmp_path: Path) -> None:
    for part in (1, 2):
        run_shard(tmp_path, part, of=2)
    notebook = tmp_path / "own.ipynb"
    notebook.write_text(notebook.read_text().replace("import json", "import sys"))
    assert len(refused(tmp_path)) == 2


def test_failed_reports_do_not_hold_up_merging(tmp_path: Path) -> None:
    def act(team: str, level: int, language: str) -> None:
        if team == "C":
            raise ValueError("no such team")

    for part in (1, 2):
        run_shard(tmp_path, part, of=2, warm=FakeWarm(act))
    merged = merge(tmp_path)
    assert [outcome.row for outcome in merged.failed] == ["c-3"]
    assert merged.exit_code == 3
    assert set(Past.read([merged.folder / "journal.jsonl"]).failed) == {"c-3"}
    before = (merged.folder / "journal.jsonl").read_bytes()
    assert merge(tmp_path).exit_code == 3
    assert (merged.folder / "journal.jsonl").read_bytes() == before


def test_shards_of_two_splits_are_told_apart(tmp_path: Path) -> None:
    run_shard(tmp_path, 1, of=2)
    for part in (1, 2, 3):
        run_shard(tmp_path, part, of=3)
    (sentence,) = refused(tmp_path)
    assert sentence.endswith("holds shards of several splits: 2, 3.")
    assert merge(tmp_path, of=3).of == 3


def test_without_shards_there_is_nothing_to_merge(tmp_path: Path) -> None:
    (sentence,) = refused(tmp_path)
    assert sentence == f"The folder {tmp_path / 'out'} holds no journals of shards."


def test_merging_waits_for_no_shard_at_work(tmp_path: Path) -> None:
    for part in (1, 2):
        run_shard(tmp_path, part, of=2)
    with locked(tmp_path / "out", shared=True), pytest.raises(LockedError):
        merge(tmp_path)


def test_a_merged_journal_speaks_of_each_row_once(tmp_path: Path) -> None:
    for part in (1, 2):
        run_shard(tmp_path, part, of=2)
    merge(tmp_path)
    events = [event["event"] for event in read_events(tmp_path / "out" / "journal.jsonl")]
    assert events.count("end") == events.count("start") == 10
