"""The journal of a batch: what began and how it ended, a line each, never rewritten.

A line is on the disk before the batch goes on. A line that was torn when the machine or the disk failed is passed over.
"""

from __future__ import annotations

import datetime
import heapq
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

from cxresearch.batch.outcome import Outcome
from cxresearch.batch.rows import Row
from cxresearch.workflow.atomic import output_error

NAME = "journal.jsonl"


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a journal in their order; torn lines are passed over, and no journal has none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as failure:
        raise output_error(path.parent, failure) from failure
    for line in data.split(b"\n"):
        with suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and "event" in event:
                yield event


@dataclass(slots=True)
class Past:
    """What journals tell of earlier batches in a folder.

    Attributes
    ----------
    done : row → its last good outcome. failed : row → its outcome, if it failed after that. names : row → as shown.
    made_at : row → ISO time of its last good outcome.
    """

    done: dict[str, Outcome] = field(default_factory=dict)
    failed: dict[str, Outcome] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    made_at: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Self:
        """What all these journals tell; of two that speak of one row, the later line counts."""
        past = cls()
        for _, event in heapq.merge(*map(_timed, paths), key=itemgetter(0)):
            with suppress(KeyError, TypeError):
                past._hear(event)
        return past

    def _hear(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "start":
            self.names[event["row"]] = event["name"]
        elif event["event"] == "end":
            outcome = Outcome.from_json(event["outcome"])
            if outcome.state == "done":
                self.done[outcome.row] = outcome
                self.failed.pop(outcome.row, None)
                self.made_at[outcome.row] = str(event.get("made_at") or event["time"])
            else:
                self.failed[outcome.row] = outcome


def _timed(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events with their times; a clock that was set back does not change their order within a journal."""
    latest = ""
    for event in read_events(path):
        latest = max(latest, str(event.get("time", "")))
        yield latest, event


class Journal:
    """A journal that is written to; threads may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._whole = _ends_a_line(self._handle)
        except OSError as failure:
            raise output_error(path.parent, failure) from failure

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        os.close(self._handle)

    def start(self, row: Row) -> None:
        """A row is begun."""
        self.tell("start", row=row.id, name=row.name, key=row.key)

    def end(self, outcome: Outcome, made_at: str = "") -> None:
        """A row has ended, well or not; `made_at` if its reports were made earlier than now."""
        self.tell("end", outcome=outcome.to_json(), **({"made_at": made_at} if made_at else {}))

    def tell(self, event: str, **values: Any) -> None:
        """Add a line and wait until it is on the disk.

        Raises
        ------
        OutputError
            If it cannot be written; what was written of it is passed over by readers.
        """
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
        line = json.dumps({"event": event, "time": now, **values}, ensure_ascii=True, default=str)
        with self._writing:
            data = (b"" if self._whole else b"\n") + line.encode() + b"\n"
            self._whole = False
            try:
                while data:
                    data = data[os.write(self._handle, data) :]
                os.fsync(self._handle)
            except OSError as failure:
                raise output_error(self.path.parent, failure) from failure
            self._whole = True


def _ends_a_line(handle: int) -> bool:
    size = os.fstat(handle).st_size
    if not size:
        return True
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"
