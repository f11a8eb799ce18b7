"""What follows from the indices: nobody is left out for one of them, and the result is shown with and without.

Results are computed with everybody, without the flagged (at least two indices agree) and strictly (without anybody whom
any index flags); see Meade and Craig (2012) and Curran (2016). Which of them is primary is declared in the plan: all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.moments import Ints
from cxresearch.screening.flags import INDICES, Bools, Flags, Judgement
from cxresearch.screening.questionnaire import Questionnaire
from cxresearch.screening.thresholds import Thresholds

VERSIONS = ("all", "flagged_out", "strict")
"""The versions of a result, by who is left out."""


@dataclass(frozen=True)
class Screening:
    """The indices of one source. It holds rows, so it never leaves the run; `screening_results` counts them.

    Attributes
    ----------
    indices : by name, in the order of `INDICES`. thresholds : that were declared.
    frequency : (N,) how many respondents each row stands for.
    place : of each row of the source its row here; None = they are the same rows. See `Questionnaire`.
    """

    indices: Mapping[str, Judgement]
    thresholds: Thresholds
    frequency: Ints
    place: NDArray[np.integer[Any]] | None = None

    def judged(self) -> Mapping[str, Flags]:
        """The indices that apply."""
        return {name: index for name, index in self.indices.items() if isinstance(index, Flags)}

    def n_indices(self) -> Ints:
        """(N,) how many indices flag each person."""
        flags = [index.flagged for index in self.judged().values()]
        return np.sum(flags, axis=0, dtype=np.int64) if flags else np.zeros(len(self.frequency), dtype=np.int64)

    def flagged(self) -> Bools:
        """(N,) persons whom at least two indices flag."""
        marked: Bools = self.n_indices() >= self.thresholds.min_indices
        return marked

    def strict(self) -> Bools:
        """(N,) persons whom any index flags."""
        marked: Bools = self.n_indices() >= 1
        return marked

    def kept(self, version: str) -> Bools:
        """(N,) who stays in a version of `VERSIONS`.

        Raises
        ------
        KeyError
            If there is no such version.
        """
        everybody = np.zeros(len(self.frequency), dtype=bool)
        left_out: Bools = {"all": everybody, "flagged_out": self.flagged(), "strict": self.strict()}[version]
        return ~left_out

    def rows_kept(self, version: str) -> Bools:
        """As `kept`, of the source's rows.

        Raises
        ------
        KeyError
            If there is no such version.
        """
        kept = self.kept(version)
        return kept if self.place is None else kept[self.place]

    def count(self, rows: Bools) -> int:
        """How many respondents the rows stand for."""
        return int(self.frequency[rows].sum())

    def overlaps(self) -> Mapping[tuple[str, str], int]:
        """How many persons both indices of a pair flag, for every pair that shares somebody."""
        found = {
            (one, other): self.count(first.flagged & second.flagged)
            for (one, first), (other, second) in combinations(self.judged().items(), 2)
        }
        return {pair: count for pair, count in found.items() if count}


def screen(asked: Questionnaire, thresholds: Thresholds | None = None) -> Screening:
    """Judge every person of a source by every index."""
    limits = thresholds or Thresholds()
    return Screening(
        {name: judge(asked, limits) for name, judge in INDICES.items()}, limits, asked.frequency, asked.place
    )
