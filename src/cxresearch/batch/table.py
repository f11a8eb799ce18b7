"""A table of parameters: one report per row, everything that is wrong with it told at once."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxresearch.batch.parameters import Parameter, typed
from cxresearch.errors import ParameterError, Problem, raise_if
from cxresearch.readers import RawTable, read

NAME = "name"
"""The column that names a row; without it a row is named by its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a table: its name, its typed values and its line in the file."""

    name: str
    values: Mapping[str, Any]
    line: int


def read_table(path: Path, parameters: Sequence[Parameter], *, given: Collection[str] = ()) -> tuple[TableRow, ...]:
    """Read a table (`.csv`, `.xlsx`, …) of a notebook's parameters.

    Parameters
    ----------
    parameters : of the notebook. given : those that the command gives, so that no column may.

    Raises
    ------
    ParameterError
        Unknown columns, columns that the command gives, missing columns and values, ill-typed values and repeated
        names: all at once, each with its line, column and value.
    ReadError
        If the file cannot be read.
    """
    table = read(path, name="table", shown_as=str(path))
    known = {parameter.name: parameter for parameter in parameters if parameter.name not in given}
    columns = [str(column) for column in table.frame.columns]
    problems = [*_of_columns(table, columns, known, given)]
    rows: list[TableRow] = []
    for place, line in enumerate(table.lines):
        cells = dict(zip(columns, table.frame.iloc[place], strict=True))
        values, wrong = _values(table, cells, known, int(line))
        problems += wrong
        rows.append(TableRow(name=_name(cells, known, values), values=values, line=int(line)))
    problems += _repeated(table, rows)
    raise_if(problems, ParameterError)
    return tuple(rows)


def _of_columns(
    table: RawTable, columns: Sequence[str], known: Mapping[str, Parameter], given: Collection[str]
) -> list[Problem]:
    problems = []
    names = ", ".join((*known, NAME))
    for column in columns:
        if column in given:
            problems.append(Problem(code="batch.column_of_command", file=table.file, line=1, column=column))
        elif column not in known and column != NAME:
            near = difflib.get_close_matches(column, [*known, NAME], n=1)
            details = {"known": names, "nearest": near[0] if near else names}
            problems.append(
                Problem(code="batch.unknown_column", file=table.file, line=1, column=column, details=details)
            )
    missing = [name for name, parameter in known.items() if parameter.required and name not in columns]
    problems += [Problem(code="batch.no_column", file=table.file, line=1, column=name) for name in missing]
    return problems


def _values(
    table: RawTable, cells: Mapping[str, object], known: Mapping[str, Parameter], line: int
) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems = []
    for column, cell in cells.items():
        parameter = known.get(column)
        if parameter is None:
            if column == NAME and _blank(cell):
                problems.append(Problem(code="batch.missing_value", file=table.file, line=line, column=column))
            continue
        if _blank(cell):
            if parameter.optional:
                values[column] = None
            else:
                problems.append(Problem(code="batch.missing_value", file=table.file, line=line, column=column))
            continue
        try:
            values[column] = typed(cell, parameter, table.decimal)
        except ValueError:
            code = f"batch.not_{parameter.type}"
            problems.append(Problem(code=code, file=table.file, line=line, column=column, value=str(cell)))
    return values, problems


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _name(cells: Mapping[str, object], known: Mapping[str, Parameter], values: Mapping[str, Any]) -> str:
    if not _blank(cells.get(NAME)):
        return str(cells[NAME]).strip()
    return ", ".join(str(values[column]) for column in cells if column in known and column in values)


def _repeated(table: RawTable, rows: Sequence[TableRow]) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for row in rows:
        earlier = first.setdefault(row.name.casefold(), row.line)
        if row.name and earlier != row.line:
            column = NAME if NAME in table.frame.columns else ""
            details = {"first": earlier}
            problems.append(
                Problem(
                    code="batch.repeated_name",
                    file=table.file,
                    line=row.line,
                    column=column,
                    value=row.name,
                    details=details,
                )
            )
    return problems
