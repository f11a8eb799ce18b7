"""From the journals of all shards of a batch to its one journal and its front page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxresearch.batch.codes import DONE, SOME_FAILED
from cxresearch.batch.front_page import write_front_page
from cxresearch.batch.journal import Journal, Past
from cxresearch.batch.lock import locked
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.planning import Tell, open_request, plan_batch
from cxresearch.batch.remote_batch import finish, stage
from cxresearch.batch.request import BatchRequest, check_request
from cxresearch.batch.rows import Row
from cxresearch.batch.share import Shard
from cxresearch.batch.standing import Standing, standings
from cxresearch.errors import ParameterError, Problem, raise_if

_NAME = re.compile(r"journal-(\d+)-of-(\d+)\.jsonl")
_SHOWN = 3
"""Rows that a sentence names as examples."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What merging found.

    Attributes
    ----------
    folder : of the batch. of : how many shards there are. rows : how many reports the batch has.
    failed : outcomes of rows that failed in their shard. pages : the front page by language.
    """

    folder: Path
    of: int
    rows: int
    failed: tuple[Outcome, ...]
    pages: Mapping[str, Path]

    @property
    def exit_code(self) -> int:
        """The code with which the command ends: see `codes`."""
        return SOME_FAILED if self.failed else DONE


def merge_shards(request: BatchRequest, *, of: int = 0, tell: Tell) -> Merged:
    """Check that every shard is there and complete, and write the one journal and the front page.

    Merging again adds nothing to the journal. A batch without shards afterwards leaves all that the shards made.

    Parameters
    ----------
    request : the batch as its shards were asked for it. of : how many shards there are; 0 reads it from the folder,
        which must be one of this machine.

    Raises
    ------
    ParameterError
        If there are no shards, or of several splits; or with one problem for each shard that is missing or incomplete.
    CxError
        If the study or its data are wrong, the folder cannot be written, or a shard is still at work (`LockedError`).
    """
    staged = stage(request, tell, shards=[Shard(part, of) for part in range(1, of + 1)])
    check_request(staged.request)
    opened = open_request(staged.request)
    out = opened.out
    shards = _shards(out, of)
    with locked(out):
        planned = plan_batch(opened, tell)
        journals = Shard().journals(out)
        past = Past.read(journals)
        raise_if(_left_open(shards, planned.listed.rows, past, out), ParameterError)
        _write_journal(planned.listed.rows, past, out)
        pages = write_front_page(planned, Past.read(Shard().journals(out)), ())
        finish(staged, pages.values(), tell)
    failed = tuple(past.failed[row.id] for row in planned.listed.rows if row.id in past.failed)
    return Merged(folder=out, of=len(shards), rows=len(planned.listed.rows), failed=failed, pages=pages)


def _shards(out: Path, of: int) -> list[Shard]:
    """All shards of the split whose journals lie in the folder."""
    splits = sorted({int(found[2]) for path in out.glob("journal-*.jsonl") if (found := _NAME.fullmatch(path.name))})
    if of:
        splits = [split for split in splits if split == of]
    if not splits:
        raise ParameterError(Problem(code="cluster.no_shards", file=str(out)))
    if len(splits) > 1:
        listed = ", ".join(str(split) for split in splits)
        raise ParameterError(Problem(code="cluster.several_splits", column="shards", file=str(out), value=listed))
    return [Shard(part, splits[0]) for part in range(1, splits[0] + 1)]


def _left_open(shards: Sequence[Shard], rows: Sequence[Row], past: Past, out: Path) -> list[Problem]:
    """A problem for each shard that was not run, or whose rows have not all ended as they now are."""
    problems = []
    open_rows = [found.row for found in standings(rows, past, out) if not _has_ended(found, past)]
    for shard in shards:
        name = f"{shard.part}/{shard.of}"
        own = [row.id for row in open_rows if shard.holds(row)]
        if not shard.journal(out).is_file():
            problems.append(Problem(code="cluster.shard_missing", column="shard", value=name))
        elif own:
            details = {"count": len(own), "rows": ", ".join(own[:_SHOWN])}
            problems.append(Problem(code="cluster.shard_incomplete", column="shard", value=name, details=details))
    return problems


def _has_ended(found: Standing, past: Past) -> bool:
    failed = past.failed.get(found.row.id)
    return found.why == "unchanged" or (failed is not None and failed.key == found.row.key)


def _write_journal(rows: Sequence[Row], past: Past, out: Path) -> None:
    """Take into the one journal what it does not tell yet."""
    path = Shard().journal(out)
    told = Past.read([path])
    with Journal(path) as journal:
        for row in rows:
            done, failed = past.done.get(row.id), past.failed.get(row.id)
            if row.id not in told.names and row.id in past.names:
                journal.start(row)
            if done is not None and told.done.get(row.id) != done:
                journal.end(done, past.made_at[row.id])
            if failed is not None and told.failed.get(row.id) != failed:
                journal.end(failed)
