"""A sheet of paper in points, drawn without axes: the figures of a group's report are made by the hundred.

Axes find room for ticks and titles by drawing everything first; here places are known beforehand, which takes a
quarter of the time. A `Scale` writes its own few ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D
from numpy.typing import ArrayLike

from cxresearch.exhibits.figures.lettering import points_of, wrapped, written
from cxresearch.exhibits.figures.marks import floats
from cxresearch.exhibits.figures.ticks import NumberTicks
from cxresearch.exhibits.style import CX, EX, GREY, INK, MARKERS, PALE, SMALL_SIZE, TEXT_SIZE
from cxresearch.language import Text
from cxresearch.moments import Floats

POINTS_PER_CM = 72 / 2.54
TICK_SIZE = SMALL_SIZE + 0.5
ASCENT = 0.36
"""Half the height of capitals, in ems: what centres a line of text on a place."""
_KEY_AROUND = 32.0
_EM_PER_CHARACTER = 0.6
"""As `lettering` counts characters, and a little more for the rounding of letters to pixels."""

COLOURS = {"ex": EX, "cx": CX, "other": INK}
SHAPES = MARKERS | {"other": "D"}
OTHERS = "#A9A9A9"
"""The other groups, each one pale."""
REST_MARK: dict[str, Any] = {"marker": "d", "colour": GREY, "hollow": True}
"""Everybody else: a hollow grey diamond."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from `low` to `high` laid from `start` to `end`, in points."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, values: ArrayLike) -> Floats:
        """Places of the values; NaN stays NaN."""
        share = (floats(values) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, bins: int) -> Floats:
        """Round numbers inside the scale, at most `bins` intervals of them."""
        places = np.asarray(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high))
        return places[(places >= self.low) & (places <= self.high)]


def joined(low: ArrayLike, high: ArrayLike) -> Floats:
    """Both ends of each interval with a gap after them, so that all are one line."""
    start, end = floats(low), floats(high)
    return np.column_stack([start, end, np.full(start.size, np.nan)]).ravel()


def lines_of(text: str) -> int:
    """Rows that a wrapped text takes."""
    return text.count("\n") + 1


class Sheet:
    """The whole figure as a plane of points, the origin in the upper left corner."""

    def __init__(self, figure: Figure, language: str) -> None:
        figure.set_layout_engine("none")
        self.language = language
        width, height = figure.get_size_inches() * 72
        self.width, self.height = float(width), float(height)
        self._figure = figure
        self._plane = Affine2D().scale(1 / self.width, -1 / self.height).translate(0, 1) + figure.transFigure

    def line(self, x: ArrayLike, y: ArrayLike, *, colour: str = GREY, width: float = 0.7, **look: Any) -> None:
        """A line through the places; NaN breaks it."""
        self._figure.add_artist(
            Line2D(floats(x), floats(y), color=colour, linewidth=width, transform=self._plane, **look), clip=False
        )

    def marks(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        marker: str = "o",
        size: float = 5.5,
        colour: str = EX,
        hollow: bool = False,
        **look: Any,
    ) -> None:
        """A marker on each place."""
        face = "white" if hollow else colour
        edge, width = (colour, 1.0) if hollow or marker == "|" else ("white", 0.4)
        shape: dict[str, Any] = {"markerfacecolor": face, "markeredgecolor": edge, "markeredgewidth": width} | look
        self.line(x, y, linestyle="none", marker=marker, markersize=size, **shape)

    def area(self, x: ArrayLike, y: ArrayLike, colour: str) -> None:
        """A filled shape behind everything else."""
        corners = np.column_stack([floats(x), floats(y)])
        shape = Polygon(corners, closed=True, facecolor=colour, linewidth=0, transform=self._plane, zorder=0)
        self._figure.add_artist(shape, clip=False)

    def text(
        self,
        x: float,
        y: float,
        text: Text,
        *,
        room: float,
        size: float = TEXT_SIZE,
        align: Literal["left", "center", "right"] = "left",
        lines: int = 1,
        **look: Any,
    ) -> int:
        """Write a text whose rows are centred on `y`, wrapped to `room` points; returns how many rows it takes."""
        shown = wrapped(text, self.language, room / (_EM_PER_CHARACTER * size), lines)
        self._put(x, y, shown, size, align, look)
        return lines_of(shown)

    def _put(self, x: float, y: float, shown: str, size: float, align: str, look: dict[str, Any]) -> None:
        rows = shown.split("\n")
        step = 1.25 * size
        first = y + ASCENT * size - step * (len(rows) - 1) / 2
        for place, row in enumerate(rows):
            if row:
                self._figure.text(
                    x, first + step * place, row, transform=self._plane, fontsize=size, ha=align, va="baseline", **look
                )

    def numbers(self, values: Sequence[float] | Floats) -> list[str]:
        """Tick labels, all with the same decimals."""
        return NumberTicks(self.language).format_ticks(list(values))

    def across(self, scale: Scale, y: float, *, bins: int = 6, grid: float | None = None) -> None:
        """A horizontal axis at `y` with its ticks below; `grid` is the place up to which thin lines rise."""
        ticks = scale.ticks(bins)
        places = scale(ticks)
        if grid is not None:
            self.line(
                joined(places, places), np.tile([grid, y, np.nan], ticks.size), colour=PALE, width=0.5, zorder=0.3
            )
        self.line([scale.start, scale.end], [y, y])
        self.line(joined(places, places), np.tile([y, y + 3, np.nan], ticks.size))
        for place, label in zip(places, self.numbers(ticks), strict=True):
            self._put(float(place), y + 9.5, label, TICK_SIZE, "center", {})

    def upright(self, scale: Scale, x: float, *, bins: int = 4, grid: float | None = None) -> None:
        """A vertical axis at `x` with its ticks on the left; `grid` is the place up to which thin lines run."""
        ticks = scale.ticks(bins)
        places = scale(ticks)
        if grid is not None:
            self.line(
                np.tile([x, grid, np.nan], ticks.size), joined(places, places), colour=PALE, width=0.5, zorder=0.3
            )
        self.line([x, x], [scale.start, scale.end])
        self.line(np.tile([x - 3, x, np.nan], ticks.size), joined(places, places))
        for place, label in zip(places, self.numbers(ticks), strict=True):
            self._put(x - 5, float(place), label, TICK_SIZE, "right", {})

    def key(self, x: float, y: float, entries: Sequence[tuple[dict[str, Any], Text]]) -> None:
        """What the marks mean, side by side; a look without a marker is a short line."""
        wide = [points_of(written(meaning, self.language), TICK_SIZE) * 1.04 + _KEY_AROUND for _, meaning in entries]
        fits = min(1.0, (self.width - x) / sum(wide))
        left = x
        for (look, meaning), room in zip(entries, wide, strict=True):
            if "marker" in look:
                self.marks([left + 6], [y], **look)
            else:
                self.line([left, left + 12], [y, y], **look)
            self.text(left + 16, y, meaning, room=room * fits - 18, size=TICK_SIZE)
            left += room * fits
