"""Where a group stands among all groups of its kind: means in rising order, the group marked, the others unnamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.group_sheet import COLOURS, OTHERS, SHAPES, Scale, Sheet, joined
from cxresearch.exhibits.figures.marks import floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.style import GREY, SMALL_SIZE
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate

MOST_PANELS = 2
MOST_INTERVALS = 250
"""With more groups than this the others are points without intervals."""
_LEFT, _GAP, _TOP, _BOTTOM = 34.0, 46.0, 18.0, 44.0


@dataclass(frozen=True, slots=True)
class PlacePanel:
    """One measure: its label, side, the groups' means by rising mean and the group's shrunken estimate.

    Attributes
    ----------
    frame : columns mean, conf_low, conf_high (NaN unknown), own; sorted by mean.
    amount : how the group's mean is written.
    """

    label: Text
    side: str
    frame: pd.DataFrame
    shrunken: Estimate | None
    amount: Text


def _told(panel: PlacePanel) -> Phrase:
    own = np.flatnonzero(panel.frame["own"].to_numpy(dtype=bool))
    values = {"measure": panel.label, "groups": len(panel.frame), "own": panel.amount}
    return Phrase("figures.group.place.panel", values | {"place": len(panel.frame) - int(own[0])})


def spec(panels: Sequence[PlacePanel], *, level: float, figure_id: str = "fig-group-place") -> FigureSpec:
    """Describe the figure.

    Raises
    ------
    ValueError
        Without panels or with more than two, or where a panel does not mark exactly one group.
    """
    if not 1 <= len(panels) <= MOST_PANELS:
        raise ValueError(f"1 to {MOST_PANELS} panels, got {len(panels)}")
    if any(panel.frame["own"].sum() != 1 for panel in panels):
        raise ValueError("every panel marks one group")
    dense = any(len(panel.frame) > MOST_INTERVALS for panel in panels)
    return FigureSpec(
        id=figure_id,
        caption=Phrase("figures.group.place.caption"),
        alt=sentences(Phrase("figures.group.place.alt", {"panels": len(panels)}), *map(_told, panels)),
        note=sentences(
            Phrase("figures.group.place.note_dense" if dense else "figures.group.place.note", {"level": level}),
            Phrase("figures.group.place.note_shrunken") if any(panel.shrunken for panel in panels) else None,
        ),
        draw="group_place",
        data={"panels": tuple(panels)},
        height_cm=6.6,
    )


def _draw_panel(sheet: Sheet, panel: PlacePanel, left: float, right: float) -> None:
    frame, bottom = panel.frame, sheet.height - _BOTTOM
    own = frame["own"].to_numpy(dtype=bool)
    mean, low, high = (floats(frame[name]) for name in ("mean", "conf_low", "conf_high"))
    dense = len(frame) > MOST_INTERVALS
    reach = np.concatenate([mean, low[own], high[own]] if dense else [mean, low, high])
    up = Scale(*padded(reach, 0.05), bottom, _TOP + 8)
    across = Scale(-0.5, len(frame) - 0.5, left + 4, right - 4)
    at = across(np.arange(len(frame)))
    sheet.text(left - _LEFT + 6, 8, panel.label, room=right - left + _LEFT - 6, lines=1)
    sheet.upright(up, left, bins=5, grid=right)
    sheet.line([left, right], [bottom, bottom])
    middle = float(up([mean.mean()])[0])
    sheet.line([left, right], [middle, middle], colour=GREY, width=0.9, linestyle=(0, (4, 3)), zorder=0.8)
    if not dense:
        spans = joined(up(low[~own]), up(high[~own]))
        sheet.line(np.repeat(at[~own], 3), spans, colour=OTHERS, width=0.9, zorder=1)
    size = 3.2 if len(frame) <= 80 else 2.0
    sheet.marks(at[~own], up(mean[~own]), size=size, colour="#7F7F7F", markeredgewidth=0, zorder=1.2)
    colour = COLOURS[panel.side]
    sheet.line(np.repeat(at[own], 2), [*up(low[own]), *up(high[own])], colour=colour, width=2.0, zorder=3)
    sheet.marks(at[own], up(mean[own]), marker=SHAPES[panel.side], size=7.0, colour=colour, zorder=3.2)
    if panel.shrunken is not None:
        aside = float(at[own][0]) + (7 if float(at[own][0]) < right - 16 else -7)
        look: dict[str, Any] = {
            "marker": SHAPES[panel.side],
            "size": 5.5,
            "colour": colour,
            "hollow": True,
            "zorder": 3.4,
        }
        sheet.marks([aside], up([panel.shrunken.estimate]), **look)
    order = Phrase("figures.group.place.order", {"groups": len(frame)})
    sheet.text((left + right) / 2, bottom + 10, order, room=right - left, size=SMALL_SIZE + 0.5, align="center")


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the panels side by side."""
    panels: tuple[PlacePanel, ...] = data["panels"]
    sheet = Sheet(figure, language)
    room = (sheet.width - _LEFT - (len(panels) - 1) * _GAP) / len(panels)
    for place, panel in enumerate(panels):
        left = _LEFT + place * (room + _GAP)
        _draw_panel(sheet, panel, left, left + room - 2)
    entries: list[tuple[dict[str, Any], Text]] = [
        ({"marker": SHAPES[panel.side], "colour": COLOURS[panel.side]}, Phrase(f"figures.group.key.own_{panel.side}"))
        for panel in {panel.side: panel for panel in panels}.values()
    ]
    shrunk = next((panel for panel in panels if panel.shrunken is not None), None)
    if shrunk is not None:
        look = {"marker": SHAPES[shrunk.side], "colour": COLOURS[shrunk.side], "hollow": True}
        entries.append((look, Phrase("figures.group.key.shrunken")))
    entries.append(({"marker": "o", "colour": "#7F7F7F", "size": 3.2}, Phrase("figures.group.key.other")))
    entries.append(({"colour": GREY, "width": 0.9, "linestyle": (0, (4, 3))}, Phrase("figures.group.key.mean")))
    sheet.key(0, sheet.height - 8, entries)
