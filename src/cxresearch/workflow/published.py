"""The published files of a study: where they lie and what they must be."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cxresearch.errors import Problem, StudyError, raise_if

TABLE = "sources.csv"
"""The table of published files inside a study folder: file, url, sha256, bytes."""

_COLUMNS = ("file", "url", "sha256", "bytes")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Published:
    """A file of a study that lies at a public address.

    Attributes
    ----------
    file : path inside the study folder. url : its address, https. sha256, size : what it must be, bytes.
    """

    file: str
    url: str
    sha256: str
    size: int


def published_files(study: Path) -> tuple[Published, ...]:
    """The published files that a study folder lists in `sources.csv`.

    Raises
    ------
    StudyError
        If there is no such table, or a row of it cannot be used.
    """
    table = study / TABLE
    if not table.is_file():
        raise StudyError(Problem(code="fetch.no_table", file=str(study), value=study.name))
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = [(number, row) for number, row in enumerate(csv.DictReader(lines), start=2) if any(row.values())]
    raise_if([problem for number, row in rows for problem in _faults(number, row)], StudyError)
    return tuple(Published(row["file"], row["url"], row["sha256"].lower(), int(row["bytes"])) for _, row in rows)


def _faults(number: int, row: dict[str, str]) -> Iterator[Problem]:
    cell = {name: row.get(name) or "" for name in _COLUMNS}
    path = PurePosixPath(cell["file"])
    wrong = {
        "file": not path.name
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in cell["file"]
        or ":" in cell["file"],
        "url": not cell["url"].startswith("https://"),
        "sha256": not _DIGEST.fullmatch(cell["sha256"].lower()),
        "bytes": not cell["bytes"].isdecimal(),
    }
    for name in _COLUMNS:
        if wrong[name]:
            yield Problem(code=f"fetch.bad_{name}", file=TABLE, line=number, column=name, value=cell[name])
