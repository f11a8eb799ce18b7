"""Families of columns that count answers: `q5b_vd, q5b_d, q5b_s, q5b_vs, q5b_idk` are one item."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cxresearch.study.draft.column import Column, Floats
from cxresearch.study.draft.words import plain

_ORDERED: tuple[tuple[str, ...], ...] = (
    ("sd", "d", "a", "sa"), ("sd", "d", "n", "a", "sa"), ("vd", "d", "s", "vs"), ("vd", "d", "n", "s", "vs"),
    ("nev", "rar", "som", "oft"), ("n", "r", "s", "o"), ("never", "rarely", "sometimes", "often"),
    ("never", "rarely", "sometimes", "often", "always"), ("none", "few", "most", "all"), ("vu", "su", "sl", "vl"),
    ("tem", "jem", "jsm", "tsm"), ("tem", "jem", "ese", "jsm", "tsm"), ("no", "yes"), ("ei", "kylla"),
)  # fmt: skip
_NO_ANSWER = frozenset(("idk", "dk", "dontknow", "na", "n/a", "noanswer", "eos", "ei_vastausta", "blank", "missing"))
_SUFFIX = re.compile(r"^(?P<stem>.+?)[_\-. ](?P<option>[^_\-. ]+)$")
_LEAST_ITEMS = 2


@dataclass(frozen=True)
class CountedItem:
    """An item given as counts.

    Attributes
    ----------
    name : the columns' common stem. options : value of each option to its columns; None holds "don't know".
    known : whether the options' order is a customary one; else it is the order of the columns.
    """

    name: str
    options: Mapping[float | None, tuple[str, ...]]
    known: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the item."""
        return tuple(column for columns in self.options.values() for column in columns)


def counted_items(columns: Mapping[str, Column]) -> list[CountedItem]:
    """All items of a file whose columns count answers; empty unless at least two items share their options."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, column in columns.items():
        parts = _SUFFIX.match(name)
        if parts and _counts(column) and "|" not in name:
            found.setdefault(parts["stem"], []).append((plain(parts["option"]), name))
    items = [item for stem, options in found.items() if (item := _item(stem, options))]
    shared = [tuple(item.options) for item in items]
    many = any(
        np.nanmax(columns[name].numbers) > _largest_code(item)
        for item in items
        for name in item.columns
        if columns[name].numeric
    )
    return items if many and any(shared.count(options) >= _LEAST_ITEMS for options in shared) else []


def _counts(column: Column) -> bool:
    numbers = column.numbers[np.isfinite(column.numbers)]
    if not len(numbers):
        return column.n_answered == 0
    return bool((numbers >= 0).all() and (numbers == np.round(numbers)).all())


def _largest_code(item: CountedItem) -> float:
    return max(value for value in item.options if value is not None) + 6


def _item(stem: str, options: Sequence[tuple[str, str]]) -> CountedItem | None:
    answers = [(option, name) for option, name in options if option not in _NO_ANSWER]
    unknown = tuple(name for option, name in options if option in _NO_ANSWER)
    words = tuple(option for option, _ in answers)
    if len(answers) < 2 or len(set(words)) < len(words):
        return None
    order = next((known for known in _ORDERED if set(known) == set(words)), None)
    if all(option.isdecimal() for option in words):
        order = tuple(sorted(words, key=int))
    column_of = dict(answers)
    valued: dict[float | None, tuple[str, ...]] = {
        float(place): (column_of[word],) for place, word in enumerate(order or words, start=1)
    }
    return CountedItem(stem, {**valued, None: unknown} if unknown else valued, order is not None)


def mean_answers(item: CountedItem, columns: Mapping[str, Column]) -> Floats:
    """(N,) mean answer of each row's counted answers, NaN without any."""
    counts = {
        value: np.nansum([columns[name].numbers for name in names], axis=0)
        for value, names in item.options.items()
        if value is not None
    }
    total = np.sum(list(counts.values()), axis=0)
    weighted = np.sum([value * n for value, n in counts.items()], axis=0)
    means: Floats = np.divide(weighted, total, out=np.full(len(total), np.nan), where=total > 0)
    return means
