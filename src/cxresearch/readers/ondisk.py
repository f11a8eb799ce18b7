"""A table that stays on disk, asked through DuckDB."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

import duckdb
import pandas as pd
import pyarrow as pa

from cxresearch.readers.refusal import refusal

VIEW = "source"
COUNT = "n_rows"
_PORTION = 100_000
_AT_REST = "100MB"


def quoted(name: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(slots=True)
class LargeTable:
    """A source that stays on disk. Use it as a context manager: it owns a DuckDB connection and a temporary folder.

    Attributes
    ----------
    file : the file as the user named it; sha256 : hash of its bytes; format : csv or parquet.
    columns : names as `read` gives them; n_rows : number of rows. Text tables have text columns only, never NULL.
    decimal : `,` or `.`, from the first 20,000 rows; details : as in `RawTable`.
    """

    file: str
    sha256: str
    format: str
    columns: tuple[str, ...]
    n_rows: int
    decimal: str
    details: Mapping[str, str]
    _connection: duckdb.DuckDBPyConnection = field(repr=False)
    _folder: tempfile.TemporaryDirectory[str] = field(repr=False)

    @property
    def relation(self) -> duckdb.DuckDBPyRelation:
        """All rows and columns, not yet read."""
        return self._connection.view(VIEW)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """The relation of a DuckDB query in which the table is called `source`.

        Raises
        ------
        ReadError
            DuckDB refuses the query.
        """
        try:
            return self._connection.sql(query)
        except duckdb.Error as error:
            raise refusal("query_failed", self.file, value=query, reason=str(error)) from None

    def portions(self, relation: duckdb.DuckDBPyRelation) -> Iterator[pa.RecordBatch]:
        """The rows of a relation, some 100,000 at a time.

        Raises
        ------
        ReadError
            DuckDB fails, for want of memory or disk.
        """
        try:
            yield from relation.to_arrow_reader(_PORTION)
        except (duckdb.Error, pa.ArrowException) as error:
            raise refusal("query_failed", self.file, value=relation.alias, reason=str(error)) from None

    def group_values(self, unit_columns: Sequence[str], value_columns: Sequence[str]) -> pd.DataFrame:
        """Count the rows of every distinct combination of units and values, out of core.

        Moments follow from the counts: Σx = Σ n_rows·x, Σxy = Σ n_rows·x·y for two value columns counted together.
        Memory grows with the number of combinations, so ask for one column, or one pair, at a time.

        Returns
        -------
        DataFrame with the unit columns, the value columns and `n_rows`, ordered by the former.

        Raises
        ------
        ValueError
            Unknown or repeated columns, or one that is called `n_rows`.
        """
        wanted = [*unit_columns, *value_columns]
        unknown = [column for column in wanted if column not in self.columns]
        if unknown or not wanted or len({column.lower() for column in wanted}) < len(wanted) or COUNT in wanted:
            raise ValueError(f"{self.file}: cannot group by {wanted!r}; the columns are {list(self.columns)!r}")
        names = ", ".join(map(quoted, wanted))
        counts = self.sql(f"SELECT {names}, count(*) AS {COUNT} FROM {VIEW} GROUP BY {names} ORDER BY {names}")
        return pd.DataFrame(counts.df())

    def rest(self) -> None:
        """Give DuckDB's memory back; what is asked later works on disk."""
        self._connection.execute(f"SET memory_limit = '{_AT_REST}'")

    def close(self) -> None:
        """Close the connection and remove the temporary folder."""
        self._connection.close()
        self._folder.cleanup()

    def __enter__(self) -> LargeTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
