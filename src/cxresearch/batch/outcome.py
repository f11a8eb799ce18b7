"""What came of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from cxresearch.errors import Problem

State = Literal["done", "failed", "timeout", "killed", "disk_full"]
"""How a row ended: made; its code failed; a cell took too long; its process was killed; the disk was full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a row.

    Attributes
    ----------
    row : its id. key : of its inputs.
    outputs : path of each file relative to the batch's folder → SHA-256 of its bytes.
    seconds, cpu_seconds : of its notebooks and of writing it; peak_kib : largest memory of its processes.
    language : in which it failed. notebook : file name of the notebook that failed.
    cell : number of the failed cell in the notebook, from 1; None if no cell failed. cell_source : its text.
    message : the error in the words of the program that raised it. problems : those of an error of ours.
    """

    row: str
    key: str
    state: State
    outputs: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_kib: int = 0
    language: str = ""
    notebook: str = ""
    cell: int | None = None
    cell_source: str = ""
    message: str = ""
    problems: tuple[Problem, ...] = ()

    def problem(self) -> Problem | None:
        """What went wrong as a sentence that names row, language and cell; None if nothing did."""
        if self.state == "done":
            return None
        if self.problems:
            return self.problems[0]
        code = f"batch.{self.state}" + ("" if self.cell is None else "_cell")
        details = {"cell": self.cell, "language": self.language, "error": self.message, "notebook": self.notebook}
        return Problem(code=code, file=self.row, value=self.cell_source, details=details)

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        values = asdict(self)
        plain = [asdict(problem) for problem in self.problems]
        values["problems"] = [{**one, "details": {k: _plain(v) for k, v in one["details"].items()}} for one in plain]
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The outcome that `to_json` wrote."""
        return cls(**{**values, "problems": tuple(Problem(**problem) for problem in values["problems"])})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
