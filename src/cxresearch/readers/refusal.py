"""The reader's errors: each a code of the catalogue `problems.readers`."""

from __future__ import annotations

from typing import Any

from cxresearch.errors import Problem, ReadError


def problem(
    name: str, file: str, *, line: int | None = None, column: str = "", value: object = "", **details: Any
) -> Problem:
    """One problem of a source, `problems.readers.<name>`."""
    return Problem(code=f"readers.{name}", file=file, line=line, column=column, value=str(value), details=details)


def refusal(
    name: str, file: str, *, line: int | None = None, column: str = "", value: object = "", **details: Any
) -> ReadError:
    """The error to raise for one problem of a source."""
    return ReadError(problem(name, file, line=line, column=column, value=value, **details))
