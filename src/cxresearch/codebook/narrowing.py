"""A counted source narrowed to some of its columns: rows that say the same there are counted together.

Many respondents who answer few questions say few different things: what takes some questions only works on thousands
of rows instead of millions. Sources whose rows each stand for one respondent stay as they are, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.codebook.distinct import Bools, Codes, Ints
from cxresearch.codebook.responses import KEY_COLUMNS, Responses

LARGEST_HELD = 1_000_000
"""A narrowed source with more rows than this is made anew when it is asked for again."""

_LARGEST = 2**62
_SAMPLE = 100_000

Columns = Mapping[str, NDArray[Any]]


def is_counted(responses: Responses) -> bool:
    """Whether some rows stand for several respondents."""
    return responses.grain == "respondents" and bool((responses.frame["frequency"] > 1).any())


def combined(columns: Iterable[NDArray[Any] | pd.Series], n_rows: int) -> tuple[Codes, Codes]:
    """Rows that are equal in every column (missing values too): a number for each (N,), and the first row of each (U,).

    The numbers are given in the order in which the rows come.
    """
    key, size = np.zeros(n_rows, dtype=np.int64), 1
    for column in columns:
        codes, values = pd.factorize(column)
        if size > _LARGEST // (len(values) + 1):
            key, different = pd.factorize(key)
            size = len(different)
        key *= len(values) + 1
        key += codes
        key += 1
        size *= len(values) + 1
    sample = key[:: max(1, n_rows // _SAMPLE)]
    if 2 * len(np.unique(sample)) > len(sample):
        return _sorted_out(key)
    codes = pd.factorize(key)[0]
    return codes, np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))


def _sorted_out(key: Ints) -> tuple[Codes, Codes]:
    """As `combined`, by sorting, which takes less memory than a hash table where most rows are different."""
    small = np.min_scalar_type(-max(len(key), 1))
    if (np.diff(np.sort(key)) > 0).all():
        rows = np.arange(len(key), dtype=small)
        return rows, rows
    order = np.argsort(key, kind="stable").astype(small)
    starts = np.diff(key[order], prepend=key[order[0]] - 1) > 0
    first = order[starts]
    place = np.empty(len(first), dtype=small)
    place[np.argsort(first)] = np.arange(len(first), dtype=small)
    codes = np.empty(len(key), dtype=small)
    codes[order] = place[np.cumsum(starts, dtype=small) - 1]
    return codes, np.sort(first)


def apart(frame: pd.DataFrame) -> Ints:
    """(N,) a number of its own for every row of a respondent who is named, 0 for all others.

    Somebody's equal answers are not counted together: they are one person's, who is averaged before persons are.
    """
    named = (frame["respondent"] != "").to_numpy(dtype=bool)
    numbers: Ints = np.where(named, np.cumsum(named), 0) if named.any() else np.zeros(len(named), dtype=np.int64)
    return numbers


@dataclass(frozen=True)
class Narrowing:
    """One counted source, narrowed for whoever asks; what was asked for before is at hand.

    Attributes
    ----------
    responses : the source. kept : (N,) the rows that stay; None = all.
    """

    responses: Responses
    kept: Bools | None = None
    _held: dict[tuple[str, ...], Responses] = field(default_factory=dict, repr=False)
    _keys: list[NDArray[np.integer[Any]]] = field(default_factory=list, repr=False)

    def over(self, names: Iterable[str], also: Columns | None = None) -> Responses:
        """The source counted over its keys and some of its columns, in the order in which they first occur.

        The frame has the keys, these columns (so far as the source has them) and those of `also`, further columns
        (N,) by name. What is told of a source with `also` is made anew each time.
        """
        chosen = tuple(name for name in self.responses.frame if name in set(names) and name not in KEY_COLUMNS)
        if also:
            return self._made(chosen, also)
        if chosen not in self._held:
            made = self._made(chosen, {})
            if len(made.frame) > LARGEST_HELD:
                return made
            self._held[chosen] = made
        return self._held[chosen]

    def _made(self, names: tuple[str, ...], also: Columns) -> Responses:
        frame, kept = self.responses.frame, slice(None) if self.kept is None else self.kept
        columns: list[NDArray[Any] | pd.Series] = [self._key(), *(frame[name] for name in names), *also.values()]
        n_rows = len(frame) if self.kept is None else int(self.kept.sum())
        codes, first = combined((column[kept] for column in columns), n_rows)
        together = np.bincount(codes, weights=frame["frequency"].to_numpy()[kept], minlength=len(first))
        places = first if self.kept is None else np.flatnonzero(self.kept)[first]
        counted = frame[[*KEY_COLUMNS, *names]].iloc[places].reset_index(drop=True)
        more = {name: column[places] for name, column in also.items()}
        return replace(self.responses, frame=counted.assign(frequency=together.astype(np.int64), **more))

    def _key(self) -> NDArray[np.integer[Any]]:
        """(N,) unit, period and respondent of each row as one number."""
        if not self._keys:
            frame = self.responses.frame
            codes, first = combined((frame["unit"], frame["period"], apart(frame)), len(frame))
            self._keys.append(codes.astype(np.min_scalar_type(len(first))))
        return self._keys[0]


def patterns(responses: Responses, names: Iterable[str]) -> tuple[pd.DataFrame, NDArray[np.integer[Any]] | None]:
    """The different answers to some columns of a counted source, whoever gave them; else all rows.

    Returns
    -------
    The first row with each, `frequency` being of all rows with it; and of each row of the source (N,) its place among
    them, None where they are the source's own rows.
    """
    frame = responses.frame
    if not is_counted(responses):
        return frame, None
    codes, first = combined((frame[name] for name in names), len(frame))
    together = np.bincount(codes, weights=frame["frequency"].to_numpy(), minlength=len(first))
    counted = frame.iloc[first].reset_index(drop=True).assign(frequency=together.astype(np.int64))
    return counted, codes.astype(np.min_scalar_type(len(first)))
