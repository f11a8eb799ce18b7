"""What can be wrong with a user's input, as data: every problem says what, where, which value, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cxresearch.language import Phrase, render, spoken_language

_SHOWN = 80


def shorten(value: object) -> str:
    """A value as it is shown in a message: one line, at most 80 characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with the input.

    Attributes
    ----------
    code : names two catalogue sentences, `problems.<code>.what` and `problems.<code>.remedy`.
    file : the file as the user named it; line : 1-based line or spreadsheet row; column : column or key.
    value : the offending value, shortened.
    details : further values that the sentences name. The sentences may also use `{file}`, `{line}`,
        `{column}` and `{value}`.
    """

    code: str
    file: str = ""
    line: int | None = None
    column: str = ""
    value: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def _phrase(self, part: str) -> Phrase:
        place = {"file": self.file, "line": str(self.line or ""), "column": self.column, "value": shorten(self.value)}
        return Phrase(f"problems.{self.code}.{part}", {**place, **self.details})

    def what(self, language: str) -> str:
        """The sentence that says what is wrong."""
        return render(self._phrase("what"), language)

    def remedy(self, language: str) -> str:
        """The sentence that says what would be right and the way out."""
        return render(self._phrase("remedy"), language)

    def where(self) -> str:
        """File, line and column as `file:line (column)`."""
        place = self.file + (f":{self.line}" if self.line is not None else "")
        return f"{place} ({self.column})" if self.column else place

    def row(self, language: str) -> dict[str, str]:
        """The problem as a row: what, where, value, remedy."""
        return {
            "what": self.what(language),
            "where": self.where(),
            "value": shorten(self.value),
            "remedy": self.remedy(language),
        }


class CxError(Exception):
    """A failure that the user can mend. Carries its problems; its text is their sentences in the user's language."""

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return self.text(spoken_language())

    def text(self, language: str) -> str:
        """All problems in one language, a line each."""
        return "\n".join(_line(problem, language) for problem in self.problems)


class StudyError(CxError):
    """`study.yml` or the codebook is wrong, or they contradict each other."""


class ReadError(CxError):
    """A source file cannot be read."""


class DataError(CxError):
    """The data contradict the codebook or cannot carry the analysis."""


class OutputError(CxError):
    """The results cannot be written."""


class ParameterError(CxError):
    """A notebook or command parameter is unknown, missing or of the wrong type."""


def _line(problem: Problem, language: str) -> str:
    place = problem.where()
    return (f"{place}: " if place else "") + f"{problem.what(language)} {problem.remedy(language)}"


def raise_if(problems: Sequence[Problem], kind: type[CxError]) -> None:
    """Raise `kind` with all problems, if there are any."""
    if problems:
        raise kind(problems)
