"""How a group's answers to each question differ from everybody else's: differences with intervals, sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.group_sheet import COLOURS, SHAPES, TICK_SIZE, Scale, Sheet
from cxresearch.exhibits.figures.marks import padded
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.style import GREY, PALE
from cxresearch.language import Phrase, Text

MOST_ROWS = 30
_LABEL, _START, _END = 168.0, 184.0, 372.0


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A question: its label, side, the group's mean and everybody else's, and the difference with its interval."""

    label: Text
    side: str
    mean: float
    rest: float
    difference: float
    low: float
    high: float


def _told(row: ItemRow) -> Phrase:
    values = {"item": row.label, "mean": row.mean, "rest": row.rest, "difference": row.difference}
    if not np.isfinite([row.low, row.high]).all():
        return Phrase("figures.group.items.row_plain", values)
    return Phrase("figures.group.items.row", values | {"low": row.low, "high": row.high})


def spec(
    rows: Sequence[ItemRow],
    *,
    level: float,
    scale: tuple[float, float] | None = None,
    figure_id: str = "fig-group-items",
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    rows : from the largest difference to the smallest, all answered on one scale. scale : its ends, if known.

    Raises
    ------
    ValueError
        Without rows, or with more than a page holds.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise ValueError(f"1 to {MOST_ROWS} questions, got {len(rows)}")
    ends = Phrase("figures.group.items.note_scale", {"low": scale[0], "high": scale[1]}) if scale else None
    return FigureSpec(
        id=figure_id,
        caption=Phrase("figures.group.items.caption"),
        alt=sentences(Phrase("figures.group.items.alt", {"items": len(rows)}), *map(_told, rows)),
        note=sentences(Phrase("figures.group.items.note"), Phrase("figures.intervals", {"level": level}), ends),
        draw="group_items",
        data={"rows": tuple(rows)},
        height_cm=rows_height(len(rows), 0.62, 1.9, 3.0),
    )


def _draw_row(sheet: Sheet, row: ItemRow, across: Scale, y: float) -> None:
    colour = COLOURS[row.side]
    sheet.text(0, y, row.label, room=_LABEL, size=TICK_SIZE, lines=2)
    sheet.line([_START, _END], [y, y], colour=PALE, width=0.5, zorder=0.2)
    low, middle, high = (float(place) for place in across([row.low, row.difference, row.high]))
    sheet.line([max(low, _START), min(high, _END)], [y, y], colour=colour, width=1.4, solid_capstyle="butt")
    sheet.marks([np.clip(middle, _START, _END)], [y], marker=SHAPES[row.side], colour=colour, size=5.8)
    numbers = {"own": row.mean, "rest": row.rest}
    sheet.text(_END + 12, y, Phrase("figures.group.items.numbers", numbers), room=70, size=TICK_SIZE)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw a row for each question, from the top."""
    rows: tuple[ItemRow, ...] = data["rows"]
    sheet = Sheet(figure, language)
    top, bottom = 14.0, sheet.height - 42
    values = np.array([[row.low, row.difference, row.high] for row in rows])
    across = Scale(*padded(np.append(values, 0.0), 0.05), _START, _END)
    step = (bottom - top) / len(rows)
    zero = float(across([0.0])[0])
    sheet.line([zero, zero], [top, bottom], colour=GREY, width=0.9, zorder=0.4)
    sheet.across(across, bottom, bins=5)
    sheet.text(_END + 12, 6, Phrase("figures.group.items.head"), room=74, size=TICK_SIZE, color=GREY)
    for place, row in enumerate(rows):
        _draw_row(sheet, row, across, top + step * (place + 0.5))
    sheet.text(
        (_START + _END) / 2, bottom + 21, Phrase("figures.group.items.axis"), room=_END - _START + 60, align="center"
    )
    entries: list[tuple[dict[str, Any], Text]] = [
        ({"marker": SHAPES[side], "colour": COLOURS[side]}, Phrase(f"figures.group.key.side_{side}"))
        for side in dict.fromkeys(row.side for row in rows)
    ]
    sheet.key(0, sheet.height - 7, entries)
