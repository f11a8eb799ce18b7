"""Points with intervals in one or more panels that share their rows: drivers, metrics beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.forest import levels
from cxresearch.exhibits.figures.lettering import wrapped
from cxresearch.exhibits.figures.marks import bare, draw_points, floats, padded, zero_line
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences, told
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import EX, PALE
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

MOST_ROWS = 30
MOST_PANELS = 3
_FARTHEST = 4.0

Panel = tuple[Text, Sequence[Result]]
"""Title of a panel and its results, one for each row."""


def spec(
    labels: Sequence[Text],
    panels: Sequence[Panel],
    *,
    figure_id: str,
    caption: Text,
    note: Text | None = None,
    summary: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    labels : names of the rows, from the top, 1-30. panels : 1-3, their results numbers that seldom exceed one.
    summary : what the alternative text says first.

    Raises
    ------
    ValueError
        With no rows or more than a page holds, or with results that do not fit the rows.
    """
    if not 1 <= len(labels) <= MOST_ROWS or not 1 <= len(panels) <= MOST_PANELS:
        raise ValueError(f"1 to {MOST_ROWS} rows and 1 to {MOST_PANELS} panels, got {len(labels)} and {len(panels)}")
    if any(len(results) != len(labels) for _, results in panels):
        raise ValueError(f"every panel has a result for each of the {len(labels)} rows")
    everything = [result for _, results in panels for result in results]
    level = levels(everything)
    intervals = None if level is None else Phrase("figures.intervals", {"level": level})
    return FigureSpec(
        id=figure_id,
        caption=caption,
        alt=sentences(
            Phrase("figures.dots.alt", {"rows": len(labels), "panels": len(panels)}),
            summary,
            *(_row(title, label, one) for title, rs in panels for label, one in zip(labels, rs, strict=True)),
        ),
        note=sentences(note or Phrase("figures.dots.note"), intervals),
        draw="dots",
        data={"labels": tuple(labels), "panels": tuple((title, tuple(results)) for title, results in panels)},
        height_cm=rows_height(len(labels), 0.6, 2.4, 4.0),
    )


def _row(title: Text, label: Text, result: Result) -> Text:
    return told(Phrase("figures.dots.row", {"panel": title, "label": label}), result)


def _ends(result: Result) -> tuple[float, float, float]:
    if not isinstance(result, Estimate):
        return np.nan, np.nan, np.nan
    ends = (result.conf_low, result.conf_high)
    low, high = (np.nan if end is None or not np.isfinite(end) else end for end in ends)
    return result.estimate, low, high


def _draw_panel(axes: Axes, title: Text, results: Sequence[Result], language: str, width: float) -> None:
    middle, low, high = floats([_ends(result) for result in results]).reshape(-1, 3).T
    limits = padded(np.concatenate([middle, low, high, [0.0]]), 0.05, 0.02)
    known = middle[np.isfinite(middle)]
    most = _FARTHEST * max(float(np.abs(known).max(initial=0.0)), 0.02)
    limits = max(limits[0], -most), min(limits[1], most)
    axes.set_xlim(*limits)
    zero_line(axes)
    for at in range(len(results)):
        axes.axhline(at, color=PALE, linewidth=0.5, zorder=0.1)
    draw_points(axes, np.arange(len(results)), middle, low, high, colour=EX, size=5.5, width=1.4)
    axes.set_xlim(*limits)
    axes.set_title(wrapped(title, language, width, 2), pad=6)
    number_axis(axes.xaxis, language, "bounded", bins=3)
    bare(axes, "left")


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the panels side by side, rows from the top."""
    labels, panels = data["labels"], data["panels"]
    drawn = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    room = {1: 60, 2: 34, 3: 24}[len(panels)]
    for axes, (title, results) in zip(drawn, panels, strict=True):
        _draw_panel(axes, title, results, language, room)
    drawn[0].set_yticks(range(len(labels)), [wrapped(label, language, 26, 2) for label in labels])
    drawn[0].set_ylim(len(labels) - 0.4, -0.6)
