"""A column as its different values, so that each value is read once however often it occurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.codebook.texts import is_blank, parse_number, visible
from cxresearch.readers import Missing

Objects = NDArray[np.object_]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.integer[Any]]
_PLAIN = frozenset({"string", "integer", "floating", "mixed-integer-float", "datetime", "datetime64", "date", "empty"})


@dataclass(frozen=True, slots=True)
class Distinct:
    """A column of N cells with U different values.

    Attributes
    ----------
    codes : (N,) position of the cell's value in `values`, -1 where there is no answer; integers as small as will do.
    values : (U,) the different values as the file has them, none of them blank.
    """

    codes: Codes
    values: Objects

    @property
    def answered(self) -> NDArray[np.bool_]:
        """(N,) whether the cell holds an answer."""
        return self.codes >= 0

    def spread(self, of_values: NDArray[Any], otherwise: Any) -> NDArray[Any]:
        """What was found for each value (U,), given to every cell (N,); `otherwise` where there is no answer."""
        return np.append(of_values, np.array([otherwise], dtype=of_values.dtype))[self.codes]

    def without(self, dropped: NDArray[np.bool_]) -> Distinct:
        """The column with some values (U,) turned into no answer."""
        if not dropped.any():
            return self
        places = np.where(dropped, -1, np.cumsum(~dropped) - 1)
        return Distinct(np.append(places, -1).astype(self.codes.dtype)[self.codes], self.values[~dropped])

    def rows(self, keep: NDArray[np.bool_] | Ints) -> Distinct:
        """Some rows of the column."""
        return Distinct(self.codes[keep], self.values)

    def counts(self, frequency: NDArray[np.int64]) -> NDArray[np.int64]:
        """(U,) how many answers hold each value, rows standing for `frequency` (N,) answers."""
        known = self.answered
        tally = np.bincount(self.codes[known], weights=frequency[known], minlength=len(self.values))
        return tally.astype(np.int64)


def distinct(column: pd.Series) -> Distinct:
    """The different values of a raw column; blanks are no answers."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return _distinct(column.to_numpy(dtype=object))
    known = _distinct(column.cat.categories.to_numpy(dtype=object))
    codes = column.cat.codes.to_numpy()
    return Distinct(np.append(known.codes, -1).astype(codes.dtype)[codes], known.values)


def _distinct(cells: Objects) -> Distinct:
    if pd.api.types.infer_dtype(cells, skipna=True) not in _PLAIN:
        cells = np.array([_told_apart(cell) for cell in cells], dtype=object)
    codes, values = pd.factorize(cells)
    blank = np.fromiter((is_blank(value) for value in values), dtype=bool, count=len(values))
    return Distinct(codes.astype(np.int64), np.asarray(values, dtype=object)).without(blank)


def _told_apart(cell: object) -> object:
    """True and 1 are the same key to a hash table but not the same answer."""
    return str(bool(cell)).upper() if isinstance(cell, (bool, np.bool_)) else cell


def without_missing(
    column: Distinct, declared: Sequence[str], ranges: Sequence[Missing], *, decimal: str
) -> tuple[Distinct, NDArray[np.bool_]]:
    """The column with declared missing codes and user-missing ranges turned into no answer, and which values went.

    A code matches a cell of the same text (regardless of case and blanks) or of the same number: `99`, `99.0`.
    """
    texts = {visible(code).casefold() for code in declared}
    numbers = {number for code in declared if (number := parse_number(code, "")) is not None}
    dropped = np.fromiter(
        (_is_missing(value, texts, numbers, ranges, decimal) for value in column.values), bool, len(column.values)
    )
    return column.without(dropped), dropped


def _is_missing(value: object, texts: set[str], numbers: set[float], ranges: Sequence[Missing], decimal: str) -> bool:
    if isinstance(value, str) and visible(value).casefold() in texts:
        return True
    if any(span.holds(value) for span in ranges):
        return True
    return bool(numbers) and parse_number(value, decimal) in numbers
