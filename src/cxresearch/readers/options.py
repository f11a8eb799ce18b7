"""How a source is to be read, where the user knows better than the detection."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What `study.yml` says about a source; None means: detect it.

    Attributes
    ----------
    format : a key of `READERS`; otherwise the file's suffix decides.
    delimiter, quote : one character of a text table (`tab` is understood); quote `""` means that nothing is quoted.
    encoding : name of a Python codec (`cp1252`, `utf-16`, `mac_roman`), also for `.sav` and `.dta`.
    decimal : `,` or `.`.
    sheet : name of a worksheet; the first visible one otherwise.
    header_row : line (text) or sheet row of the column names, counted from 1.
    query : SQL; url : SQLAlchemy address of a database, in which `${NAME}` stands for an environment variable.
    """

    format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    quote: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    query: str | None = None
    url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to read: where it lies, its name in the study and the name that messages show.

    `path` is `Path()` when `options.url` names the source.
    """

    path: Path
    name: str
    shown_as: str
    options: ReadOptions
