"""Begin rows, hear how they end, begin killed ones again, and stop where that is wanted; the journal hears of all."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from cxresearch.batch.codes import DISK_FULL, exit_code
from cxresearch.batch.journal import Journal
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.rows import Row
from cxresearch.errors import CxError, OutputError
from cxresearch.readers.memory import give_back

T = TypeVar("T")
Submit = Callable[[Row], "Future[Outcome]"]
"""Begins a row somewhere and gives its outcome later: a thread here, or a worker of a cluster."""

Stop = Literal["", "fail_fast", "disk_full"]
"""Why no more rows were begun; empty if all were."""

Happened = Literal["start", "again", "end"]
Hear = Callable[[Happened, Row, Outcome | None], None]
"""Hears of each row as it begins, is begun again, and ends."""


def _silent(happened: Happened, row: Row, outcome: Outcome | None) -> None:
    del happened, row, outcome


@dataclass
class Supervised:
    """How the rows ended. `left_over` : rows that were not begun, or whose end is not known; `stop` : why."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    left_over: list[Row] = field(default_factory=list)
    stop: Stop = ""


class _Supervision:
    def __init__(self, submit: Submit, journal: Journal, retries: int, fail_fast: bool, hear: Hear) -> None:
        self.submit, self.journal, self.retries = submit, journal, retries
        self.fail_fast, self.hear = fail_fast, hear
        self.ended: queue.SimpleQueue[tuple[Row, Future[Outcome]]] = queue.SimpleQueue()
        self.tries: dict[str, int] = {}
        self.result = Supervised()

    def begin(self, row: Row) -> bool:
        """Begin a row; False if the disk has no room for the line that tells of it."""
        again = row.id in self.tries
        if not self.journalled(self.journal.start, row):
            return False
        self.tries[row.id] = self.tries.get(row.id, 0) + 1
        self.hear("again" if again else "start", row, None)
        self.submit(row).add_done_callback(lambda future: self.ended.put((row, future)))
        return True

    def journalled(self, tell: Callable[[T], None], about: T) -> bool:
        """Whether a line could be written; a full disk stops the batch, anything else is an error."""
        try:
            tell(about)
        except OutputError as failure:
            if exit_code(failure) != DISK_FULL:
                raise
            self.result.stop = "disk_full"
            return False
        return True

    def settle(self, row: Row, outcome: Outcome) -> bool:
        """Take note of a row's end; True if it is to be begun again."""
        if outcome.state == "killed" and self.tries[row.id] <= self.retries and not self.result.stop:
            return True
        self.result.outcomes[row.id] = outcome
        if outcome.state == "disk_full":
            self.result.stop = "disk_full"
        elif outcome.state != "done" and self.fail_fast and not self.result.stop:
            self.result.stop = "fail_fast"
        self.journalled(self.journal.end, outcome)
        self.hear("end", row, outcome)
        give_back()
        return False


def outcome_of(row: Row, future: Future[Outcome]) -> Outcome:
    """What came of a row; an unforeseen failure of whatever was to make it is the row's, a foreseen one the batch's."""
    failure = future.exception()
    if failure is None:
        return future.result()
    if isinstance(failure, CxError) or not isinstance(failure, Exception):
        raise failure
    return Outcome(row=row.id, key=row.key, state="failed", message=f"{type(failure).__name__}: {failure}")


def supervise(
    rows: Iterable[Row],
    submit: Submit,
    journal: Journal,
    *,
    width: int,
    retries: int = 1,
    fail_fast: bool = False,
    hear: Hear = _silent,
) -> Supervised:
    """Make rows, at most `width` at a time.

    Parameters
    ----------
    retries : how many times a row is begun again whose process was killed; failures of code are not repeated.
    fail_fast : begin no more rows after the first failure; those that are running end in peace.

    Raises
    ------
    CxError
        If the journal cannot be written, or rows can no longer be begun.
    KeyboardInterrupt
        Passes through; running rows are the caller's to stop.
    """
    waiting = deque(rows)
    watch = _Supervision(submit, journal, retries, fail_fast, hear)
    running = 0
    while waiting or running:
        while waiting and running < width and not watch.result.stop and watch.begin(waiting[0]):
            waiting.popleft()
            running += 1
        if not running:
            break
        row, future = watch.ended.get()
        running -= 1
        if watch.settle(row, outcome_of(row, future)):
            waiting.appendleft(row)
    watch.result.left_over = list(waiting)
    return watch.result
