"""How long the rest of a batch will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from statistics import fmean, median

_RECENT = 30
_FEWEST = 3
_CAP = 4.0


class Pace:
    """The time that is left, from how long the latest reports took.

    The expected time of a report is the mean of the latest 30, each counted as at most 4 times their median: a single
    report that hung does not spoil the forecast, many slow ones change it. Time left = (reports not yet done × that −
    what the running ones have already had) ÷ workers.

    Parameters
    ----------
    workers : reports made side by side.
    """

    def __init__(self, workers: int) -> None:
        self._workers = max(workers, 1)
        self._latest: deque[float] = deque(maxlen=_RECENT)

    def add(self, seconds: float) -> None:
        """A report is done and took this long."""
        self._latest.append(max(seconds, 0.0))

    def left(self, remaining: int, running: Collection[float] = ()) -> float | None:
        """Seconds until `remaining` reports are done, of which some have been `running` for so long; None if unknown.

        Unknown until three reports, or all but one, are done.
        """
        if remaining <= 0:
            return 0.0
        if len(self._latest) < _FEWEST and not (self._latest and remaining == 1):
            return None
        middle = median(self._latest)
        expected = fmean(min(one, _CAP * middle) for one in self._latest)
        had = sum(min(one, expected) for one in running)
        return max(remaining * expected - had, 0.0) / min(self._workers, remaining)
