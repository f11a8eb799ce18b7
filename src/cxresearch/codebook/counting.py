"""Equal rows counted on disk, and respondents who appear twice found there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from cxresearch.codebook.dates import TIME_OF_DAY
from cxresearch.codebook.distinct import Ints
from cxresearch.codebook.duplicates import Policy
from cxresearch.codebook.texts import parse_number, visible
from cxresearch.readers import LargeTable
from cxresearch.readers.ondisk import VIEW, literal, quoted
from cxresearch.readers.parquet import plain

_BLANKS = r"[\s\x{00A0}\x{200B}\x{202F}\x{FEFF}]+"
_SHOWN = 100_000
_OCCASION = "coalesce(own, label)"
_WHOLE = ("line", "frequency", "n")


@dataclass(frozen=True, slots=True)
class Told:
    """How the rows of a file tell their period: `text` in SQL, and the label of each text ("" if it has none)."""

    text: str = "''"
    labels: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """How rows of the same respondent are told on disk.

    Attributes
    ----------
    column : the respondents' column; missing : its declared missing codes.
    outside : SQL condition of rows that have no unit or no period and so are nobody's.
    occasion : the column in which the file itself tells when a row was answered; "" if only the study tells it.
    """

    column: str
    missing: Sequence[str] = ()
    outside: str = "false"
    occasion: str = ""


def as_text(expression: str) -> str:
    """SQL: a value as text."""
    return f"CAST({expression} AS VARCHAR)"


def as_day(table: LargeTable, column: str) -> str:
    """SQL: a date without the time of day, which tells nothing of the period but makes every row different."""
    kind = str(table.relation.types[table.relation.columns.index(column)])
    if kind.startswith("TIMESTAMP"):
        return f"CAST({quoted(column)} AS DATE)"
    if kind == "VARCHAR":
        return f"regexp_replace({quoted(column)}, {literal(f'(?:{TIME_OF_DAY})$')}, '')"
    return quoted(column)


def is_one_of(expression: str, texts: Iterable[str]) -> str:
    """SQL: whether a text is among some."""
    listed = ", ".join(literal(text) for text in texts)
    return f"{expression} IN ({listed})" if listed else "false"


def values_of(table: LargeTable, expression: str) -> tuple[pd.Series, list[str]]:
    """The different values of an expression, and each as SQL's text ("" for NULL)."""
    found = fetched(table, f"SELECT {expression} AS v, {as_text(expression)} AS t FROM {VIEW} GROUP BY ALL ORDER BY t")
    return found["v"], ["" if text is None else text for text in found["t"]]


def counted(
    table: LargeTable, columns: Sequence[str], told: Told, identity: Identity | None, policy: Policy
) -> pd.DataFrame:
    """The different rows of some columns (SQL expressions) as `c0` …, with the `label` of their period.

    `frequency` is how many rows of the file each stands for, `line` the first of them. Rows that the policy drops as
    repetitions of a respondent are left out. `respondent` is the id of those who have several rows, whose answers
    belong together and are not counted as one, and "" for all others.
    """
    names = ", ".join([*(f"c{place}" for place in range(len(columns))), "label", "respondent"])
    kept = _kept(columns, told, identity, policy)
    if identity is None:
        rows, groups = f"SELECT *, '' AS respondent FROM ({kept})", names
    else:
        groups = f"{names}, CASE WHEN respondent = '' THEN 0 ELSE line END"
        several = "SELECT id FROM kept WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1"
        rows = (
            f"WITH kept AS ({kept}) SELECT kept.*, coalesce(several.id, '') AS respondent "
            f"FROM kept LEFT JOIN ({several}) several ON kept.id = several.id"
        )
    query = f"SELECT {names}, min(line) AS line, count(*) AS frequency FROM ({rows})"
    return fetched(table, f"{query} GROUP BY {groups}")


def in_order(table: LargeTable, columns: Sequence[str], told: Told) -> pd.DataFrame:
    """All rows of some columns (SQL expressions) as `c0` …, with `label`, `line` and a `frequency` of 1."""
    return fetched(table, f"SELECT * EXCLUDE (told), 1 AS frequency FROM ({_labelled(columns, told)})")


def repeated(table: LargeTable, told: Told, identity: Identity, unit: str | None) -> pd.DataFrame:
    """Rows (at most 100,000) of respondents with several rows of one occasion: `line`, `id`, `occasion`, `unit`."""
    columns = [quoted(unit) if unit else "''"]
    query = (
        f"SELECT line, id, {_OCCASION} AS occasion, c0 AS unit FROM ({_labelled(columns, told, identity)}) "
        f"WHERE id IS NOT NULL QUALIFY count(*) OVER (PARTITION BY id, {_OCCASION}) > 1 ORDER BY line LIMIT {_SHOWN}"
    )
    return fetched(table, query)


def n_repeated(table: LargeTable, told: Told, identity: Identity) -> int:
    """How many rows repeat a respondent of the same occasion."""
    known = f"SELECT id, {_OCCASION} AS occasion FROM ({_labelled([], told, identity)}) WHERE id IS NOT NULL"
    rows = f"SELECT count(*) AS n FROM ({known}) GROUP BY id, occasion"
    return int(fetched(table, f"SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) AS n FROM ({rows})")["n"].iloc[0])


def fetched(table: LargeTable, query: str) -> pd.DataFrame:
    """The result of a query: whole numbers, and categories of the values that a raw table has in its cells.

    It comes in portions, so that its texts are never in memory all at once.
    """
    relation = table.sql(query)
    whole: dict[str, list[Ints]] = {name: [] for name in relation.columns if name in _WHOLE}
    texts = {name: _Category() for name in relation.columns if name not in _WHOLE}
    for portion in table.portions(relation):
        for name, numbers in whole.items():
            numbers.append(portion.column(name).to_numpy())
        for name, category in texts.items():
            category.add(portion.column(name))
    columns = {name: category.column() for name, category in texts.items()}
    return pd.DataFrame(columns | {name: pd.Series(np.concatenate([_NONE, *whole[name]])) for name in whole})


_NONE = np.zeros(0, dtype=np.int64)


class _Category:
    """A column that grows: each different value once, and a small number per cell."""

    def __init__(self) -> None:
        self._places: dict[object, int] = {}
        self._codes: list[NDArray[np.integer[Any]]] = []

    def add(self, cells: pa.Array) -> None:
        encoded = cells.dictionary_encode()
        places = [self._place(plain(value)) for value in encoded.dictionary.to_pylist()]
        known = np.array([*places, -1])
        codes = known[encoded.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)]
        self._codes.append(codes.astype(np.min_scalar_type(-max(len(self._places), 1))))

    def _place(self, value: object) -> int:
        return -1 if value is None or value != value else self._places.setdefault(value, len(self._places))

    def column(self) -> pd.Series:
        values = np.empty(len(self._places), dtype=object)
        values[:] = list(self._places)
        codes = np.concatenate(self._codes) if self._codes else _NONE
        return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(values, dtype=object)))


def _labelled(columns: Sequence[str], told: Told, identity: Identity | None = None) -> str:
    """SQL: rows with their `line`, columns, `label` (the text where it has none) and, with an identity, `id`, `own`."""
    chosen = "".join(f", {expression} AS c{place}" for place, expression in enumerate(columns))
    if identity is not None:
        own = f"coalesce({_tidy(identity.occasion)}, '')" if identity.occasion else "NULL"
        chosen += f", {_id(identity)} AS id, {own} AS own"
    rows = f"SELECT row_number() OVER () AS line{chosen}, {told.text} AS told FROM {VIEW}"
    if not told.labels:
        return f"SELECT *, told AS label FROM ({rows})"
    known = ", ".join(f"({literal(text)}, {literal(label or text)})" for text, label in told.labels)
    return (
        f"SELECT r.*, coalesce(p.label, r.told) AS label FROM ({rows}) r "
        f"LEFT JOIN (VALUES {known}) p(text, label) ON r.told = p.text"
    )


def _id(identity: Identity) -> str:
    """SQL: the respondent's id as text; NULL where the row is nobody's."""
    tidy = _tidy(identity.column)
    codes = is_one_of(f"lower({tidy})", ("", *(visible(code).casefold() for code in identity.missing)))
    numbers = [repr(number) for code in identity.missing if (number := parse_number(code, "")) is not None]
    numeric = f"TRY_CAST(replace({tidy}, ',', '.') AS DOUBLE) IN ({', '.join(numbers)})" if numbers else "false"
    nobody = f"({codes}) OR coalesce({numeric}, false) OR ({identity.outside})"
    return f"CASE WHEN {nobody} THEN NULL ELSE {tidy} END"


def _tidy(column: str) -> str:
    """SQL: a cell as text, blanks trimmed and collapsed."""
    return f"trim(regexp_replace({as_text(quoted(column))}, {literal(_BLANKS)}, ' ', 'g'))"


def _kept(columns: Sequence[str], told: Told, identity: Identity | None, policy: Policy) -> str:
    if identity is None or policy == "error":
        return _labelled(columns, told, identity)
    order = "line DESC" if policy == "keep_last" else "line"
    return (
        f"SELECT * FROM ({_labelled(columns, told, identity)}) "
        f"QUALIFY id IS NULL OR row_number() OVER (PARTITION BY id, {_OCCASION} ORDER BY {order}) = 1"
    )
