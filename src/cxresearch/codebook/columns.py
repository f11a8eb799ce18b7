"""The codebook held against the file's columns and the source's grain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cxresearch.codebook.nearest import nearest, unknown_name
from cxresearch.codebook.texts import visible
from cxresearch.codebook.variables import Codebook, Grain, Role, Variable
from cxresearch.errors import Problem

DROPPED: tuple[Role, ...] = ("text", "ignore")
"""Roles that never enter the analysis; their columns need not exist."""

_ANALYSED = ("item", "score", "covariate", "eligible", "response_rate")


def raw_columns(variable: Variable, grain: Grain) -> tuple[str, ...]:
    """The columns of the file that a variable is read from."""
    if variable.role in DROPPED:
        return ()
    if grain == "counts" and variable.role == "item":
        return tuple(column for columns in variable.options.values() for column in columns)
    return (variable.name,)


def located(
    names: Sequence[str], variables: Sequence[Variable], grain: Grain, file: str
) -> tuple[Mapping[str, str], list[Problem]]:
    """Where each column that the codebook names is in the file (names equal but for blanks are the same column).

    Returns
    -------
    found : name in the codebook to name in the file.
    problems : columns that the file does not have, with the nearest name that the codebook does not use.
    """
    plain = {visible(name): name for name in reversed(names)}
    wanted = [(column, variable) for variable in variables for column in raw_columns(variable, grain)]
    exact = set(names)
    found = {
        column: column if column in exact else plain[visible(column)]
        for column, _ in wanted
        if column in exact or visible(column) in plain
    }
    free = [name for name in names if name not in set(found.values())]
    return found, [
        unknown_name("data.missing_column", column, free, file=file, line=None, column=column)
        for column, _ in wanted
        if column not in found
    ]


def unused(names: Iterable[str], variables: Sequence[Variable], found: Mapping[str, str]) -> list[str]:
    """Columns of the file that the codebook does not mention."""
    mentioned = {visible(variable.name) for variable in variables} | {visible(name) for name in found.values()}
    return [name for name in names if visible(name) not in mentioned]


def grain_problems(codebook: Codebook, source: str, grain: Grain) -> list[Problem]:
    """What the codebook lacks, or has too much, for the grain that study.yml declares."""
    variables = codebook.of_source(source)
    if not variables:
        known = list(dict.fromkeys(variable.source for variable in codebook.variables))
        near = nearest(source, known)
        return [
            Problem(
                code="codebook.no_source" if near is None else "codebook.no_source_near",
                file=codebook.file,
                column="source",
                value=source,
                details={"near": near} if near else {"known": ", ".join(known)},
            )
        ]
    roles = {variable.role for variable in variables}
    problems = [_of_variable(variable, grain, codebook.file) for variable in variables]
    if "unit" not in roles:
        problems.append(Problem(code="codebook.no_unit", file=codebook.file, column="role", value=source))
    if not roles.intersection(_ANALYSED):
        problems.append(Problem(code="codebook.nothing_to_analyse", file=codebook.file, column="role", value=source))
    return [problem for problem in problems if problem is not None]


def _of_variable(variable: Variable, grain: Grain, file: str) -> Problem | None:
    if variable.role != "item":
        return None
    if grain == "unit_scores":
        code, column = "item_in_unit_scores", "role"
    elif grain == "counts" and not variable.options:
        code, column = "options_missing", "options"
    elif grain == "respondents" and variable.options:
        code, column = "options_unexpected", "options"
    else:
        return None
    return Problem(
        code=f"codebook.{code}", file=file, line=variable.line, column=column, value=variable.name,
        details={"name": variable.name, "source": variable.source},
    )  # fmt: skip
