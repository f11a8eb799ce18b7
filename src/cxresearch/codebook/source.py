"""One raw file during validation: its columns read as numbers, categories and texts, faults collected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cxresearch.codebook.distinct import Distinct, Ints, Objects, distinct, without_missing
from cxresearch.codebook.faults import not_a_number, wrong_number
from cxresearch.codebook.keys import unit_keys
from cxresearch.codebook.places import Fault, Rows
from cxresearch.codebook.texts import cell_text, parse_number
from cxresearch.codebook.variables import Variable
from cxresearch.errors import Problem
from cxresearch.readers import RawTable

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RawSource:
    """The analysed columns of a file.

    Attributes
    ----------
    table : the file; its frame is not looked at any more.
    rows : the N rows still kept.
    columns : name in the codebook to its cells, missing codes already turned into no answer.
    n_declared_missing : answers that a declared missing code took.
    problems : what was found wrong; readers add to it.
    """

    table: RawTable
    rows: Rows
    columns: Mapping[str, Distinct]
    n_declared_missing: int = 0
    problems: list[Problem] = field(default_factory=list)

    def kept(self, keep: NDArray[np.bool_]) -> RawSource:
        """The same file with some of its rows."""
        if keep.all():
            return self
        columns = {name: column.rows(keep) for name, column in self.columns.items()}
        return replace(self, rows=self.rows.kept(keep), columns=columns)

    def report(self, name: str, column: Distinct, faults: Mapping[int, Fault]) -> None:
        """Collect the problems of faulty values."""
        self.problems.extend(self.rows.problems(name, column, faults))

    def report_rows(self, name: str, where: NDArray[np.bool_], fault: Fault) -> None:
        """Collect the problem of rows (N,) whose cell in a column is blank."""
        self.report(name, Distinct(np.where(where, 0, -1), np.array([""], dtype=object)), {0: fault})

    def numbers(self, variable: Variable, name: str, *, counts: bool = False) -> tuple[Floats, bool]:
        """A column as numbers (N,), NaN without answer, and whether every answer was valid."""
        column = self.columns[name]
        labels = self.table.value_labels.get(name, {})
        decimal = self.table.decimal
        faults: dict[int, Fault] = {}
        values = np.full(len(column.values), np.nan)
        for place in _occurring(column):
            cell = column.values[place]
            number = parse_number(cell, decimal)
            fault = (
                not_a_number(cell, decimal, labels) if number is None else wrong_number(number, variable, counts=counts)
            )
            if fault is None and number is not None:
                values[place] = number
            elif fault is not None:
                faults[place] = fault
        self.report(name, column, faults)
        return column.spread(values, np.nan), not faults

    def texts(self, name: str, write: Callable[[object], str] = cell_text) -> Objects:
        """A column as texts (N,), "" without answer."""
        column = self.columns[name]
        return column.spread(np.array([write(value) for value in column.values], dtype=object), "")

    def categories(self, name: str) -> Objects:
        """A column as categories (N,), None without answer: value labels where the file has them.

        Spellings that differ in case and blanks only are one category.
        """
        column = self.columns[name]
        labels = self.table.value_labels.get(name, {})
        written = np.array([labels.get(value, value) for value in column.values], dtype=object)
        merged = unit_keys(Distinct(column.codes, written), self.rows.frequency)
        return np.array([merged.names.get(key) for key in merged.keys], dtype=object)


def _occurring(column: Distinct) -> list[int]:
    found: list[int] = np.unique(column.codes[column.answered]).tolist()
    return found


def raw_source(
    table: RawTable, frequency: Ints, variables: Mapping[str, Variable], found: Mapping[str, str]
) -> RawSource:
    """Take the analysed columns out of a file, rows in the file's order.

    Parameters
    ----------
    frequency : (N,) how many rows each row stands for.
    variables : name of a column in the codebook to its variable. found : the same name to the name in the file.
    """
    order = np.argsort(table.lines, kind="stable")
    rows = Rows(table.file, table.lines[order], frequency[order])
    columns: dict[str, Distinct] = {}
    n_missing = 0
    for name, place in found.items():
        raw = distinct(table.frame[place]).rows(order)
        ranges = table.user_missing.get(place, ())
        columns[name], dropped = without_missing(raw, variables[name].missing, ranges, decimal=table.decimal)
        n_missing += int(raw.counts(rows.frequency)[dropped].sum())
    return RawSource(table, rows, columns, n_missing)
