"""One file as a draft source: its columns, what a row is, and the columns that are keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cxresearch.codebook.variables import Grain, Side
from cxresearch.study.draft.column import Column
from cxresearch.study.draft.families import item_families
from cxresearch.study.draft.options import CountedItem, counted_items
from cxresearch.study.draft.ranges import is_rating
from cxresearch.study.draft.units import UnitColumn
from cxresearch.study.draft.words import says

_YEAR = re.compile(r"(?<!\d)(20\d\d|19\d\d)(?!\d)")
_MOST_PERIODS = 60


@dataclass(frozen=True)
class DraftSource:
    """A file on its way into the draft.

    Attributes
    ----------
    name : id in study.yml. side : who is spoken of. path : the file; written : its path as study.yml gives it.
    format : as the reader found it. columns : by name. unit : the unit column. year : in the file's name, "" without.
    """

    name: str
    side: Side
    path: Path
    written: str
    format: str
    columns: Mapping[str, Column]
    unit: UnitColumn

    @property
    def year(self) -> str:
        """A year in the file's name, if there is just one."""
        years = set(_YEAR.findall(self.path.stem))
        return years.pop() if len(years) == 1 else ""

    @cached_property
    def one_row_per_unit(self) -> bool:
        """Whether rows are units (in each period), not persons."""
        return self.unit.shared > 0 and self.columns[self.unit.name].unique

    @cached_property
    def counted(self) -> tuple[CountedItem, ...]:
        """The items whose answers are counted, if rows are units."""
        return tuple(counted_items(self.columns)) if self.one_row_per_unit else ()

    @cached_property
    def grain(self) -> Grain:
        """What a row is."""
        if self.counted:
            return "counts"
        return "unit_scores" if self.one_row_per_unit and not self.ratings else "respondents"

    @cached_property
    def ratings(self) -> dict[str, Column]:
        """Columns that look like answers of persons."""
        free = {name: column for name, column in self.columns.items() if name != self.unit.name and is_rating(column)}
        found = {name for members in item_families(free).values() for name in members}
        return {name: column for name, column in free.items() if name in found}

    @cached_property
    def period_column(self) -> str:
        """The column that names the period of each row, "" without."""
        for name, column in self.columns.items():
            if says(name, "period") and 1 <= len(column.categories) <= _MOST_PERIODS and name != self.unit.name:
                return name
        return ""
