"""Blocks: the pieces a report is made of, as a notebook shows them and a writer prints them.

A block is finished text in one language, with its numbers already written. Prose, captions and notes
are Markdown with citations (`[@brown2008]`) and cross-references (`@fig-scatter` gives "Figure 3",
`[-@fig-scatter]` the bare number); headings, alternative texts and the cells of a table are plain text.
Blocks travel between a notebook and the report as JSON under the MIME type `BLOCK_MIME`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from cxresearch.errors import ParameterError, Problem, raise_if

BLOCK_MIME = "application/vnd.cxresearch.block.v1+json"
TEXT_WIDTH_CM = 16.0
Align = Literal["left", "right"]

_ID = re.compile(r"[a-z0-9-]+")
_LONGEST_ID = 40  # Word's limit for the name of a bookmark


def _id_problems(block: str, given: str, prefix: str) -> list[Problem]:
    if _ID.fullmatch(given) and given.startswith(prefix) and len(prefix) < len(given) <= _LONGEST_ID:
        return []
    return [Problem(code="report.bad_id", value=given, details={"block": block, "prefix": prefix})]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 is a chapter. `id`, if given, is `sec-…` and can be referred to."""

    level: int
    text: str
    id: str = ""
    kind: ClassVar[str] = "heading"

    def __post_init__(self) -> None:
        problems = _id_problems(self.kind, self.id, "sec-") if self.id else []
        if not 1 <= self.level <= 4:
            problems.append(Problem(code="report.bad_level", value=str(self.level), details={"text": self.text}))
        if not self.text.strip():
            problems.append(Problem(code="report.empty_heading"))
        raise_if(problems, ParameterError)

    def to_json(self) -> dict[str, Any]:
        """The block as plain JSON values."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text in Markdown; may hold headings, lists, formulas and footnotes, but no pictures."""

    markdown: str
    kind: ClassVar[str] = "prose"

    def to_json(self) -> dict[str, Any]:
        """The block as plain JSON values."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption, the text that replaces it for those who cannot see it, and a note.

    Attributes
    ----------
    id : `fig-…`; caption, note : Markdown on one line, no full stop after the caption.
    alt : plain text, says what the picture shows; never empty, never the caption again.
    svg : the drawing, text as paths; png_base64 : the same for Word, drawn from `svg` if empty.
    width_cm : printed width in centimetres, at most the width of the text.
    """

    id: str
    caption: str
    alt: str
    note: str = ""
    svg: str = ""
    png_base64: str = ""
    width_cm: float = TEXT_WIDTH_CM
    kind: ClassVar[str] = "figure"

    def __post_init__(self) -> None:
        problems = _id_problems(self.kind, self.id, "fig-") + _caption_problems(self.id, self.caption)
        alt = " ".join(self.alt.split())
        if not alt:
            problems.append(Problem(code="report.empty_alt", value=self.id))
        elif alt.rstrip(".").casefold() == " ".join(self.caption.split()).rstrip(".").casefold():
            problems.append(Problem(code="report.alt_is_caption", value=self.id))
        if not (self.svg or self.png_base64):
            problems.append(Problem(code="report.no_picture", value=self.id))
        if not 0 < self.width_cm <= TEXT_WIDTH_CM:
            problems.append(
                Problem(code="report.bad_width", value=str(self.width_cm), details={"id": self.id, "most": 16})
            )
        raise_if(problems, ParameterError)

    def to_json(self) -> dict[str, Any]:
        """The block as plain JSON values."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, the side its cells stand on, and whether its cells name their rows."""

    label: str
    align: Align = "left"
    row_header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of finished cell texts, with caption above and note below.

    Attributes
    ----------
    id : `tbl-…`; caption, note : Markdown on one line, no full stop after the caption.
    columns : one `Column` per column; rows : texts, each row as long as `columns`.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = field(default="", kw_only=True)
    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        problems = _id_problems(self.kind, self.id, "tbl-") + _caption_problems(self.id, self.caption)
        if not self.columns:
            problems.append(Problem(code="report.no_columns", value=self.id))
        problems += [
            Problem(code="report.bad_align", value=column.align, details={"id": self.id, "label": column.label})
            for column in self.columns
            if column.align not in ("left", "right")
        ]
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                counts = {"id": self.id, "row": number, "cells": len(row), "columns": len(self.columns)}
                problems.append(Problem(code="report.ragged_row", value=" | ".join(row), details=counts))
        raise_if(problems, ParameterError)

    def to_json(self) -> dict[str, Any]:
        """The block as plain JSON values."""
        return {"kind": self.kind, **asdict(self)}


Block = Heading | Prose | Figure | Table
BLOCKS: dict[str, type[Block]] = {kind.kind: kind for kind in (Heading, Prose, Figure, Table)}


def _caption_problems(given: str, caption: str) -> list[Problem]:
    return [] if caption.strip() else [Problem(code="report.empty_caption", value=given)]


def from_json(values: Mapping[str, Any]) -> Block:
    """Read a block back from its JSON values.

    Raises
    ------
    ParameterError
        If the kind is unknown, a field is missing or unknown, or the block itself is refused.
    """
    fields = dict(values)
    kind = str(fields.pop("kind", ""))
    if kind not in BLOCKS:
        raise ParameterError(Problem(code="report.unknown_block", value=kind, details={"known": ", ".join(BLOCKS)}))
    try:
        if kind == Table.kind:
            fields["columns"] = tuple(Column(**column) for column in fields["columns"])
            fields["rows"] = tuple(tuple(row) for row in fields["rows"])
        return BLOCKS[kind](**fields)
    except (TypeError, KeyError) as failure:
        problem = Problem(code="report.bad_block", value=str(failure), details={"block": kind})
        raise ParameterError(problem) from failure
