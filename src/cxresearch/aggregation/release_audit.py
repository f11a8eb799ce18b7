"""Whether published numbers, added and subtracted in any way, can speak of a few people and of no one else.

Everything published of a measure is a sum of row blocks (units over all periods, or what is left of a group) and of
column blocks (cells of units by period, or what is left of a group in a period). A combination of published numbers
therefore gives the people of row block r, column block c and weight w the coefficient w a_r + b_c, with one number for
each block. The audit looks for numbers a and b, not all without effect, whose non-zero coefficients touch fewer than k
people. It works from what such numbers would have to fulfil:

- people of one pair of blocks and one weight who are at least k cannot all be touched, so w a_r + b_c = 0: the blocks
  share one unknown number, their potential;
- a pair of blocks among whose people every weight leaves at least k others: both numbers are zero;
- a potential that touches at least k people in any case is zero;
- where all weights are 1, blocks between which every cut touches at least k people have one potential (maximum
  adjacency ordering, Nagamochi and Ibaraki 1992).

When nobody is left to be touched, there is no such combination. The audit never errs in the other direction: what it
does not prove counts as a leak. People of several cells of a unit are counted once: at least the largest cell, and at
least the unit's people less those of its other cells.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cxresearch.aggregation.release_counts import PeopleCounts
from cxresearch.moments import Floats, Ints

Mask = NDArray[np.bool_]
NO_BLOCK = -1
"""Label of cells in no row block (or column block): their number is zero."""
_EQUAL = 1e-9


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes
    ----------
    open : (C,) cells whose people may be told apart. row_part, column_part : (C,) the part (blocks of one potential) in
        which each cell's row block and column block ended; parts that are zero have the number 0.
    """

    open: Mask
    row_part: Ints
    column_part: Ints

    @property
    def safe(self) -> bool:
        """Whether no combination speaks of fewer people than the threshold."""
        return not bool(self.open.any())


def audit(counts: PeopleCounts, rows: Ints, columns: Ints, threshold: int, *, within: Mask | None = None) -> Audit:
    """Audit a release.

    Parameters
    ----------
    rows, columns : (C,) row block and column block of each cell, `NO_BLOCK` for none.
    within : (C,) cells to look at alone. Then the number of every row block has to be zero by these cells, because the
        others tell of the row blocks with weights of their own.
    """
    found = _Potentials(counts, rows, columns, threshold, within).solved()
    if within is None:
        return found
    return Audit(found.open | (found.row_part != 0), found.row_part, found.column_part)


class _Potentials:
    """Blocks with one potential between them, merged until nothing changes."""

    def __init__(self, counts: PeopleCounts, rows: Ints, columns: Ints, threshold: int, within: Mask | None) -> None:
        self.counts, self.threshold = counts, threshold
        row_node, n_rows = _nodes(rows, 1)
        column_node, n_nodes = _nodes(columns, n_rows)
        self.row_node, self.column_node = row_node, column_node
        self.root = np.arange(n_nodes)
        self.gain = np.where(np.arange(n_nodes) < n_rows, 1.0, -1.0)
        self.additive = counts.additive
        self._take_atoms(np.ones(len(counts.n), dtype=bool) if within is None else within)

    def _take_atoms(self, within: Mask) -> None:
        """The people that matter one by one; rows whose people are weighed differently enough are zero at once."""
        counts, cells = self.counts, self.counts.atom_cell
        weights, people = counts.atom_weight, counts.atom_people
        varied = (counts.varied() >= self.threshold) & within
        if varied.any():
            self._ground(np.r_[self.row_node[varied], self.column_node[varied]])
        looked_at = within & ~self._settled()
        known = self.root[self.row_node] == 0
        whole = np.flatnonzero(known & looked_at)
        apart = (~known & looked_at)[cells]
        self.cell = np.r_[whole, cells[apart]]
        self.weight = np.r_[np.ones(len(whole)), weights[apart]]
        self.people = np.r_[counts.n[whole], people[apart]]
        self.unit, self.period = counts.unit[self.cell], counts.period[self.cell]
        self.in_unit = np.bincount(counts.unit, weights=counts.n, minlength=len(counts.units))

    def _settled(self) -> Mask:
        """(C,) cells that are a column block of their own with enough people: no potential touches them alone."""
        alone = np.bincount(self.column_node)[self.column_node] == 1
        settled: Mask = alone & (self.counts.n >= self.threshold) & (self.column_node != 0)
        return settled if self.additive else np.zeros(len(settled), dtype=bool)

    def _ground(self, nodes: Ints) -> None:
        self.root[np.isin(self.root, self.root[nodes])] = 0

    def solved(self) -> Audit:
        """Merge until nothing changes."""
        while self._round() or (self.additive and self._cuts()):
            continue
        open_cells = np.zeros(len(self.counts.n), dtype=bool)
        open_cells[self.cell[self._active()]] = True
        return Audit(open_cells, self.root[self.row_node], self.root[self.column_node])

    def _ends(self) -> tuple[Ints, Ints, Floats, Floats]:
        """Of every atom: the parts of its row and column, and the coefficients of their potentials."""
        row, column = self.row_node[self.cell], self.column_node[self.cell]
        return self.root[row], self.root[column], self.weight * self.gain[row], self.gain[column]

    def _active(self) -> Mask:
        """Atoms that some potential touches."""
        first, second, of_first, of_second = self._ends()
        cancelled = (first == second) & (np.abs(of_first + of_second) < _EQUAL)
        touched: Mask = ~cancelled & ((first != 0) | (second != 0))
        return touched

    def _round(self) -> bool:
        """One round of the first three rules; whether anything changed."""
        active = np.flatnonzero(self._active())
        if not len(active):
            return False
        first, second, of_first, of_second = (part[active] for part in self._ends())
        lone = (first == second) | (first == 0) | (second == 0)
        if lone.any() and self._zero_alone(active[lone], np.where(first == 0, second, first)[lone]):
            return True
        pair = ~lone
        return bool(pair.any()) and self._pairs(
            active[pair], first[pair], second[pair], of_first[pair], of_second[pair]
        )

    def _zero_alone(self, atoms: Ints, parts: Ints) -> bool:
        """A potential that touches enough people by itself is zero."""
        codes, names = _factorised(parts)
        enough = names[self._people(codes, atoms, len(names)) >= self.threshold]
        if len(enough):
            self._ground(enough)
        return bool(len(enough))

    def _pairs(self, atoms: Ints, first: Ints, second: Ints, of_first: Floats, of_second: Floats) -> bool:
        turned = first > second
        low, high = np.where(turned, second, first), np.where(turned, first, second)
        ratio = np.where(turned, of_second / of_first, of_first / of_second)
        pair, pairs = _factorised(low * len(self.root) + high)
        kind = _factorised(np.asarray(np.round(ratio, 9), dtype=np.float64))[0]
        codes, groups = _factorised(np.asarray(pair * 10**6 + kind, dtype=np.int64))
        people = self._people(codes, atoms, len(groups))
        of_pair = self._people(pair, atoms, len(pairs))
        largest = np.zeros(len(pairs), dtype=np.int64)
        in_groups = np.bincount(codes, weights=self.people[atoms], minlength=len(groups)).astype(np.int64)
        pair_of_group = (groups // 10**6).astype(np.int64)
        np.maximum.at(largest, pair_of_group, in_groups)
        zero = of_pair - largest >= self.threshold
        if zero.any():
            self._ground(np.r_[pairs[zero] // len(self.root), pairs[zero] % len(self.root)])
            return True
        some = np.zeros(len(groups), dtype=np.int64)
        some[codes] = np.arange(len(codes))
        if self.additive:
            strong = some[people >= self.threshold]
            return self._unite(low[strong], high[strong])
        changed = False
        for group in np.flatnonzero(people >= self.threshold).tolist():
            at = int(some[group])
            changed |= self._merge(int(low[at]), int(high[at]), float(ratio[at]))
        return changed

    def _merge(self, low: int, high: int, ratio: float) -> bool:
        """Part `high` gets -`ratio` times the potential of part `low`, unless either was merged in this round."""
        if self.root[low] != low or self.root[high] != high:
            return False
        members = self.root == high
        self.gain[members] *= -ratio
        self.root[members] = low
        return True

    def _unite(self, one: Ints, other: Ints) -> bool:
        """Parts that share one potential with all weights 1 become one part, the zero part keeping its number."""
        size = len(self.root)
        graph = coo_array((np.ones(len(one)), (one, other)), shape=(size, size))
        labels = connected_components(graph, directed=False)[1]
        least = np.full(size, size)
        np.minimum.at(least, labels, np.arange(size))
        before = self.root
        self.root = least[labels][before]
        return bool((before != self.root).any())

    def _people(self, codes: Ints, atoms: Ints, n_codes: int) -> Ints:
        """(n_codes,) fewest different people of the atoms of each code."""
        unit, period, people = self.unit[atoms], self.period[atoms], self.people[atoms]
        in_unit, units = _factorised(codes * len(self.counts.units) + unit)
        in_cell, cells = _factorised(in_unit * len(self.counts.periods) + period)
        of_cell = np.bincount(in_cell, weights=people, minlength=len(cells))
        largest = np.zeros(len(units))
        np.maximum.at(largest, (cells // len(self.counts.periods)).astype(np.int64), of_cell)
        summed = np.bincount(in_unit, weights=people, minlength=len(units))
        which = units % len(self.counts.units)
        least = self.counts.persons[which] - (self.in_unit[which] - summed)
        fewest = np.maximum(largest, least)
        owner = (units // len(self.counts.units)).astype(np.int64)
        return np.bincount(owner, weights=fewest, minlength=n_codes).astype(np.int64)

    def _cuts(self) -> bool:
        """Merge parts that no cut of fewer people than the threshold separates; all weights are 1."""
        active = np.flatnonzero(self._active())
        if not len(active):
            return False
        first, second, _, _ = self._ends()
        weights = self._shares()
        edges = zip(first[active].tolist(), second[active].tolist(), weights[active].tolist(), strict=True)
        found = _joined(edges, self.threshold)
        pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
        return self._unite(pairs[:, 0], pairs[:, 1])

    def _shares(self) -> Floats:
        """(A,) weights of atoms whose sum over any cells of a unit is at most its different people in them."""
        once = self.counts.persons >= self.in_unit
        active = self._active()
        cells = np.bincount(self.unit[active], minlength=len(self.counts.units))
        divisor = np.where(once, 1, np.maximum(cells, 1))
        shares: Floats = self.people / divisor[self.unit]
        return shares


def _nodes(labels: Ints, start: int) -> tuple[Ints, int]:
    """Node of each label, from `start`; node 0 is the number zero."""
    codes, _ = _factorised(labels)
    nodes = codes + start
    nodes[labels == NO_BLOCK] = 0
    return nodes, start + int(codes.max(initial=-1)) + 1


def _factorised(values: Floats | Ints) -> tuple[Ints, Ints]:
    names, codes = np.unique(values, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), np.asarray(names).astype(np.int64)


def _joined(edges: Iterable[tuple[int, int, float]], threshold: float) -> list[tuple[int, int]]:
    """Pairs of nodes of an undirected graph that every cut separates at a cost of `threshold` or more.

    In a maximum adjacency ordering, each node and its predecessor are separated by no cut cheaper than what binds the
    node to all before it.
    """
    near: dict[int, dict[int, float]] = {}
    for one, other, weight in edges:
        for here, there in ((one, other), (other, one)):
            around = near.setdefault(here, {})
            around[there] = around.get(there, 0.0) + weight
    found: list[tuple[int, int]] = []
    left = set(near)
    while left:
        found += _ordered(near, left, min(left), threshold)
    return found


def _ordered(near: dict[int, dict[int, float]], left: set[int], start: int, threshold: float) -> list[tuple[int, int]]:
    """One connected component in maximum adjacency order, taken out of `left`."""
    bound = {start: 0.0}
    queue = [(0.0, start)]
    before: int | None = None
    found: list[tuple[int, int]] = []
    while queue:
        weight, node = heapq.heappop(queue)
        if node not in left or -weight < bound[node]:
            continue
        left.remove(node)
        if before is not None and -weight >= threshold - _EQUAL:
            found.append((before, node))
        before = node
        for neighbour, more in near[node].items():
            if neighbour in left:
                bound[neighbour] = bound.get(neighbour, 0.0) + more
                heapq.heappush(queue, (-bound[neighbour], neighbour))
    return found
