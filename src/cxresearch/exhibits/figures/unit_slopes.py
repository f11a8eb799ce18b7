"""Every unit's slope in order of size: by the multilevel model with its interval, and from the unit alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import draw_points, floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, GREY
from cxresearch.language import Phrase, Text

_REACH = 1.0
"""How far beyond the intervals, in their whole height, units' own slopes are still drawn."""


def spec(
    frame: pd.DataFrame,
    average: float,
    *,
    ex: Text,
    cx: Text,
    level: float,
    figure_id: str = "fig-unit-slopes",
    caption: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    frame : columns slope, low, high, own (NaN where a unit has none); one row per unit, one or more.
    average : the average slope. ex, cx : the measures.

    Raises
    ------
    ValueError
        Without rows.
    """
    if frame.empty:
        raise ValueError("a figure of units' slopes needs one unit or more")
    rows = frame.sort_values("slope", kind="stable").reset_index(drop=True)
    slope, (bottom, top) = floats(rows["slope"]), _limits(rows)
    own = floats(rows["own"])
    beyond = int(((own < bottom) | (own > top)).sum())
    alt = {
        "count": len(rows),
        "low": slope[0],
        "high": slope[-1],
        "average": average,
        "negative": int((slope < 0).sum()),
    }
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.unit_slopes.caption"),
        alt=Phrase("figures.unit_slopes.alt", alt),
        note=sentences(
            Phrase("figures.unit_slopes.note", {"level": level}),
            Phrase("figures.unit_slopes.note_beyond", {"count": beyond}) if beyond else None,
        ),
        draw="unit_slopes",
        data={"frame": rows, "average": average, "title": Phrase("figures.unit_slopes.title", {"ex": ex, "cx": cx})},
        height_cm=6.0,
    )


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """The vertical axis: all intervals, and own slopes that lie not too far outside."""
    low, high = padded(np.concatenate([floats(rows[name]) for name in ("slope", "low", "high")] + [np.zeros(1)]))
    own, height = floats(rows["own"]), high - low
    near = own[(own > low - _REACH * height) & (own < high + _REACH * height)]
    return padded(np.concatenate([near, [low, high]]), 0.02)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw one place per unit, from the smallest slope to the largest."""
    rows: pd.DataFrame = data["frame"]
    axes = figure.subplots()
    at, own, limits = np.arange(1, len(rows) + 1), floats(rows["own"]), _limits(rows)
    shown = (own >= limits[0]) & (own <= limits[1])
    many = len(rows) > 200
    axes.plot(
        at[shown], own[shown], linestyle="none", marker="o", markersize=1.5 if many else 4, markerfacecolor="none",
        markeredgecolor=CX, markeredgewidth=0.7, rasterized=many, zorder=1,
    )  # fmt: skip
    draw_points(axes, at, rows["slope"], rows["low"], rows["high"], colour=EX, size=2 if many else 4.5, upright=True)
    axes.axhline(data["average"], color=GREY, linewidth=0.9, zorder=0.5)
    axes.axhline(0, color=GREY, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0.4)
    axes.set_title(wrapped(data["title"], language, 78, 2))
    axes.set_ylim(*limits)
    axes.set_xlim(0.3, len(rows) + 0.7)
    number_axis(axes.yaxis, language, bins=6)
    number_axis(axes.xaxis, language, "count", bins=8)
    axes.set_xlabel(written(Phrase("figures.unit_slopes.units"), language))
    axes.set_ylabel(written(Phrase("figures.unit_slopes.slope"), language))
