"""Hearing of a batch from its threads, and passing it on to people and programs."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Self, TextIO

from rich.console import Console

from cxresearch.batch.progress.json_lines import JsonLines
from cxresearch.batch.progress.lines import PlainLines, Screen
from cxresearch.batch.progress.pace import Pace
from cxresearch.batch.progress.terminal import Bar
from cxresearch.batch.progress.words import (
    Finished,
    Summary,
    begin_text,
    failure_text,
    left_text,
    row_text,
    running_text,
    summary_texts,
)
from cxresearch.language import Language, spoken_language


class Progress:
    """Hears of a batch as it goes on; several threads may tell it at once.

    Parameters
    ----------
    screen : where people read. language : theirs. workers : reports made side by side.
    lines : where programs read, if any does. clock : seconds that only rise.
    """

    def __init__(
        self,
        screen: Screen,
        language: Language,
        workers: int,
        lines: JsonLines | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen, self._language, self._lines, self._clock = screen, language, lines, clock
        self._workers = max(workers, 1)
        self._pace = Pace(self._workers)
        self._telling = threading.Lock()
        self._running: dict[str, float] = {}
        self._total = self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        """Leave the terminal as it was, also after an error."""
        self._screen.end()

    def begin(self, total: int, skipped: int) -> None:
        """The batch begins: rows in all, and those of them that are up to date already."""
        with self._telling:
            self._total, self._done = total, skipped
            self._write("begin", total=total, skipped=skipped, workers=self._workers)
            self._screen.print(begin_text(total, skipped, self._language))
            self._screen.begin(total, skipped)

    def row_started(self, row: str) -> None:
        """A row is begun, or begun again."""
        with self._telling:
            self._running[row] = self._clock()
            self._write("started", row=row)
            self._show()

    def row_finished(self, outcome: Finished) -> None:
        """A row has ended, well or not."""
        with self._telling:
            self._running.pop(outcome.row, None)
            self._done += 1
            self._pace.add(outcome.seconds)
            left = self._left()
            self._write(
                "finished",
                row=outcome.row,
                state=outcome.state,
                done=self._done,
                total=self._total,
                seconds=outcome.seconds,
                seconds_left=left,
                language=outcome.language,
                cell=outcome.cell,
                message=outcome.message,
                outputs=sorted(outcome.outputs),
            )
            failure = failure_text(outcome, self._language)
            text = row_text(outcome, self._done, self._total, left, self._language)
            self._screen.row(text, failure, bad=outcome.state != "done")
            self._show()

    def end(self, summary: Summary) -> None:
        """The batch has ended."""
        with self._telling:
            self._write(
                "end",
                made=summary.made,
                unchanged=summary.unchanged,
                failed=summary.failed,
                left=summary.left,
                seconds=summary.seconds,
                stopped=summary.stopped,
            )
            self._screen.end()
            self._screen.print(" ".join(summary_texts(summary, self._language)))

    def _left(self) -> float | None:
        now = self._clock()
        return self._pace.left(self._total - self._done, [now - begun for begun in self._running.values()])

    def _show(self) -> None:
        left = self._left()
        told = "" if left is None or self._done >= self._total else left_text(left, self._language)
        self._screen.show(self._done, told, running_text(list(self._running), self._language))

    def _write(self, event: str, **values: object) -> None:
        if self._lines:
            self._lines.write(event, values)


def open_progress(
    *,
    workers: int,
    json_lines: bool = False,
    language: Language | None = None,
    out: TextIO | None = None,
    error: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Progress as it suits where it is read: a bar on a terminal, lines elsewhere, and JSON if asked for.

    JSON on the same terminal gets lines beside it, which a bar would write over.

    Parameters
    ----------
    language : of the people; by default the one the program speaks. out, error : by default the standard streams.
    """
    people, programs = error or sys.stderr, out or sys.stdout
    console = Console(file=people)
    mixed = json_lines and programs.isatty()
    bar = console.is_terminal and not console.is_dumb_terminal and not mixed
    screen = Bar(console) if bar else PlainLines(people)
    lines = JsonLines(programs) if json_lines else None
    return Progress(screen, language or spoken_language(), workers, lines, clock)
