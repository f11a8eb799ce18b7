"""Marks that several figures share: points with intervals, zero lines, limits."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from cxresearch.exhibits.style import GREY

RASTER_FROM = 1000
"""Layers with more marks than this are drawn as pixels inside the SVG."""
_MARKS_PER_ROW = 4
"""A point and its interval cost as much as four points of a scatter plot."""


def floats(values: ArrayLike) -> NDArray[np.float64]:
    """Values as floats; what is missing becomes NaN."""
    filled = [np.nan if value is None else value for value in np.asarray(values, dtype=object).ravel()]
    return np.asarray(filled, dtype=float)


def padded(values: ArrayLike, share: float = 0.06, least: float = 0.1) -> tuple[float, float]:
    """Axis limits around the finite values; also when all are equal or there is none."""
    finite = floats(values)
    finite = finite[np.isfinite(finite)]
    if finite.size == 0:
        return -least, least
    low, high = float(finite.min()), float(finite.max())
    pad = max((high - low) * share, least / 2 if high - low < least else 0.0)
    return low - pad, high + pad


def draw_points(
    axes: Axes,
    at: ArrayLike,
    centre: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    colour: str,
    marker: str = "o",
    size: float = 4.0,
    width: float = 1.1,
    strength: float = 1.0,
    upright: bool = False,
) -> None:
    """Points with interval lines; a missing interval leaves the point, a missing point leaves nothing.

    `at` are the places along the other axis; `upright` draws the intervals vertically;
    `strength` below 1 makes them pale.
    """
    places, middle, start, end = (floats(values) for values in (at, centre, low, high))
    gap = np.full(places.size, np.nan)
    along = np.column_stack([start, end, gap]).ravel()
    across = np.repeat(places, 3)
    dense = places.size * _MARKS_PER_ROW > RASTER_FROM
    line: dict[str, Any] = {"color": colour, "linewidth": width, "solid_capstyle": "butt", "rasterized": dense}
    line["alpha"] = strength
    dots: dict[str, Any] = {"linestyle": "none", "marker": marker, "markersize": size, "rasterized": dense}
    line["alpha"] = strength
    dots |= {"markerfacecolor": colour, "markeredgecolor": "white" if size >= 4 else colour, "markeredgewidth": 0.4}
    if upright:
        axes.plot(across, along, **line)
        axes.plot(places, middle, **dots)
    else:
        axes.plot(along, across, **line)
        axes.plot(middle, places, **dots)


def zero_line(axes: Axes) -> None:
    """A thin vertical line at zero."""
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0.5)


def bare(axes: Axes, *sides: str) -> None:
    """Hide spines, and the tick marks that stood on them."""
    for side in sides:
        axes.spines[side].set_visible(False)
    if "left" in sides:
        axes.tick_params(axis="y", length=0)
    if "bottom" in sides:
        axes.tick_params(axis="x", length=0)
