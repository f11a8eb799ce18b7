"""EX against CX by unit, with the least-squares line and its confidence band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import RASTER_FROM, floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, result_text, sentences, told
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, INK
from cxresearch.language import Phrase, Text, count
from cxresearch.statistic import Estimate, Result

Floats = NDArray[np.float64]
_CLASSES = 4
_SIZES = (3.2, 4.6, 6.0, 7.6)


@dataclass(frozen=True, slots=True)
class Line:
    """A least-squares line with the confidence band of the mean, `grid`, `low` and `high` of shape (k,)."""

    intercept: float
    slope: float
    grid: Floats
    low: Floats
    high: Floats


def fitted_line(x: Floats, y: Floats, level: float = 0.95, points: int = 60) -> Line | None:
    """Fit y = a + b x; x and y of shape (n,). None below three points, or when x is constant.

    Band of the mean at x0: a + b x0 ± t(n−2) s √(1/n + (x0 − x̄)²/Sxx).
    """
    n = x.size
    if n < 3 or np.ptp(x) == 0:
        return None
    away = x - x.mean()
    spread = float(away @ away)
    slope = float(away @ (y - y.mean()) / spread)
    intercept = float(y.mean() - slope * x.mean())
    residual = y - intercept - slope * x
    s = float(np.sqrt(residual @ residual / (n - 2)))
    grid = np.linspace(x.min(), x.max(), points)
    half = stats.t.ppf((1 + level) / 2, n - 2) * s * np.sqrt(1 / n + (grid - x.mean()) ** 2 / spread)
    middle = intercept + slope * grid
    return Line(intercept, slope, grid, middle - half, middle + half)


def _alt(x: Floats, y: Floats, ex: Text, cx: Text, line: Line | None, pearson: Result) -> Text:
    if x.size == 0:
        return Phrase("figures.scatter.empty", {"ex": ex, "cx": cx})
    places = Phrase(
        "figures.scatter.alt",
        {"n": x.size, "ex": ex, "cx": cx, "ex_low": x.min(), "ex_high": x.max(), "ex_mean": x.mean()}
        | {"cx_low": y.min(), "cx_high": y.max(), "cx_mean": y.mean()},
    )
    if line is None:
        slope = Phrase("figures.scatter.no_line")
    elif round(line.slope, 2) == 0:
        slope = Phrase("figures.scatter.level")
    else:
        way = "rises" if line.slope > 0 else "falls"
        slope = Phrase(f"figures.scatter.{way}", {"step": abs(line.slope)})
    return sentences(places, slope, told(Phrase("figures.scatter.correlation"), pearson))


def spec(
    x: ArrayLike,
    y: ArrayLike,
    *,
    ex: Text,
    cx: Text,
    pearson: Result,
    n: ArrayLike | None = None,
    level: float = 0.95,
    figure_id: str = "fig-scatter",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    x, y : unit means of EX and CX, shape (units,); units with a missing value are left out.
    n : answers behind each point (NaN unknown), gives its size. pearson : the correlation to print.
    """
    across, up = floats(x), floats(y)
    sizes = np.full(across.size, np.nan) if n is None else floats(n)
    kept = np.isfinite(across) & np.isfinite(up)
    across, up, sizes = across[kept], up[kept], sizes[kept]
    line = fitted_line(across, up, level)
    sized = bool(np.isfinite(sizes).all() and sizes.size and np.ptp(sizes) > 0)
    band = Phrase("figures.scatter.note_line", {"level": level}) if line else None
    by_size = Phrase("figures.scatter.note_size") if sized else None
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.scatter.caption"),
        alt=_alt(across, up, ex, cx, line, pearson),
        note=note or sentences(Phrase("figures.scatter.note"), band, by_size),
        draw="scatter",
        data={
            "x": across,
            "y": up,
            "n": sizes if sized else None,
            "ex": ex,
            "cx": cx,
            "line": line,
            "pearson": pearson,
        },
        height_cm=7.4,
    )


def _draw_points(axes: Axes, data: Mapping[str, Any], language: str) -> None:
    x, y, n = data["x"], data["y"], data["n"]
    dense = x.size > RASTER_FROM
    alpha = 0.75 if x.size <= 150 else 0.5 if x.size <= 600 else 0.35
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": EX, "alpha": alpha, "rasterized": dense}
    if n is None:
        size = 4.5 if x.size <= 150 else 3.0
        axes.plot(x, y, markersize=size, markeredgewidth=0, **look)
        return
    edges = np.unique(np.quantile(n, np.linspace(0, 1, _CLASSES + 1)))
    group = np.clip(np.searchsorted(edges, n, side="right") - 1, 0, len(edges) - 2)
    shrink = 1.0 if x.size <= 600 else 0.7
    for place in reversed(range(len(edges) - 1)):
        inside = group == place
        if not inside.any():
            continue
        low, high = count(n[inside].min(), language), count(n[inside].max(), language)
        name = low if low == high else f"{low}–{high}"
        size = _SIZES[place] * shrink
        axes.plot(x[inside], y[inside], markersize=size, markeredgewidth=0, label=name, **look)


def _upright_limits(y: Floats, line: Line | None) -> tuple[float, float]:
    """Room for the points and their band; a very wide band is cut."""
    low, high = padded(y)
    if line is None:
        return low, high
    most = 0.6 * (high - low)
    return max(low - most, min(low, line.low.min())), min(high + most, max(high, line.high.max()))


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the points, the line with its band, and the correlation above them."""
    axes = figure.subplots()
    _draw_points(axes, data, language)
    line: Line | None = data["line"]
    if line is not None:
        axes.fill_between(line.grid, line.low, line.high, color=CX, alpha=0.18, linewidth=0)
        axes.plot(line.grid, line.intercept + line.slope * line.grid, color=CX, linewidth=1.6)
    axes.set_xlim(*padded(data["x"]))
    axes.set_ylim(*_upright_limits(data["y"], line))
    axes.set_xlabel(wrapped(data["ex"], language, 80))
    axes.set_ylabel(wrapped(data["cx"], language, 38))
    number_axis(axes.xaxis, language)
    number_axis(axes.yaxis, language)
    pearson: Result = data["pearson"]
    key = "figures.scatter.r" if isinstance(pearson, Estimate) else "figures.scatter.no_r"
    axes.set_title(wrapped(Phrase(key, {"r": result_text(pearson)}), language, 88), color=INK, pad=8)
    if data["n"] is not None:
        handles, names = axes.get_legend_handles_labels()
        title = written(Phrase("figures.scatter.answers"), language)
        legend = figure.legend(handles[::-1], names[::-1], title=title, loc="outside right upper")
        legend.get_title().set_fontsize(7.5)
