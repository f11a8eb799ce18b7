"""How many people stand behind a measure in every unit and period, and how each person's answers are weighed.

A measure's mean over all periods either adds up what its cells hold, or takes each person's mean first. In the second
case a person's answer counts in the unit's total with a weight of its own, and the total is no sum of the cells. The
people of a cell are therefore told by weight (`weights`, `sharing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cxresearch.moments import Floats, Ints

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PeopleCounts:
    """People of one measure by unit and period.

    Attributes
    ----------
    units, periods : names, in the order of their codes.
    unit, period, n : (C,) codes of each filled cell, and how many people answered in it.
    persons : (J,) how many different people answered in each unit over all periods.
    atom_cell, atom_weight, atom_people : (A,) the people of each cell by the weight of their answer in the unit's mean
        over all periods; one atom of weight 1 per cell where totals are sums.
    groups : grouping to the code (J,) of each unit's group, -1 where it has none. group_names : by grouping.
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    unit: Ints
    period: Ints
    n: Ints
    persons: Ints
    atom_cell: Ints
    atom_weight: Floats
    atom_people: Ints
    groups: Mapping[str, Ints] = field(default_factory=dict)
    group_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def additive(self) -> bool:
        """Whether a total is the sum of its cells."""
        return bool((self.atom_weight == 1).all())

    def varied(self) -> Ints:
        """(C,) people of each cell less the largest part of them whose answers have the same weight."""
        most = np.zeros(len(self.n), dtype=np.int64)
        np.maximum.at(most, self.atom_cell, self.atom_people)
        return self.n - most


def people_counts(
    units: tuple[str, ...],
    periods: tuple[str, ...],
    n: Mapping[tuple[int, int], int],
    persons: Mapping[int, int] | None = None,
    groups: Mapping[str, tuple[Ints, tuple[str, ...]]] | None = None,
) -> PeopleCounts:
    """Counts whose totals are sums of their cells.

    Parameters
    ----------
    n : (unit, period) to people, as codes. persons : unit to its different people; the sum of its cells unless given.
    """
    keys = sorted(key for key, count in n.items() if count > 0)
    unit, period = (np.array([key[part] for key in keys], dtype=np.int64) for part in (0, 1))
    count = np.array([n[key] for key in keys], dtype=np.int64)
    summed = np.bincount(unit, weights=count, minlength=len(units)).astype(np.int64)
    for place, known in (persons or {}).items():
        summed[place] = known
    return PeopleCounts(
        units, periods, unit, period, count, summed, np.arange(len(count)), np.ones(len(count)), count,
        {name: codes for name, (codes, _) in (groups or {}).items()},
        {name: names for name, (_, names) in (groups or {}).items()},
    )  # fmt: skip
