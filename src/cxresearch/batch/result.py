"""What a batch made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cxresearch.batch.codes import DISK_FULL, DONE, SOME_FAILED
from cxresearch.batch.outcome import Outcome
from cxresearch.batch.standing import Standing
from cxresearch.batch.supervise import Stop


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What a batch made.

    Attributes
    ----------
    folder : of the batch. standings : how each row stood before, in the order of the rows.
    outcomes : of the rows that were begun, by id. not_begun : ids of rows that were not, since the batch stopped.
    left : ids of rows that an earlier batch made and that are no longer in it; their reports stay.
    stop : why it stopped. pages : the front page by language; a shard has none.
    """

    folder: Path
    standings: tuple[Standing, ...]
    outcomes: Mapping[str, Outcome]
    not_begun: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    stop: Stop = ""
    pages: Mapping[str, Path]

    @property
    def made(self) -> tuple[Outcome, ...]:
        """The outcomes of rows that are made."""
        return tuple(outcome for outcome in self.outcomes.values() if outcome.state == "done")

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes of rows that failed."""
        return tuple(outcome for outcome in self.outcomes.values() if outcome.state != "done")

    @property
    def exit_code(self) -> int:
        """The code with which the command ends: see `codes`."""
        if self.stop == "disk_full":
            return DISK_FULL
        return SOME_FAILED if self.failed else DONE
