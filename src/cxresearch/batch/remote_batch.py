"""A batch whose table, notebook or folder lies in a cloud: it is made in a folder here, and sent row by row.

The folder here stays: a batch that is run again goes on from it. On another machine, what the cloud has is fetched
first, so that it goes on there too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from cxresearch.batch.journal import Past
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.placing import are_as_told
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.planning import Tell
from cxresearch.batch.remote import check_address, fetch, fetch_into, is_remote, send, shown, write_whole
from cxresearch.batch.request import BatchRequest
from cxresearch.batch.rows import Row, file_safe
from cxresearch.batch.share import Shard, read_shard
from cxresearch.errors import OutputError, ParameterError, Problem, raise_if
from cxresearch.language import Phrase
from cxresearch.provenance import sha256_of
from cxresearch.warm.client import Warm

Make = Callable[[Row, BatchPlan, Warm], Outcome]
"""Makes a row."""

_INPUTS = ".inputs"
_MADE = ".made"


@dataclass(frozen=True, slots=True)
class Staged:
    """A request whose files are all here. `target` : address that its results are sent to; empty if they stay here."""

    request: BatchRequest
    target: str = ""

    @property
    def folder(self) -> Path:
        """Where the batch is made before it is sent."""
        return Path(self.request.out)

    def making(self, make: Make) -> Make:
        """What makes a row and then sends it."""
        return partial(make_and_send, make=make, target=self.target) if self.target else make


def stage(request: BatchRequest, tell: Tell, *, shards: Sequence[Shard] = ()) -> Staged:
    """Fetch table and notebook, and what is already there of the results, into a folder here.

    A request without addresses is given back as it is.

    Parameters
    ----------
    tell : hears which folder that is. shards : whose results are fetched; that of the request by default.

    Raises
    ------
    CxError
        If an address is wrong, or a file is not there, may not be read or cannot be reached.
    """
    remote = [path for path in (request.table, request.notebook, request.out) if is_remote(path)]
    if not remote:
        return Staged(request)
    raise_if(_address_problems(remote), ParameterError)
    folder = Path.cwd() / "reports" / "remote" / _slug(request.out if is_remote(request.out) else remote[0])
    tell(Phrase("batch.remote.staged", {"folder": str(folder)}))
    table = _fetched(request.table, folder / _INPUTS)
    notebook = _fetched(request.notebook, folder / _INPUTS)
    if not is_remote(request.out):
        return Staged(replace(request, table=table, notebook=notebook))
    staged = Staged(replace(request, table=table, notebook=notebook, out=str(folder)), request.out)
    _restore(staged, shards or [read_shard(request.shard)])
    return staged


def finish(staged: Staged, pages: Iterable[Path], tell: Tell) -> None:
    """Send what is not there yet: earlier reports, then the journals, and the front page last.

    Raises
    ------
    OutputError
        If something could not be sent; what was sent stays.
    """
    if not staged.target:
        return
    folder = staged.folder
    past = Past.read(_journals(folder))
    told = {
        name: told for row, one in past.done.items() if row not in past.failed for name, told in one.outputs.items()
    }
    here = {name: folder / name for name in told if (folder / name).is_file()}
    send(staged.target, here, told)
    for group in (_journals(folder), list(pages)):
        send(staged.target, {path.name: path for path in group}, {path.name: sha256_of(path) for path in group})
    tell(Phrase("batch.remote.sent", {"address": shown(staged.target)}))


def make_and_send(row: Row, plan: BatchPlan, warm: Warm, *, make: Make, target: str) -> Outcome:
    """Make a row, and send its files; a row that could not be sent has failed, and is only sent the next time."""
    outcome = _made_before(row, plan) or make(row, plan, warm)
    if outcome.state != "done":
        return outcome
    out = Path(plan.out)
    try:
        _remember(outcome, out)
        send(target, {name: out / name for name in outcome.outputs}, outcome.outputs)
    except OSError as failure:
        return replace(outcome, state="failed", outputs={}, message=failure.strerror or str(failure))
    except (OutputError, ParameterError) as error:
        return replace(outcome, state="failed", outputs={}, problems=error.problems)
    return outcome


def _made_before(row: Row, plan: BatchPlan) -> Outcome | None:
    """The outcome of a row that was made from the same inputs but could not be sent."""
    out = Path(plan.out)
    try:
        kept = Outcome.from_json(json.loads(_memory(out, row.id).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept if kept.key == row.key and kept.outputs and are_as_told(out, kept.outputs) else None


def _remember(outcome: Outcome, out: Path) -> None:
    path = _memory(out, outcome.row)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, json.dumps(outcome.to_json()).encode())


def _memory(out: Path, row: str) -> Path:
    return out / _MADE / f"{row}.json"


def _restore(staged: Staged, shards: Sequence[Shard]) -> None:
    """Fetch journals and reports that were sent from another machine; what is here already is left alone."""
    folder = staged.folder
    journals = {shard.journal(folder).name for shard in (Shard(), *shards)}
    fetch_into(staged.target, folder, sorted(journals))
    wanted = [
        name
        for row, outcome in Past.read(_journals(folder)).done.items()
        for name in outcome.outputs
        if _is_inside(name) and any(shard.holds(Row(id=row, name=row, parameters={}, key="")) for shard in shards)
    ]
    fetch_into(staged.target, folder, wanted)


def _is_inside(name: str) -> bool:
    """Whether a path that a journal tells stays in the batch's folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _journals(folder: Path) -> Sequence[Path]:
    return sorted(folder.glob("journal*.jsonl"))


def _fetched(path: str, folder: Path) -> str:
    if not is_remote(path):
        return path
    target = folder / PurePosixPath(urlsplit(path).path).name
    write_whole(target, fetch(path))
    return str(target)


def _address_problems(addresses: Sequence[str]) -> list[Problem]:
    problems: list[Problem] = []
    for address in addresses:
        try:
            check_address(address)
        except ParameterError as error:
            problems += error.problems
    return problems


def _slug(address: str) -> str:
    place: Any = urlsplit(address)
    return file_safe(f"{place.netloc.rpartition('@')[2]}{place.path}")
