"""One level of a hierarchy (units, or the groups of one grouping) added to what is published already."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cxresearch.aggregation.release_audit import NO_BLOCK, Audit, audit
from cxresearch.aggregation.release_counts import PeopleCounts
from cxresearch.aggregation.release_paths import cheapest_links
from cxresearch.moments import Ints

Mask = NDArray[np.bool_]
_TRIALS, _EFFORT = 40, 40_000
"""At most so many hidden groups are tried again, and so many cells are looked at in all."""


class Stage:
    """Groups of one level and which of them are shown, over all periods (`total`) and by period (`cell`).

    A group starts as shown where it has enough people. Where the audit finds a leak, more is hidden: first single
    periods of groups, those that bind what is open together at the least cost in people, then whole groups, smallest
    first. Afterwards what was hidden for the sake of others is shown again where the audit allows it, largest first.

    Parameters
    ----------
    outer_rows, outer_columns : (C,) row and column block of each cell by the levels before. item : (J,) code of each
        unit's group of this level, -1 for none. names : how many groups there are.
    by_period : whether groups are shown by period. known : (C,) cells whose group's total, and which cells of groups by
        period, earlier reports have published; they cannot be hidden any more.
    within : (C,) the only cells that the audit looks at, and of which groups are shown by period (see `audit`).
    """

    def __init__(
        self,
        counts: PeopleCounts,
        threshold: int,
        outer_rows: Ints,
        outer_columns: Ints,
        item: Ints,
        names: int,
        *,
        by_period: bool = True,
        known: tuple[Mask, Mask] | None = None,
        within: Mask | None = None,
    ) -> None:
        self.counts, self.threshold, self.by_period, self.within = counts, threshold, by_period, within
        self.outer_rows, self.outer_columns = outer_rows, outer_columns
        self.of_cell = item[counts.unit]
        placed = self.of_cell >= 0
        in_items = item >= 0
        self.persons = np.bincount(item[in_items], weights=counts.persons[in_items], minlength=names)
        self.n = np.zeros((names, len(counts.periods)))
        np.add.at(self.n, (self.of_cell[placed], counts.period[placed]), counts.n[placed])
        in_total = np.zeros(names, dtype=bool)
        in_total[self.of_cell[placed & (outer_rows != NO_BLOCK)]] = True
        in_column = np.zeros_like(self.n, dtype=bool)
        columned = placed & (outer_columns != NO_BLOCK) & (True if within is None else within)
        in_column[self.of_cell[columned], counts.period[columned]] = True
        self.total = in_total & (self.persons >= threshold)
        self.in_column = in_column
        self.cell = in_column & (self.n >= threshold) & self.total[:, None] & by_period
        nowhere = np.zeros(len(counts.n), dtype=bool)
        self.row_known: Mask = known[0] if known else nowhere
        self.cell_known: Mask = known[1] if known else nowhere
        self._repair()
        self._show_again()
        again = self.cell_known & placed & (counts.n >= threshold) & by_period
        self.cell[self.of_cell[again], counts.period[again]] = True
        if len(counts.periods) == 1:
            self.cell = self.total[:, None] & (self.n > 0)

    def labels(self) -> tuple[Ints, Ints]:
        """Row block and column block (C,) of every cell."""
        placed = self.of_cell >= 0
        inner_row = np.where(placed & (self.total[self.of_cell] | self.row_known), self.of_cell, NO_BLOCK)
        inner_column = np.where(self._shown_cells(), self.of_cell, NO_BLOCK)
        return _combined(self.outer_rows, inner_row), _combined(self.outer_columns, inner_column)

    def _audit(self) -> Audit:
        return audit(self.counts, *self.labels(), self.threshold, within=self.within)

    def _repair(self) -> None:
        found = self._audit()
        while not found.safe and (self._hide_unsettled(found) or self._link(found) or self._hide_whole(found)):
            found = self._audit()

    def _hide_unsettled(self, found: Audit) -> bool:
        """Hide all periods of groups whose total and periods by themselves tell a few people apart."""
        if self.counts.additive:
            return False
        items = np.unique(self.of_cell[found.open & self._shown_cells() & ~self.cell_known])
        self.cell[items] = False
        return bool(len(items))

    def _shown_cells(self) -> Mask:
        placed = self.of_cell >= 0
        shown: Mask = placed & (self.cell[self.of_cell, self.counts.period] | self.cell_known)
        return shown

    def _link(self, found: Audit) -> bool:
        """Hide the periods of groups that bind open parts together at the least cost; whether any was found."""
        shown = self._shown_cells() & ~self.cell_known
        usable = shown if self.counts.additive else shown & (found.row_part == 0)
        left_over = self._left_over(found)
        cells = np.flatnonzero(usable & (left_over >= 0))
        ends = found.row_part[cells], left_over[cells]
        cost = self.n[self.of_cell[cells], self.counts.period[cells]]
        places = cells[cheapest_links(*ends, cost, self._open_parts(found))]
        self.cell[self.of_cell[places], self.counts.period[places]] = False
        return bool(len(places))

    def _left_over(self, found: Audit) -> Ints:
        """(C,) part of the people left when the shown groups are taken from each cell's outer column; or -1."""
        hidden = ~self._shown_cells() & (self.outer_columns != NO_BLOCK)
        part = np.full(int(self.outer_columns.max(initial=NO_BLOCK)) + 2, -1, dtype=np.int64)
        part[self.outer_columns[hidden]] = found.column_part[hidden]
        return np.where(self.outer_columns != NO_BLOCK, part[self.outer_columns], -1)

    def _open_parts(self, found: Audit) -> list[Ints]:
        """Parts that open cells bind together, group by group; where weights differ, the zero part belongs to each."""
        rows, columns = found.row_part[found.open], found.column_part[found.open]
        size = int(max(found.row_part.max(initial=0), found.column_part.max(initial=0))) + 1
        graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
        labels = connected_components(graph, directed=False)[1]
        groups = [
            np.unique(np.r_[rows, columns][labels[np.r_[rows, columns]] == one]) for one in np.unique(labels[rows])
        ]
        return groups if self.counts.additive else [np.unique(np.r_[0, group]) for group in groups]

    def _hide_whole(self, found: Audit) -> bool:
        """Hide a whole group: the smallest with open people, or of their block, or at all; whether one was left."""
        free = self.total
        placed = self.of_cell >= 0
        beside = np.isin(self.outer_rows, self.outer_rows[found.open]) & placed
        for cells in (found.open & placed, beside, placed):
            items = np.unique(self.of_cell[cells])
            items = items[free[items]]
            if len(items):
                smallest = items[np.argmin(self.persons[items])]
                self.total[smallest] = False
                self.cell[smallest] = False
                return True
        return False

    def _show_again(self) -> None:
        """Show what need not be hidden, largest first, as far as the effort allows."""
        trials = min(_TRIALS, _EFFORT // max(len(self.of_cell), 1))
        whole = np.flatnonzero(~self.total & (self.persons >= self.threshold))
        for item in whole[np.argsort(-self.persons[whole], kind="stable")][:trials].tolist():
            self.total[item] = True
            self.total[item] = self._audit().safe
        items, periods = np.nonzero(~self.cell & (self.n >= self.threshold) & self.total[:, None] & self.in_column)
        items, periods = items[: len(items) * self.by_period], periods[: len(periods) * self.by_period]
        order = np.argsort(-self.n[items, periods], kind="stable")[:trials]
        for item, period in zip(items[order].tolist(), periods[order].tolist(), strict=True):
            self.cell[item, period] = True
            self.cell[item, period] = self._audit().safe


def _combined(outer: Ints, inner: Ints) -> Ints:
    """One label for each pair of labels; `NO_BLOCK` where both are."""
    width = int(inner.max(initial=NO_BLOCK)) + 2
    pairs = (outer + 1) * width + inner + 1
    _, codes = np.unique(pairs, return_inverse=True)
    labels: Ints = np.where((outer == NO_BLOCK) & (inner == NO_BLOCK), NO_BLOCK, codes.reshape(-1))
    return labels
