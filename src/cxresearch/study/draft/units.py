"""Which column names the unit: the one whose values stand on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxresearch.study.draft.column import Column
from cxresearch.study.draft.words import says

_LEAST_OVERLAP = 0.3


@dataclass(frozen=True)
class UnitColumn:
    """The unit column of one file.

    Attributes
    ----------
    name : the column. shared : share (0..1) of the smaller file's units that the other side has too; 0 if none was
        found and the column is only the best-looking one.
    """

    name: str
    shared: float


def unit_pair(employee: Mapping[str, Column], customer: Mapping[str, Column]) -> tuple[UnitColumn, UnitColumn] | None:
    """The pair of columns that links two files best; None if no pair shares values."""
    best: tuple[float, UnitColumn, UnitColumn] | None = None
    for left in _candidates(employee):
        for right in _candidates(customer):
            shared = overlap(left, right)
            rank = _rank(left, right, shared)
            if shared >= _LEAST_OVERLAP and (best is None or rank > best[0]):
                best = rank, UnitColumn(left.name, shared), UnitColumn(right.name, shared)
    return best[1:] if best else None


def unit_alone(columns: Mapping[str, Column]) -> UnitColumn | None:
    """Without a shared column: the category that looks most like a unit."""
    candidates = [column for column in _candidates(columns, demographic=True) if _groups(column) and not _dated(column)]
    ranked = sorted(candidates, key=lambda c: (says(c.name, "demographic"), c.numeric, not says(c.name, "unit")))
    return UnitColumn(ranked[0].name, 0.0) if ranked else None


def overlap(left: Column, right: Column) -> float:
    """The share (0..1) of the smaller set of values that the other set holds too."""
    smaller = min(len(left.categories), len(right.categories))
    return len(left.categories & right.categories) / smaller if smaller else 0.0


def _candidates(columns: Mapping[str, Column], *, demographic: bool = False) -> list[Column]:
    found = []
    for column in columns.values():
        named = says(column.name, "unit")
        plausible = named or (not column.numeric and (demographic or not says(column.name, "demographic")))
        if plausible and (column.whole or not column.numeric) and len(column.categories) > 1:
            found.append(column)
    return found


def _dated(column: Column) -> bool:
    return column.time or says(column.name, "time")


def _groups(column: Column) -> bool:
    """Whether the values form groups rather than naming single rows."""
    return 2 <= len(column.categories) <= max(2, column.n_answered // 2)


def _rank(left: Column, right: Column, shared: float) -> float:
    named = says(left.name, "unit") + says(right.name, "unit")
    persons = says(left.name, "person") + says(right.name, "person")
    return shared + (left.name == right.name) + 0.5 * named - persons - (left.unique != right.unique)
