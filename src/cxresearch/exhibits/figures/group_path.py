"""A group's touchpoints in the order of the service path, beside everybody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.group_sheet import COLOURS, SHAPES, TICK_SIZE, Scale, Sheet
from cxresearch.exhibits.figures.marks import padded
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.style import BAND, GREY, INK, PALE
from cxresearch.language import Phrase, Text

MOST_ROWS = 34
_LABEL, _START, _END = 168.0, 184.0, 372.0
_STEP_CM = 0.5


@dataclass(frozen=True, slots=True)
class PathRow:
    """A touchpoint: its stage and label, the group's mean with interval, everybody else's mean (NaN unknown)."""

    stage: Text
    label: Text
    mean: float
    low: float
    high: float
    rest: float


def _told(row: PathRow) -> Phrase:
    values = {"touchpoint": row.label, "mean": row.mean}
    if not np.isfinite(row.rest):
        return Phrase("figures.group.path.row_alone", values)
    return Phrase("figures.group.path.row", values | {"rest": row.rest})


def _lines(rows: Sequence[PathRow]) -> tuple[tuple[Text, PathRow | None], ...]:
    """Lines from the top: a stage (without a row) before its touchpoints."""
    lines: list[tuple[Text, PathRow | None]] = []
    stage: Text = ""
    for row in rows:
        if row.stage != stage:
            lines.append((row.stage, None))
            stage = row.stage
        lines.append((row.label, row))
    return tuple(lines)


def spec(
    rows: Sequence[PathRow], *, level: float, scale: tuple[float, float], figure_id: str = "fig-group-path"
) -> FigureSpec:
    """Describe the figure; the rows are in the order of the path, all answered on `scale`.

    Raises
    ------
    ValueError
        Without touchpoints, or with more than a page holds.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise ValueError(f"1 to {MOST_ROWS} touchpoints, got {len(rows)}")
    lines = _lines(rows)
    return FigureSpec(
        id=figure_id,
        caption=Phrase("figures.group.path.caption"),
        alt=sentences(Phrase("figures.group.path.alt", {"touchpoints": len(rows)}), *map(_told, rows)),
        note=sentences(Phrase("figures.group.path.note"), Phrase("figures.intervals", {"level": level})),
        draw="group_path",
        data={"lines": lines, "scale": scale},
        height_cm=rows_height(len(lines), _STEP_CM, 2.0, 3.2),
    )


def _draw_touchpoint(sheet: Sheet, row: PathRow, across: Scale, y: float) -> None:
    low, middle, high, rest = (float(place) for place in across([row.low, row.mean, row.high, row.rest]))
    sheet.text(8, y, row.label, room=_LABEL - 8, size=TICK_SIZE)
    sheet.line([_START, _END], [y, y], colour=PALE, width=0.5, zorder=0.2)
    sheet.line([rest, rest], [y - 5, y + 5], colour=INK, width=1.6, zorder=1)
    sheet.line([low, high], [y, y], colour=COLOURS["cx"], width=1.4, solid_capstyle="butt", zorder=1.5)
    sheet.marks([middle], [y], marker=SHAPES["cx"], colour=COLOURS["cx"], size=5.8, zorder=2)
    known = np.isfinite(row.rest)
    numbers = {"own": row.mean, "rest": row.rest} if known else {"own": row.mean}
    key = "figures.group.items.numbers" if known else "figures.group.items.number"
    sheet.text(_END + 12, y, Phrase(key, numbers), room=70, size=TICK_SIZE)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw a line for each stage and touchpoint, from the top."""
    lines: tuple[tuple[Text, PathRow | None], ...] = data["lines"]
    sheet = Sheet(figure, language)
    top, bottom = 14.0, sheet.height - 42
    values = [value for _, row in lines if row is not None for value in (row.low, row.mean, row.high, row.rest)]
    across = Scale(*padded(values, 0.05), _START, _END)
    step = (bottom - top) / len(lines)
    sheet.across(across, bottom, bins=5)
    sheet.text(_END + 12, 6, Phrase("figures.group.items.head"), room=74, size=TICK_SIZE, color=GREY)
    for place, (name, row) in enumerate(lines):
        y = top + step * (place + 0.5)
        if row is not None:
            _draw_touchpoint(sheet, row, across, y)
            continue
        sheet.area([0, _END, _END, 0], [y - step / 2, y - step / 2, y + step / 2, y + step / 2], BAND)
        sheet.text(3, y, name, room=_END - 10, size=TICK_SIZE, weight="bold")
    low, high = data["scale"]
    axis = Phrase("figures.group.path.axis", {"low": low, "high": high})
    sheet.text((_START + _END) / 2, bottom + 21, axis, room=_END - _START + 60, align="center")
    entries: list[tuple[dict[str, Any], Text]] = [
        ({"marker": SHAPES["cx"], "colour": COLOURS["cx"]}, Phrase("figures.group.key.own_cx")),
        ({"marker": "|", "colour": INK, "size": 9.0, "markeredgewidth": 1.6}, Phrase("figures.group.key.rest")),
    ]
    sheet.key(0, sheet.height - 7, entries)
