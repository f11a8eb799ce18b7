"""The alias table: other names of units, one row each, columns `alias` and `unit`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cxresearch.codebook.keys import unit_key
from cxresearch.codebook.nearest import unknown_name
from cxresearch.codebook.texts import cell_text
from cxresearch.errors import Problem, StudyError, raise_if
from cxresearch.readers import RawTable, read

_COLUMNS = ("alias", "unit")


def load_aliases(path: Path, shown_as: str) -> Mapping[str, str]:
    """Read an alias table: key of the alias to the unit's proper name.

    Raises
    ------
    ReadError
        If the file cannot be read.
    StudyError
        If it lacks a column, a cell is empty, an alias names two units, or a unit is itself an alias.
    """
    return aliases_of(read(path, name="aliases", shown_as=shown_as))


def aliases_of(table: RawTable) -> Mapping[str, str]:
    """The aliases that a table holds.

    Raises
    ------
    StudyError
        As `load_aliases`.
    """
    headers = {cell_text(column).casefold(): column for column in table.frame.columns}
    raise_if(
        [
            unknown_name("codebook.alias_header", name, headers, file=table.file, line=None, column=name)
            for name in _COLUMNS
            if name not in headers
        ],
        StudyError,
    )
    names, units = (table.frame[headers[name]].map(cell_text).tolist() for name in _COLUMNS)
    found: dict[str, tuple[str, int]] = {}
    problems = []
    for name, unit, line in zip(names, units, table.lines.tolist(), strict=True):
        if not name and not unit:
            continue
        known = found.setdefault(unit_key(name), (unit, line))
        if not name or not unit:
            problems.append(Problem(code="codebook.alias_empty", file=table.file, line=line, value=name or unit))
        elif unit_key(known[0]) != unit_key(unit):
            problems.append(_contradiction("alias_of_two", table.file, line, name, known))
    for unit, line in list(found.values()):
        target = found.get(unit_key(unit))
        if target is not None and unit_key(target[0]) != unit_key(unit):
            problems.append(_contradiction("alias_of_alias", table.file, line, unit, target))
    raise_if(problems, StudyError)
    return {key: unit for key, (unit, _) in found.items()}


def _contradiction(code: str, file: str, line: int, name: str, known: tuple[str, int]) -> Problem:
    details = {"unit": known[0], "first": str(known[1])}
    return Problem(code=f"codebook.{code}", file=file, line=line, column="alias", value=name, details=details)
