"""The cheapest links that bind some nodes of a graph together (Mehlhorn's approximation of a Steiner tree, 1988)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from cxresearch.moments import Floats, Ints


def cheapest_links(one: Ints, other: Ints, cost: Floats, groups: Sequence[Ints]) -> Ints:
    """Places (of E links) that bind the nodes of each group together as far as links reach.

    For one group they cost at most twice the least possible. Several groups are first bound all at once, each through
    the nodes nearest to it; those for which that found nothing, one by one.

    Parameters
    ----------
    one, other, cost : (E,) ends and costs, above zero, of the links. groups : nodes to be bound to each other.
    """
    wanted = [group for group in groups if len(group) > 1]
    if not len(one) or not wanted:
        return np.zeros(0, dtype=np.int64)
    size = int(max(one.max(), other.max(), *(group.max() for group in wanted))) + 1
    best = _cheapest_of_each_pair(one, other, cost, size)
    links = _Links(one[best], other[best], cost[best], size)
    chosen, found = links.bound(wanted)
    for group, known in zip(wanted, found, strict=True):
        if not known and len(wanted) > 1:
            chosen |= links.bound([group])[0]
    return best[np.array(sorted(chosen), dtype=np.int64)]


class _Links:
    """A graph with at most one link between two nodes."""

    def __init__(self, one: Ints, other: Ints, cost: Floats, size: int) -> None:
        self.one, self.other, self.cost, self.size = one, other, cost, size
        self.graph = coo_array((cost, (one, other)), shape=(size, size)).tocsr()
        keys = np.minimum(one, other) * size + np.maximum(one, other)
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def between(self, one: int, other: int) -> int:
        """Place of the link between two neighbours."""
        key = min(one, other) * self.size + max(one, other)
        return int(self.order[np.searchsorted(self.keys, key)])

    def bound(self, groups: Sequence[Ints]) -> tuple[set[int], list[bool]]:
        """Links that bind the nodes of each group, and for which groups there are any."""
        owner = np.full(self.size, -1, dtype=np.int64)
        for place, group in enumerate(groups):
            owner[group] = place
        terminals = np.flatnonzero(owner >= 0)
        distance, before, source = dijkstra(
            self.graph, directed=False, indices=terminals, min_only=True, return_predecessors=True
        )
        reached = np.isfinite(distance[self.one]) & np.isfinite(distance[self.other])
        ends = np.where(reached, source[self.one], -1), np.where(reached, source[self.other], -1)
        across = np.flatnonzero(reached & (ends[0] != ends[1]) & (owner[ends[0]] == owner[ends[1]]))
        length = distance[self.one[across]] + self.cost[across] + distance[self.other[across]]
        taken = across[_spanning(ends[0][across], ends[1][across], length)]
        chosen: set[int] = set(taken.tolist())
        for node in np.r_[self.one[taken], self.other[taken]].tolist():
            while before[node] >= 0:
                chosen.add(self.between(node, int(before[node])))
                node = int(before[node])
        bound = set(owner[ends[0][taken]].tolist())
        return chosen, [place in bound for place in range(len(groups))]


def _cheapest_of_each_pair(one: Ints, other: Ints, cost: Floats, size: int) -> Ints:
    """Places of the cheapest link between each two different nodes."""
    pair = np.minimum(one, other) * size + np.maximum(one, other)
    order = np.lexsort((np.arange(len(cost)), cost, pair))
    order = order[(one != other)[order]]
    first = np.r_[True, pair[order][1:] != pair[order][:-1]] if len(order) else np.zeros(0, dtype=bool)
    kept: Ints = np.sort(order[first])
    return kept


def _spanning(one: Ints, other: Ints, length: Floats) -> Ints:
    """Places of the links of a minimum spanning forest (Kruskal)."""
    leader: dict[int, int] = {}

    def find(node: int) -> int:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    kept = []
    for place in np.argsort(length, kind="stable").tolist():
        first, second = find(int(one[place])), find(int(other[place]))
        if first != second:
            leader[first] = second
            kept.append(place)
    return np.array(kept, dtype=np.int64)
