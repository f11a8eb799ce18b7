"""Reading the codebook file: a row per variable, every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from cxresearch.codebook import cells
from cxresearch.codebook.coherence import incoherences
from cxresearch.codebook.nearest import unknown_name
from cxresearch.codebook.texts import cell_text
from cxresearch.codebook.variables import ROLES, Codebook, Role, Variable
from cxresearch.errors import Problem, StudyError, raise_if
from cxresearch.language import Label
from cxresearch.readers import RawTable, read

COLUMNS = (
    "name", "source", "role", "scale", "reversed", "min", "max", "missing", "options",
    "label_fi", "label_en", "question_fi", "question_en", "informant",
    "stage", "moment", "touchpoint", "channel", "phase", "kind", "target", "note",
)  # fmt: skip
"""The columns of a codebook file; the first three are required, `note` is for people's remarks."""

_REQUIRED = COLUMNS[:3]
_Value = TypeVar("_Value")


def load_codebook(path: Path, shown_as: str) -> Codebook:
    """Read a codebook from CSV (any dialect) or a spreadsheet.

    Parameters
    ----------
    path : the file. shown_as : how messages name it.

    Raises
    ------
    ReadError
        If the file cannot be read.
    StudyError
        If it is no codebook or contradicts itself: all problems, with line and column.
    """
    return codebook_of(read(path, name="codebook", shown_as=shown_as))


def codebook_of(table: RawTable) -> Codebook:
    """The codebook that a table holds.

    Raises
    ------
    StudyError
        As `load_codebook`.
    """
    headers = {cell_text(column).casefold(): column for column in table.frame.columns}
    problems = _header_problems(headers, table.frame.columns, table.file)
    raise_if([problem for problem in problems if problem.code == "codebook.missing_header"], StudyError)
    known = {name: table.frame[column].map(cell_text) for name, column in headers.items() if name in COLUMNS}
    variables = []
    for row, line in enumerate(table.lines.tolist()):
        cells_of_row = {name: column.iloc[row] for name, column in known.items()}
        if any(cells_of_row.values()):
            variable, wrong = _Row(cells_of_row, table.file, line).variable()
            problems += wrong
            variables.append(variable)
    if not variables:
        problems.append(Problem(code="codebook.empty", file=table.file))
    problems += incoherences(variables, table.file)
    raise_if(sorted(problems, key=lambda problem: problem.line or 0), StudyError)
    return Codebook(tuple(variables), table.file, table.sha256)


def _header_problems(headers: Mapping[str, Any], columns: Iterable[Any], file: str) -> list[Problem]:
    missing = [
        Problem(code="codebook.missing_header", file=file, column=name, details={"required": ", ".join(_REQUIRED)})
        for name in _REQUIRED
        if name not in headers
    ]
    unknown = [
        unknown_name("codebook.unknown_header", str(column), COLUMNS, file=file, line=None, column=str(column))
        for name, column in headers.items()
        if name and name not in COLUMNS
    ]
    names = [cell_text(column).casefold() for column in columns]
    repeated = [
        Problem(code="codebook.repeated_header", file=file, column=name, value=name)
        for name in COLUMNS
        if names.count(name) > 1
    ]
    return missing + unknown + repeated


class _Row:
    """One row of the file on its way to a `Variable`: reads cells, collects problems."""

    def __init__(self, cells_of_row: Mapping[str, str], file: str, line: int) -> None:
        self.cells, self.file, self.line = cells_of_row, file, line
        self.problems: list[Problem] = []

    def variable(self) -> tuple[Variable, list[Problem]]:
        for column, code in (("name", "name_empty"), ("source", "source_empty")):
            if not self.text(column):
                self.wrong(code, column)
        none: Mapping[float | None, tuple[str, ...]] = {}
        options = self.read("options", cells.options, none)
        values = [value for value in options if value is not None]
        minimum, maximum = self.read("min", cells.number, None), self.read("max", cells.number, None)
        variable = Variable(
            name=self.text("name"), source=self.text("source"), role=self.role(), scale=self.text("scale"),
            reversed=self.read("reversed", cells.flag, False),
            minimum=min(values) if minimum is None and values else minimum,
            maximum=max(values) if maximum is None and values else maximum,
            missing=cells.codes(self.text("missing")), options=options,
            label=Label(self.text("label_fi"), self.text("label_en")),
            question=Label(self.text("question_fi"), self.text("question_en")),
            informant=self.read("informant", cells.informant, ""),
            stage=self.text("stage"), moment=self.text("moment"), touchpoint=self.text("touchpoint"),
            channel=self.text("channel"), phase=self.text("phase"), kind=self.text("kind"),
            target=self.read("target", cells.number, None), line=self.line,
        )  # fmt: skip
        return variable, self.problems

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def wrong(self, code: str, column: str) -> None:
        self.problems.append(
            Problem(
                code=f"codebook.{code}",
                file=self.file,
                line=self.line,
                column=column,
                value=self.text(column),
                details={"name": self.text("name")},
            )
        )

    def read(self, column: str, parse: Callable[[str], _Value], otherwise: _Value) -> _Value:
        try:
            return parse(self.text(column))
        except cells.CellError as error:
            self.wrong(str(error), column)
            return otherwise

    def role(self) -> Role:
        text = self.text("role").casefold()
        for role in ROLES:
            if role == text:
                return role
        if not text:
            self.wrong("role_empty", "role")
        else:
            self.problems.append(
                unknown_name("codebook.unknown_role", text, ROLES, file=self.file, line=self.line, column="role")
            )
        return "ignore"
