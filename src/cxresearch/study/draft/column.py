"""A column of a raw file, looked at without a codebook: its answers as text and number, and codes that are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.codebook.dates import readings
from cxresearch.codebook.texts import cell_text, number_text, parse_number
from cxresearch.readers import RawTable

_NO_ANSWER = frozenset(
    (
        "n/a", "na", "n.a.", "nan", "null", "#n/a", "#null!", "none", "missing", "-", "--", ".", "?", "*", "unknown",
        "not scored", "not applicable", "no answer", "dont know", "don't know", "eos", "ei vastausta", "ei vastannut",
        "en osaa sanoa", "puuttuu", "ei tietoa",
    )
)  # fmt: skip
_CODES: tuple[float, ...] = (
    -9999, -999, -99, -98, -88, -77, -9, -8, -7, -1, 77, 88, 97, 98, 99, 997, 998, 999, 9998, 9999,
)  # fmt: skip
_LOW_CODES = (8.0, 9.0)
_NUMERIC_SHARE = 0.95
_MAX_STRAY_TEXTS = 3
_SAMPLE = 200
_DATE_SHARE = 0.9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """What a column shows.

    Attributes
    ----------
    name : as the file names it, blanks collapsed. question : the file's own label, "" without.
    texts : (N,) cells as text, "" where nothing is answered. numbers : (N,) NaN where the cell is no number.
    tokens : texts that mean "no answer"; codes : numbers that probably do, as the file writes them.
    labels : value labels of the file.
    """

    name: str
    question: str
    texts: NDArray[np.object_]
    numbers: Floats
    tokens: tuple[str, ...]
    codes: tuple[str, ...]
    labels: Mapping[float | str, str]

    @cached_property
    def answers(self) -> Floats:
        """(N,) numbers without the codes that probably mean "no answer"."""
        return np.where(np.isin(self.numbers, [float(code) for code in self.codes]), np.nan, self.numbers)

    @cached_property
    def values(self) -> Floats:
        """The different numbers answered, ascending."""
        return np.unique(self.answers[np.isfinite(self.answers)])

    @cached_property
    def categories(self) -> frozenset[str]:
        """The different texts answered, regardless of case."""
        return frozenset(text.casefold() for text in set(self.texts) - {""} - set(self.tokens))

    @property
    def n_answered(self) -> int:
        """Rows with an answer."""
        return int(sum(text != "" and text not in self.tokens for text in self.texts))

    @property
    def numeric(self) -> bool:
        """Whether the answers are numbers."""
        return len(self.values) > 0

    @property
    def whole(self) -> bool:
        """Whether the answers are whole numbers."""
        return self.numeric and bool((self.values == np.round(self.values)).all())

    @property
    def unique(self) -> bool:
        """Whether (nearly) every row holds another value."""
        return len(self.categories) >= 0.95 * self.n_answered > 0

    @cached_property
    def time(self) -> bool:
        """Whether the answers are dates."""
        if self.numeric or not self.categories:
            return False
        found = [bool(readings(text)) for text in sorted(self.categories)[:_SAMPLE]]
        return sum(found) >= _DATE_SHARE * len(found)

    @property
    def says(self) -> str:
        """Name and question together, for words that tell the meaning."""
        return f"{self.name} {self.question}"


def columns_of(table: RawTable) -> dict[str, Column]:
    """All columns of a file, by name."""
    found = [_column(table, str(name)) for name in table.frame.columns]
    return {column.name: column for column in found}


def pooled(columns: Sequence[Column]) -> Column:
    """The same column of several files, rows one after another."""
    first = columns[0]
    if len(columns) == 1:
        return first
    return Column(
        name=first.name,
        question=first.question,
        texts=np.concatenate([column.texts for column in columns]),
        numbers=np.concatenate([column.numbers for column in columns]),
        tokens=tuple(dict.fromkeys(token for column in columns for token in column.tokens)),
        codes=tuple(dict.fromkeys(code for column in columns for code in column.codes)),
        labels=first.labels,
    )


def _column(table: RawTable, name: str) -> Column:
    codes, values = pd.factorize(table.frame[name], use_na_sentinel=True)
    declared = table.user_missing.get(name, ())
    kept = [not any(missing.holds(value) for missing in declared) for value in values]
    texts = [cell_text(value) if keep else "" for value, keep in zip(values, kept, strict=True)]
    numbers = [parse_number(value, table.decimal) if keep else None for value, keep in zip(values, kept, strict=True)]
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    tokens = _tokens(texts, numbers, counts)
    if _share_of_numbers(texts, numbers, tokens, counts) < _NUMERIC_SHARE:
        numbers = [None] * len(values)
    of_value = np.array([np.nan if number is None else number for number in numbers] + [np.nan])
    return Column(
        name=" ".join(name.split()),
        question=cell_text(table.variable_labels.get(name, "")),
        texts=np.array([*texts, ""], dtype=object)[codes],
        numbers=of_value[codes],
        tokens=tokens,
        codes=_missing_codes(of_value[np.isfinite(of_value)]),
        labels=table.value_labels.get(name, {}),
    )


def _tokens(texts: list[str], numbers: list[float | None], counts: NDArray[np.int64]) -> tuple[str, ...]:
    known = [text for text in texts if text.casefold() in _NO_ANSWER]
    stray = [text for text, number in zip(texts, numbers, strict=True) if number is None and text and text not in known]
    rows = sum(int(n) for text, n in zip(texts, counts, strict=True) if text in stray)
    answered = sum(int(n) for text, n in zip(texts, counts, strict=True) if text and text not in known)
    if len(stray) <= _MAX_STRAY_TEXTS and rows <= (1 - _NUMERIC_SHARE) * answered:
        known += stray
    return tuple(dict.fromkeys(known))


def _share_of_numbers(
    texts: list[str], numbers: list[float | None], tokens: tuple[str, ...], counts: NDArray[np.int64]
) -> float:
    asked = [(number, n) for text, number, n in zip(texts, numbers, counts, strict=True) if text and text not in tokens]
    answered = sum(n for _, n in asked)
    return float(sum(n for number, n in asked if number is not None) / answered) if answered else 0.0


def _missing_codes(values: Floats) -> tuple[str, ...]:
    """Codes that stand well apart from the other answers, such as 99 beside 1…5."""
    different = np.unique(values)
    rest = different[~np.isin(different, _CODES)]
    if not len(rest):
        return ()
    found = [code for code in _CODES if code in different and _apart(code, rest)]
    low = rest[~np.isin(rest, _LOW_CODES)]
    if len(low) >= 3 and (low == np.round(low)).all() and rest[-1] in _LOW_CODES and low[-1] <= 6:
        found += [code for code in _LOW_CODES if code in rest and code > low[-1] + 1]
    return tuple(number_text(float(code)) for code in sorted(found))


def _apart(code: float, rest: Floats) -> bool:
    return bool(rest[0] >= 0) if code < 0 else bool(code > 2 * rest[-1] + 1)
