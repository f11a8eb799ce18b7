"""A group and everybody else over the periods; a period that is not shown leaves a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.group_sheet import COLOURS, REST_MARK, SHAPES, TICK_SIZE, Scale, Sheet, joined
from cxresearch.exhibits.figures.marks import floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.language import Phrase, Text
from cxresearch.moments import Floats

MOST_PANELS = 2
_LEFT, _RIGHT, _BOTTOM = 40.0, 6.0, 32.0
_VALUES = ("mean", "conf_low", "conf_high", "rest_mean", "rest_low", "rest_high")


@dataclass(frozen=True, slots=True)
class TrendPanel:
    """One measure over the periods.

    Attributes
    ----------
    frame : columns period, mean, conf_low, conf_high, rest_mean, rest_low, rest_high; a row for each period of the
        study in time order, NaN where nothing is shown.
    of_period : whether the group is one of the periods, and the rest are the others.
    """

    label: Text
    side: str
    frame: pd.DataFrame
    of_period: bool = False


def _told(panel: TrendPanel) -> Text:
    known = panel.frame.dropna(subset=["mean"])
    if known.empty:
        return Phrase("figures.group.trend.unknown", {"measure": panel.label})
    if panel.of_period:
        return _told_of_period(panel, known.iloc[0])
    values: dict[str, Any] = {"measure": panel.label, "periods": len(known)}
    for name, row in (("first", known.iloc[0]), ("last", known.iloc[-1])):
        values |= {name: float(row["mean"]), f"{name}_period": str(row["period"])}
    both = known.dropna(subset=["rest_mean"])
    if both.empty:
        return Phrase("figures.group.trend.panel", values)
    above = int((both["mean"] > both["rest_mean"]).sum())
    return Phrase("figures.group.trend.panel_beside", values | {"above": above, "compared": len(both)})


def _told_of_period(panel: TrendPanel, own: pd.Series) -> Phrase:
    others = panel.frame["rest_mean"]
    values = {"own": float(own["mean"]), "low": float(others.min()), "high": float(others.max())}
    return Phrase("figures.group.trend.panel_period", {"measure": panel.label, "period": str(own["period"]), **values})


def spec(panels: Sequence[TrendPanel], *, level: float, figure_id: str = "fig-group-trend") -> FigureSpec:
    """Describe the figure.

    Raises
    ------
    ValueError
        Without panels or with more than two.
    """
    if not 1 <= len(panels) <= MOST_PANELS:
        raise ValueError(f"1 to {MOST_PANELS} panels, got {len(panels)}")
    of_period = any(panel.of_period for panel in panels)
    gaps = not of_period and any(bool(panel.frame["mean"].isna().any()) for panel in panels)
    return FigureSpec(
        id=figure_id,
        caption=Phrase("figures.group.trend.caption_period" if of_period else "figures.group.trend.caption"),
        alt=sentences(Phrase("figures.group.trend.alt", {"panels": len(panels)}), *map(_told, panels)),
        note=sentences(
            Phrase("figures.intervals", {"level": level}), Phrase("figures.group.trend.note_gaps") if gaps else None
        ),
        draw="group_trend",
        data={"panels": tuple(panels)},
        height_cm=1.8 + 3.3 * len(panels),
    )


def _series(sheet: Sheet, at: Floats, up: Scale, part: pd.DataFrame, look: Mapping[str, Any], line: Any) -> None:
    middle, low, high = (up(part[name]) for name in part.columns)
    sheet.line(at, middle, colour=look["colour"], width=1.2, linestyle=line, zorder=2)
    sheet.line(np.repeat(at, 3), joined(low, high), colour=look["colour"], width=1.1, solid_capstyle="butt", zorder=2)
    sheet.marks(at, middle, zorder=2.2, **look)


def _draw_panel(sheet: Sheet, panel: TrendPanel, top: float, bottom: float) -> None:
    frame = panel.frame
    up = Scale(*padded(np.concatenate([floats(frame[name]) for name in _VALUES]), 0.06), bottom, top + 20)
    right = sheet.width - _RIGHT
    across = Scale(-0.5, len(frame) - 0.5, _LEFT, right)
    at = across(np.arange(len(frame)))
    sheet.text(0, top + 7, panel.label, room=sheet.width, lines=1)
    sheet.upright(up, _LEFT, bins=4, grid=right)
    sheet.line([_LEFT, right], [bottom, bottom])
    beside = 3.0 if len(frame) <= 24 else 0.0
    rest = frame[["rest_mean", "rest_low", "rest_high"]]
    _series(sheet, at + beside, up, rest, REST_MARK | {"size": 4.8}, (0, (4, 2.5)))
    look = {"marker": SHAPES[panel.side], "colour": COLOURS[panel.side], "size": 5.5}
    _series(sheet, at - beside, up, frame[["mean", "conf_low", "conf_high"]], look, "-")


def _name_periods(sheet: Sheet, periods: Sequence[str], bottom: float) -> None:
    """Names under the lowest panel; only every k-th where they would touch."""
    room = (sheet.width - _LEFT - _RIGHT) / max(len(periods), 1)
    longest = max(map(len, periods), default=1)
    step = max(1, int(np.ceil(min(longest, 12) * 0.62 * TICK_SIZE / room)))
    across = Scale(-0.5, len(periods) - 0.5, _LEFT, sheet.width - _RIGHT)
    for place in range(0, len(periods), step):
        at = float(across([place])[0])
        sheet.line([at, at], [bottom, bottom + 3])
        sheet.text(at, bottom + 9.5, periods[place], room=room * step - 3, size=TICK_SIZE, align="center")


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the panels one above the other on one time axis."""
    panels: tuple[TrendPanel, ...] = data["panels"]
    sheet = Sheet(figure, language)
    step = (sheet.height - _BOTTOM) / len(panels)
    for place, panel in enumerate(panels):
        _draw_panel(sheet, panel, place * step, (place + 1) * step - 6)
    _name_periods(sheet, [str(period) for period in panels[0].frame["period"]], sheet.height - _BOTTOM - 6)
    entries: list[tuple[dict[str, Any], Text]] = [
        ({"marker": SHAPES[panel.side], "colour": COLOURS[panel.side]}, Phrase(f"figures.group.key.own_{panel.side}"))
        for panel in {panel.side: panel for panel in panels}.values()
    ]
    entries.append((REST_MARK, Phrase("figures.group.key.rest")))
    sheet.key(0, sheet.height - 8, entries)
