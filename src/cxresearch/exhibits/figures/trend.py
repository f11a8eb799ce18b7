"""EX and CX over the periods, in two panels that share the time axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.lettering import literal, wrapped
from cxresearch.exhibits.figures.marks import draw_points, floats, padded
from cxresearch.exhibits.figures.periods import period_axis
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, LINES, MARKERS
from cxresearch.language import Phrase, Text

_COLOURS = {"ex": EX, "cx": CX}


def _side_text(frame: pd.DataFrame, side: str, label: Text) -> Text:
    known = frame.dropna(subset=[side])
    if known.empty:
        return Phrase("figures.trend.unknown", {"label": label})
    values: dict[str, Any] = {"label": label, "periods": len(known)}
    for name, row in (
        ("first", known.iloc[0]),
        ("last", known.iloc[-1]),
        ("low", known.iloc[int(known[side].argmin())]),
        ("high", known.iloc[int(known[side].argmax())]),
    ):
        values |= {name: float(row[side]), f"{name}_period": str(row["period"])}
    return Phrase("figures.trend.one" if len(known) == 1 else "figures.trend.side", values)


def spec(
    frame: pd.DataFrame,
    *,
    ex: Text,
    cx: Text,
    level: float = 0.95,
    figure_id: str = "fig-trend",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    frame : columns period, ex, ex_low, ex_high, cx, cx_low, cx_high; one row per period, in time order; a period
        without a measure holds NaN and breaks its line.
    """
    has_intervals = bool(frame[["ex_low", "ex_high", "cx_low", "cx_high"]].notna().any(axis=None))
    intervals = Phrase("figures.intervals", {"level": level}) if has_intervals else None
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.trend.caption"),
        alt=sentences(
            Phrase("figures.trend.alt", {"periods": len(frame)}),
            _side_text(frame, "ex", ex),
            _side_text(frame, "cx", cx),
        ),
        note=note or sentences(Phrase("figures.trend.note"), intervals),
        draw="trend",
        data={"frame": frame.reset_index(drop=True), "labels": {"ex": ex, "cx": cx}},
        height_cm=7.0,
    )


def _draw_side(axes: Axes, frame: pd.DataFrame, side: str) -> None:
    at = np.arange(len(frame))
    low, high, colour = frame[f"{side}_low"], frame[f"{side}_high"], _COLOURS[side]
    axes.plot(at, floats(frame[side]), color=colour, linewidth=1.2, linestyle=LINES[side])
    draw_points(axes, at, frame[side], low, high, colour=colour, marker=MARKERS[side], size=5.5, upright=True)
    axes.set_ylim(*padded(np.concatenate([floats(frame[side]), floats(low), floats(high)]), 0.1))
    axes.set_xlim(-0.5, len(frame) - 0.5)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw EX above CX."""
    frame: pd.DataFrame = data["frame"]
    panels = figure.subplots(2, 1, sharex=True)
    for axes, side in zip(panels, ("ex", "cx"), strict=True):
        _draw_side(axes, frame, side)
        axes.set_title(wrapped(data["labels"][side], language, 78, 2))
        number_axis(axes.yaxis, language, bins=5)
    period_axis(panels[1], [literal(str(period)) for period in frame["period"]])
