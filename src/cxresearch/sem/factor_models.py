"""Confirmatory factor models: which items measure which factor, in one group or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from cxresearch.sem.model import Entry, Model

Level = Literal["configural", "metric", "scalar", "strict"]
LEVELS: tuple[Level, ...] = ("configural", "metric", "scalar", "strict")
"""Steps of the invariance ladder; each holds equal what the one before does and one kind of parameter more."""


def _names(factors: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    items = [item for listed in factors.values() for item in listed]
    if len(set(items)) < len(items) or set(items) & set(factors):
        raise ValueError("an item measures one factor, and no factor is named as an item")
    return tuple(items)


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(first, second) for index, first in enumerate(names) for second in names[index + 1 :]]


def cfa(
    factors: Mapping[str, Sequence[str]],
    *,
    means: bool = False,
    residual_covariances: Sequence[tuple[str, str]] = (),
) -> Model:
    """A factor model of one group; the first loading of each factor is 1, factors correlate.

    Labels are `factor=~item`, `a~~b` and, with means, `item~1`.
    """
    items = _names(factors)
    entries = []
    for factor, listed in factors.items():
        entries.append(Entry("directed", listed[0], factor, fixed=1.0))
        entries += [Entry("directed", item, factor, label=f"{factor}=~{item}") for item in listed[1:]]
        entries.append(Entry("covariance", factor, factor, label=f"{factor}~~{factor}"))
    entries += [Entry("covariance", item, item, label=f"{item}~~{item}") for item in items]
    entries += [
        Entry("covariance", a, b, label=f"{a}~~{b}") for a, b in (*_pairs(tuple(factors)), *residual_covariances)
    ]
    if means:
        entries += [Entry("mean", item, label=f"{item}~1") for item in items]
    return Model(items, tuple(factors), (tuple(entries),), means)


def one_factor(items: Sequence[str], *, factor: str = "general", means: bool = False) -> Model:
    """A factor model in which all items measure one factor."""
    return cfa({factor: tuple(items)}, means=means)


def grouped_cfa(
    factors: Mapping[str, Sequence[str]],
    n_groups: int,
    level: Level,
    *,
    freed: Sequence[tuple[str, str]] = (),
) -> Model:
    """The same factors in several groups, at one step of the invariance ladder.

    Identified without a marker item, so that any item can be freed: the first group's factors have mean 0 and
    variance 1; the others' variances are free from metric invariance on, their means from scalar invariance on.

    Parameters
    ----------
    freed : (`loading` | `intercept` | `residual`, item) that stay free in every group (partial invariance).
    """
    items = _names(factors)
    groups = tuple(
        tuple(_group_entries(factors, items, group, LEVELS.index(level), frozenset(freed))) for group in range(n_groups)
    )
    return Model(items, tuple(factors), groups, True)


def _group_entries(
    factors: Mapping[str, Sequence[str]], items: Sequence[str], group: int, step: int, freed: frozenset[tuple[str, str]]
) -> list[Entry]:
    def label(name: str, kind: str, item: str, needed: int) -> str:
        shared = step >= needed and (kind, item) not in freed
        return name if shared else f"{name}@{group}"

    entries = []
    for factor, listed in factors.items():
        entries += [
            Entry("directed", item, factor, label=label(f"{factor}=~{item}", "loading", item, 1)) for item in listed
        ]
        if group and step >= 1:
            entries.append(Entry("covariance", factor, factor, label=f"{factor}~~{factor}@{group}"))
        else:
            entries.append(Entry("covariance", factor, factor, fixed=1.0))
        if group and step >= 2:
            entries.append(Entry("mean", factor, label=f"{factor}~1@{group}"))
    entries += [Entry("covariance", a, b, label=f"{a}~~{b}@{group}") for a, b in _pairs(tuple(factors))]
    for item in items:
        entries.append(Entry("mean", item, label=label(f"{item}~1", "intercept", item, 2)))
        entries.append(Entry("covariance", item, item, label=label(f"{item}~~{item}", "residual", item, 3)))
    return entries
