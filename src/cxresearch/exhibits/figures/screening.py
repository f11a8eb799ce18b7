"""Careless answers: the share of respondents that each index flags, by source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.lettering import wrapped
from cxresearch.exhibits.figures.marks import bare
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, GREY, SMALL_SIZE
from cxresearch.language import Phrase, Text, percent

_COLOURS = {"employee": EX, "customer": CX}
_ROW_CM, _TITLE_CM = 0.7, 1.5


@dataclass(frozen=True, slots=True)
class Bars:
    """One source: its label, its side, and for each index its name and the share flagged (0..1)."""

    source: Text
    side: str
    shares: tuple[tuple[Text, float], ...]


def spec(bars: Sequence[Bars], *, figure_id: str = "fig-screening") -> FigureSpec:
    """Describe the figure: a panel per source, a bar per index."""
    told = [
        Phrase("figures.screening.told", {"source": one.source, "index": name, "share": share})
        for one in bars
        for name, share in one.shares
    ]
    heights = [_TITLE_CM + _ROW_CM * max(len(one.shares), 1) for one in bars]
    return FigureSpec(
        id=figure_id,
        caption=Phrase("figures.screening.caption"),
        alt=sentences(Phrase("figures.screening.alt", {"bars": len(told)}), *told),
        note=Phrase("figures.screening.note"),
        draw="screening",
        data={"bars": tuple(bars), "heights": tuple(heights)},
        height_cm=rows_height(1, sum(heights), 0.6, 4.0),
    )


def _draw_source(axes: Axes, one: Bars, limit: float, language: str) -> None:
    at = np.arange(len(one.shares))
    shares = [share for _, share in one.shares]
    marks = axes.barh(at, shares, height=0.6, color=_COLOURS.get(one.side, GREY))
    axes.bar_label(marks, [percent(share, language, 1) for share in shares], padding=2, fontsize=SMALL_SIZE)
    axes.set_yticks(at, [wrapped(name, language, 40, 2) for name, _ in one.shares])
    axes.set_ylim(len(one.shares) - 0.4, -0.6)
    axes.set_xlim(0, limit)
    axes.set_title(wrapped(one.source, language, 50, 2))
    number_axis(axes.xaxis, language, "percent", bins=5)
    bare(axes, "left")


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw a panel per source on one scale."""
    bars: Sequence[Bars] = data["bars"]
    largest = max([share for one in bars for _, share in one.shares], default=0.0)
    panels = figure.subplots(len(bars), 1, squeeze=False, height_ratios=data["heights"])[:, 0]
    for axes, one in zip(panels, bars, strict=True):
        _draw_source(axes, one, max(1.15 * largest, 0.02), language)
