"""In what form: units with a straight line, a smooth curve and two lines, a panel for each hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.amounts import sized
from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import RASTER_FROM, padded
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, GREY, INK
from cxresearch.language import Phrase, Text

MOST_PANELS = 4
_ACROSS = 2

Panel = tuple[Text, Text, Text, pd.DataFrame, pd.DataFrame]
"""Title, names of EX and CX, units (columns ex, cx) and curves (x, straight, curve, low, high, lines)."""


def spec(
    panels: Sequence[Panel],
    *,
    level: float,
    figure_id: str = "fig-bends",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Raises
    ------
    ValueError
        With no panel or more than four.
    """
    if not 1 <= len(panels) <= MOST_PANELS:
        raise ValueError(f"1 to {MOST_PANELS} panels, got {len(panels)}")
    rows = -(-len(panels) // _ACROSS)
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.bends.caption"),
        alt=sentences(Phrase("figures.bends.alt", {"panels": len(panels)}), *(_told(panel) for panel in panels)),
        note=note or Phrase("figures.bends.note", {"level": level}),
        draw="bends",
        data={"panels": tuple(panels)},
        height_cm=1.5 + 5.2 * rows,
    )


def _told(panel: Panel) -> Text:
    title, ex, cx, units, curves = panel
    ends = curves["curve"].to_numpy(dtype=float)[[0, len(curves) // 2, -1]]
    values = dict(zip(("first", "middle", "last"), (sized(float(end)) for end in ends), strict=True))
    return Phrase("figures.bends.panel", {"title": title, "ex": ex, "cx": cx, "n": len(units), **values})


def _draw_panel(axes: Axes, panel: Panel, language: str) -> None:
    title, ex, cx, units, curves = panel
    x, y = units["ex"].to_numpy(dtype=float), units["cx"].to_numpy(dtype=float)
    dense = x.size > RASTER_FROM
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markeredgewidth": 0, "rasterized": dense}
    axes.plot(x, y, color=GREY, alpha=0.3 if dense else 0.55, markersize=2.0 if dense else 3.2, **look)
    grid = curves["x"]
    axes.fill_between(grid, curves["low"], curves["high"], color=CX, alpha=0.18, linewidth=0)
    names = [written(Phrase(f"figures.bends.{name}"), language) for name in ("curve", "straight", "lines")]
    axes.plot(grid, curves["curve"], color=CX, linewidth=1.6, label=names[0])
    axes.plot(grid, curves["straight"], color=INK, linewidth=0.9, label=names[1])
    gap = curves["lines"].to_numpy(dtype=float)
    if np.isfinite(gap).any():
        axes.plot(grid, gap, color=EX, linewidth=1.3, linestyle=(0, (4, 2)), label=names[2])
    axes.set_xlim(*padded(np.concatenate([x, grid])))
    low, high = padded(y)
    axes.set_ylim(low - 0.15 * (high - low), high + 0.15 * (high - low))
    axes.set_title(wrapped(title, language, 34, 2))
    axes.set_xlabel(wrapped(ex, language, 36, 2))
    axes.set_ylabel(wrapped(cx, language, 30, 2))
    number_axis(axes.xaxis, language, bins=4)
    number_axis(axes.yaxis, language, bins=4)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw a panel for each hypothesis, and one legend."""
    panels: Sequence[Panel] = data["panels"]
    across = min(_ACROSS, len(panels))
    grid = figure.subplots(-(-len(panels) // across), across, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        _draw_panel(axes, panel, language)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    handles: dict[str, Any] = {}
    for axes in grid[: len(panels)]:
        handles |= dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=3)
