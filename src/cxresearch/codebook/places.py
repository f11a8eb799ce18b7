"""From faulty values to problems that name their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.codebook.distinct import Distinct, Ints
from cxresearch.codebook.texts import cell_text
from cxresearch.errors import Problem, shorten

SINGLE_ROWS = 20
"""Up to this many rows of one fault in a column are listed one by one; more are one problem with their count."""

_ROWS_SHOWN = 5
_VALUES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value: the problem's code, without the topic, and what its sentences name."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """The N rows of a raw file.

    Attributes
    ----------
    file : as the user named it. lines : (N,) where the rows stand.
    frequency : (N,) how many rows of the file each stands for; 1, unless the file was aggregated.
    """

    file: str
    lines: Ints
    frequency: Ints

    def __len__(self) -> int:
        return len(self.lines)

    def kept(self, keep: NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(self.file, self.lines[keep], self.frequency[keep])

    def count(self, where: NDArray[np.bool_]) -> int:
        """How many rows of the file are meant."""
        return int(self.frequency[where].sum())

    def problems(self, name: str, column: Distinct, faults: Mapping[int, Fault]) -> list[Problem]:
        """Problems for the faulty values of a column: `faults` gives each value's position its fault.

        Sentences may name `count` (plural), `rows` (the first ones) and `values` beside the place.
        """
        found: list[Problem] = []
        by_code: dict[str, list[int]] = {}
        for place, fault in faults.items():
            by_code.setdefault(fault.code, []).append(place)
        for places in by_code.values():
            found += self._of_one_code(name, column, places, faults)
        return found

    def _of_one_code(
        self, name: str, column: Distinct, places: list[int], faults: Mapping[int, Fault]
    ) -> list[Problem]:
        rows = np.flatnonzero(np.isin(column.codes, places))
        if not len(rows):
            return []
        rows = rows[np.argsort(self.lines[rows], kind="stable")]
        if self.frequency[rows].sum() <= SINGLE_ROWS and (self.frequency[rows] == 1).all():
            groups = [rows[place : place + 1] for place in range(len(rows))]
        else:
            groups = [rows]
        return [self._problem(name, column, group, faults) for group in groups]

    def _problem(self, name: str, column: Distinct, rows: Ints, faults: Mapping[int, Fault]) -> Problem:
        tally = np.bincount(column.codes[rows], weights=self.frequency[rows])
        present = sorted(np.flatnonzero(tally), key=lambda place: (-tally[place], cell_text(column.values[place])))
        fault = faults[int(present[0])]
        place = {
            "count": int(self.frequency[rows].sum()),
            "rows": listed((str(line) for line in self.lines[rows]), _ROWS_SHOWN, ", "),
            "values": listed((shorten(cell_text(column.values[at])) for at in present), _VALUES_SHOWN, " | "),
        }
        return Problem(
            code=f"data.{fault.code}", file=self.file, line=int(self.lines[rows[0]]), column=name,
            value=cell_text(column.values[present[0]]), details={**place, **fault.details},
        )  # fmt: skip


def listed(parts: Iterable[str], most: int, mark: str) -> str:
    """The first parts of a list; an ellipsis stands for the rest."""
    every = list(parts)
    return mark.join(every[:most]) + (f"{mark}…" if len(every) > most else "")
