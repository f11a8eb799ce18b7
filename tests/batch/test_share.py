"""Shares of a batch: every row in exactly one, the same in every run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cxresearch.batch.codes import LOCKED, LockedError, exit_code
from cxresearch.batch.lock import locked
from cxresearch.batch.rows import Row
from cxresearch.batch.run import foresee_batch, run_batch
from cxresearch.batch.share import Shard, read_shard
from cxresearch.errors import ParameterError
from tests.batch.fakes import FakeWarm, opener, small_request

ROWS = [Row(id=f"tiimi-{place:03d}", name="", parameters={}, key="") for place in range(400)]


@pytest.mark.parametrize("of", [1, 2, 7])
def test_every_row_is_in_one_share_and_shares_are_about_equal(of: int) -> None:
    shares = [[row.id for row in ROWS if Shard(part, of).holds(row)] for part in range(1, of + 1)]
    assert sorted(row for share in shares for row in share) == [row.id for row in ROWS]
    assert max(map(len, shares)) - min(map(len, shares)) < 400 / of


def test_a_share_is_read_from_the_command() -> None:
    assert read_shard("") == Shard(1, 1)
    assert read_shard(" 2/8 ") == Shard(2, 8)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1/0"])
def test_a_share_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=f"There is no shard {text}"):
        read_shard(text)


def test_shards_make_all_rows_and_leave_the_front_page_to_the_merging(tmp_path: Path) -> None:
    request = small_request(tmp_path, "ABCDEF")
    parts = [run_batch(replace(request, shard=f"{part}/2"), open_warm=opener(FakeWarm())) for part in (1, 2)]
    assert [part.exit_code for part in parts] == [0, 0]
    assert sum(len(part.outcomes) for part in parts) == 6
    names = {path.name for path in (tmp_path / "out").iterdir() if path.is_file() and not path.name.startswith(".")}
    assert names == {"journal-1-of-2.jsonl", "journal-2-of-2.jsonl"}
    assert {found.why for found in foresee_batch(request)} == {"unchanged"}
    assert {found.why for found in foresee_batch(replace(request, shard="3/5"))} <= {"unchanged"}


def test_a_whole_batch_and_a_shard_do_not_work_in_one_folder(tmp_path: Path) -> None:
    request = small_request(tmp_path)
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out"), pytest.raises(LockedError) as refused:
        run_batch(replace(request, shard="1/2"), open_warm=opener(FakeWarm()))
    assert exit_code(refused.value) == LOCKED
    with locked(tmp_path / "out", shared=True):
        assert run_batch(replace(request, shard="1/2"), open_warm=opener(FakeWarm())).exit_code == 0
        with pytest.raises(LockedError):
            run_batch(request, open_warm=opener(FakeWarm()))
