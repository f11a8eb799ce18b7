"""Tables described without a language, written in one when they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from cxresearch.exhibits.blocks import Column, Table
from cxresearch.exhibits.markdown import markdown
from cxresearch.language import Label, Phrase, Text, format_value, interval, render, share_of_one

NOTHING = "–"
_LARGEST_P = 0.999


@dataclass(frozen=True, slots=True)
class Interval:
    """A cell with both ends of an interval."""

    low: float
    high: float


Cell = Text | int | float | Interval | None


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column: its heading, how its numbers are written (see `language.format_value`), whether it names the rows.

    An interval is written by `dK` or `rK` too.
    """

    label: Text
    format: str = ""
    row_header: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers and stands on the right."""
        return bool(self.format)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table: id (`tbl-…`), caption, columns, rows of cells, and a note."""

    id: str
    caption: Text
    columns: tuple[ColumnSpec, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Text | tuple[Text, ...] = ()

    def tidy(self) -> pd.DataFrame:
        """The cells at full precision; texts in English."""
        names = [render(column.label, "en") for column in self.columns]
        return pd.DataFrame([[_plain(cell) for cell in row] for row in self.rows], columns=names)


def _plain(cell: Cell) -> object:
    if isinstance(cell, (Phrase, Label)):
        return render(cell, "en")
    return (cell.low, cell.high) if isinstance(cell, Interval) else cell


def _write_interval(cell: Interval, spec: str, language: str) -> str:
    return interval(cell.low, cell.high, language, int(spec[1:]), bounded=spec.startswith("r"))


def _write_p(value: float, language: str) -> str:
    """A p value without its sign of equality; one that would round to 1 is written as larger than 0.999."""
    if value > _LARGEST_P:
        return f">\N{NO-BREAK SPACE}{share_of_one(_LARGEST_P, language, 3)}"
    return format_value(value, "p", language).removeprefix("=\N{NO-BREAK SPACE}")


def write_cell(cell: Cell, spec: str, language: str) -> str:
    """One cell as text; an absent value is a dash."""
    if cell is None:
        return NOTHING
    if isinstance(cell, Interval):
        return _write_interval(cell, spec, language)
    if isinstance(cell, (Phrase, Label, str)):
        return render(cell, language)
    if spec == "p" and isinstance(cell, (int, float)):
        return _write_p(cell, language)
    return format_value(cell, spec, language)


def render_table(spec: TableSpec, language: str) -> Table:
    """Write the table in one language."""
    notes = spec.note if isinstance(spec.note, tuple) else (spec.note,)
    write: Callable[[Cell, ColumnSpec], str] = lambda cell, column: write_cell(cell, column.format, language)  # noqa: E731
    return Table(
        id=spec.id,
        caption=markdown(spec.caption, language),
        columns=tuple(
            Column(render(column.label, language), "right" if column.numeric else "left", column.row_header)
            for column in spec.columns
        ),
        rows=tuple(
            tuple(write(cell, column) for cell, column in zip(row, spec.columns, strict=True)) for row in spec.rows
        ),
        note=" ".join(markdown(note, language) for note in notes),
    )
