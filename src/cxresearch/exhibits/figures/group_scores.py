"""A group's scores beside everybody else's: a strip for each measure, the other groups unnamed behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cxresearch.exhibits.figures.group_sheet import COLOURS, OTHERS, REST_MARK, SHAPES, TICK_SIZE, Scale, Sheet
from cxresearch.exhibits.figures.marks import floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.style import GREY, PALE
from cxresearch.language import Phrase, Text
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate

MOST_ROWS = 24
_ROW_CM, _AROUND_CM = 0.86, 1.1
_LABEL, _START, _END = 122.0, 140.0, 330.0
_NEAREST = 0.75
"""Points between two ticks that can still be told apart."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A measure: what it is called, whose it is (`ex`, `cx`, `other`), how its values are written, and the values.

    Attributes
    ----------
    amount : how a value of the measure is written. rest : None where it is not known.
    others : means of the other groups, which stay unnamed.
    """

    label: Text
    side: str
    amount: Text
    own: Estimate
    rest: Estimate | None
    rest_amount: Text | None
    others: ArrayLike = ()


def _told(row: ScoreRow) -> Phrase:
    values = {"measure": row.label, "own": row.amount}
    if row.rest_amount is None:
        return Phrase("figures.group.scores.row_alone", values)
    return Phrase("figures.group.scores.row", values | {"rest": row.rest_amount})


def spec(
    rows: Sequence[ScoreRow], *, level: float, caption: Text | None = None, figure_id: str = "fig-group-scores"
) -> FigureSpec:
    """Describe the figure.

    Raises
    ------
    ValueError
        Without rows, or with more than a page holds.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise ValueError(f"1 to {MOST_ROWS} measures, got {len(rows)}")
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.group.scores.caption"),
        alt=sentences(Phrase("figures.group.scores.alt", {"measures": len(rows)}), *map(_told, rows)),
        note=sentences(
            Phrase("figures.group.scores.note"),
            Phrase("figures.intervals", {"level": level}),
            Phrase("figures.group.scores.note_others") if any(floats(row.others).size for row in rows) else None,
        ),
        draw="group_scores",
        data={"rows": tuple(rows)},
        height_cm=rows_height(len(rows), _ROW_CM, _AROUND_CM, 2.4),
    )


def _ends(found: Estimate | None) -> tuple[float, float, float]:
    if found is None:
        return np.nan, np.nan, np.nan
    low, high = (np.nan if end is None or not np.isfinite(end) else end for end in (found.conf_low, found.conf_high))
    return found.estimate, low, high


def _apart(places: Floats) -> Floats:
    """Places that lie far enough from each other to be seen one by one."""
    steps = np.unique(np.round(places[np.isfinite(places)] / _NEAREST))
    return np.asarray(steps * _NEAREST)


def _draw_row(sheet: Sheet, row: ScoreRow, y: float) -> None:
    own, rest, others = _ends(row.own), _ends(row.rest), floats(row.others)
    scale = Scale(*padded([*own, *rest, *others], 0.04, 0.1), _START, _END)
    sheet.text(0, y, row.label, room=_LABEL, lines=2)
    sheet.line([_START, _END], [y, y], colour=PALE, width=0.8, zorder=0.5)
    near = _apart(scale(others))
    if near.size:
        ticks = np.column_stack([near, near, np.full(near.size, np.nan)]).ravel()
        sheet.line(ticks, np.tile([y - 4, y + 4, np.nan], near.size), colour=OTHERS, width=0.8, zorder=0.6)
    looks: tuple[tuple[float, tuple[float, float, float], dict[str, Any]], ...] = (
        (y + 5.5, rest, REST_MARK | {"size": 6.0}),
        (y - 5.5, own, {"marker": SHAPES[row.side], "colour": COLOURS[row.side], "size": 6.5}),
    )
    for at, ends, look in looks:
        middle, low, high = (float(place) for place in scale(ends))
        sheet.line([low, high], [at, at], colour=look["colour"], width=1.3, solid_capstyle="butt")
        sheet.marks([middle], [at], **look)
    room = sheet.width - _END - 12
    sheet.text(_END + 12, y - 5.5, row.amount, room=room, size=TICK_SIZE, weight="bold", color=COLOURS[row.side])
    if row.rest_amount is not None:
        shown = Phrase("figures.group.scores.rest", {"rest": row.rest_amount})
        sheet.text(_END + 12, y + 5.5, shown, room=room, size=TICK_SIZE, color=GREY)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw a strip for each measure, rows from the top."""
    rows: tuple[ScoreRow, ...] = data["rows"]
    sheet = Sheet(figure, language)
    bottom = sheet.height - 26
    step = bottom / len(rows)
    for place, row in enumerate(rows):
        _draw_row(sheet, row, step * (place + 0.5))
    entries: list[tuple[dict[str, Any], Text]] = [
        ({"marker": SHAPES[side], "colour": COLOURS[side]}, Phrase(f"figures.group.key.own_{side}"))
        for side in dict.fromkeys(row.side for row in rows)
    ]
    entries.append((REST_MARK, Phrase("figures.group.key.rest")))
    if any(floats(row.others).size for row in rows):
        entries.append(({"marker": "|", "colour": OTHERS, "size": 8.0}, Phrase("figures.group.key.other")))
    sheet.key(0, sheet.height - 9, entries)
