"""The sentences of progress, in the language of the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from cxresearch.errors import shorten
from cxresearch.language import Language, Phrase, render

Stopped = Literal["", "interrupted", "disk_full"]
_NAMED = 6


class Finished(Protocol):
    """What progress reads of a row that has ended; `batch.outcome.Outcome` has it."""

    @property
    def row(self) -> str:
        """Id of the row."""

    @property
    def state(self) -> str:
        """`done`, `failed`, `timeout`, `killed` or `disk_full`."""

    @property
    def seconds(self) -> float:
        """How long it took."""

    @property
    def language(self) -> str:
        """Of the notebook that failed, "" if none did."""

    @property
    def cell(self) -> int | None:
        """Number of the cell that failed, from 1."""

    @property
    def message(self) -> str:
        """What the failure said."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """Paths of the files that were made, each with its SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How a batch ended: rows made now, left as they were, failed, and not begun; seconds; and what stopped it."""

    made: int
    unchanged: int
    failed: int
    left: int = 0
    seconds: float = 0.0
    stopped: Stopped = ""


def begin_text(total: int, skipped: int, language: Language) -> str:
    """How much there is to do."""
    todo = _say("begin", language, count=total - skipped)
    return f"{todo} {_say('skipped', language, count=skipped)}" if skipped else todo


def row_text(outcome: Finished, done: int, total: int, left: float | None, language: Language) -> str:
    """One row that has ended: `[12/400] team-07 done 0.9 s, about 1 min 30 s left`."""
    word = _say(f"states.{outcome.state}", language)
    text = _say("row", language, done=done, total=total, row=outcome.row, state=word, seconds=outcome.seconds)
    if left is not None and done < total:
        text += f", {left_text(left, language)}"
    return text


def failure_text(outcome: Finished, language: Language) -> str:
    """Where a row failed and what the failure said, for the line under it; "" if it did not fail."""
    if outcome.state == "done":
        return ""
    where = []
    if outcome.language:
        where.append(_say("language", language, language=outcome.language))
    if outcome.cell is not None:
        where.append(_say("cell", language, cell=outcome.cell))
    message = shorten(outcome.message)
    return ", ".join(where) + (": " if where and message else "") + message


def running_text(rows: Sequence[str], language: Language) -> str:
    """The rows at work, the first few by name."""
    if not rows:
        return ""
    named = ", ".join(rows[:_NAMED])
    more = _say("more", language, count=len(rows) - _NAMED) if len(rows) > _NAMED else ""
    return _say("running", language, rows=f"{named} {more}".strip())


def left_text(seconds: float, language: Language) -> str:
    """The time that is left, rounded to what a forecast can know: 5 s, from 10 min on minutes."""
    if seconds < 7.5:
        return _say("left.soon", language)
    if seconds < 57.5:
        return _say("left.seconds", language, seconds=5 * round(seconds / 5))
    if seconds < 597.5:
        minutes, rest = divmod(5 * round(seconds / 5), 60)
        key = "left.minutes_seconds" if rest else "left.minutes"
        return _say(key, language, minutes=minutes, seconds=rest)
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return _say("left.minutes", language, minutes=minutes)
    return _say("left.hours_minutes" if minutes else "left.hours", language, hours=hours, minutes=minutes)


def duration_text(seconds: float, language: Language) -> str:
    """How long something took."""
    if seconds < 60:
        return _say("took.seconds", language, seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _say("took.minutes", language, minutes=minutes, seconds=rest)
    return _say("took.hours", language, hours=minutes // 60, minutes=minutes % 60)


def summary_texts(summary: Summary, language: Language) -> list[str]:
    """How the batch ended, a sentence each."""
    counts = {"made": summary.made, "unchanged": summary.unchanged, "failed": summary.failed, "left": summary.left}
    texts = [_say(f"end.{summary.stopped}", language)] if summary.stopped else []
    texts += [_say(f"end.{name}", language, count=number) for name, number in counts.items() if number]
    if not any(counts.values()):
        texts.append(_say("end.nothing", language))
    return [*texts, _say("end.took", language, duration=duration_text(summary.seconds, language))]


def _say(key: str, language: Language, /, **values: object) -> str:
    return render(Phrase(f"batch.progress.{key}", values), language)
