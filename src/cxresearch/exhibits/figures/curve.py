"""A specification curve: estimates in rising order, and below them the choices that each makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import RASTER_FROM, bare, draw_points, floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, GREY, INK, PALE
from cxresearch.language import Phrase, Text

Row = tuple[Text, Sequence[bool]]
"""An option's name and which specifications choose it."""


def spec(
    estimates: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    choices: Sequence[Sequence[Row]],
    *,
    declared: int | None,
    level: float,
    figure_id: str = "fig-curve",
    caption: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    estimates, low, high : (S,) slopes in rising order with their intervals.
    choices : for each decision its options' rows, drawn from the top. declared : place of the declared specification.

    Raises
    ------
    ValueError
        Without estimates, or when a row tells of another number of specifications.
    """
    values = floats(estimates)
    rows = [row for decision in choices for row in decision]
    if values.size == 0 or any(len(chosen) != values.size for _, chosen in rows):
        raise ValueError(f"a curve needs estimates, and every option as many marks; got {values.size} estimates")
    told = {"count": values.size, "low": values.min(), "high": values.max(), "median": float(np.median(values))}
    own = None if declared is None else Phrase("figures.curve.alt_declared", {"declared": float(values[declared])})
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.curve.caption"),
        alt=sentences(Phrase("figures.curve.alt", told), own),
        note=Phrase("figures.curve.note", {"level": level}),
        draw="curve",
        data={
            "estimates": values,
            "low": floats(low),
            "high": floats(high),
            "labels": tuple(label for label, _ in rows),
            "chosen": np.array([chosen for _, chosen in rows], dtype=bool).reshape(len(rows), values.size),
            "groups": tuple(len(decision) for decision in choices),
            "declared": declared,
        },
        height_cm=rows_height(len(rows), 0.38, 6.3, 7.0),
    )


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the estimates above, the choices below."""
    n_rows = len(data["labels"])
    if n_rows == 0:
        _estimates(figure.subplots(), data, language)
        return
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[max(4.0, 0.6 * n_rows), 0.62 * n_rows])
    _estimates(upper, data, language)
    _choices(lower, data, language)
    upper.set_xlabel("")


def _estimates(axes: Axes, data: Mapping[str, Any], language: str) -> None:
    values = data["estimates"]
    places = np.arange(values.size)
    crowded = values.size > 60
    draw_points(
        axes,
        places,
        values,
        data["low"],
        data["high"],
        colour=EX,
        size=2.2 if crowded else 4.0,
        width=0.7 if crowded else 1.1,
        strength=0.45,
        upright=True,
    )
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=0.5)
    axes.axhline(float(np.median(values)), color=INK, linewidth=0.8, linestyle=(0, (5, 3)), zorder=0.6)
    if data["declared"] is not None:
        at = data["declared"]
        axes.plot(
            [at], [values[at]], "s", color=CX, markersize=6.5, markeredgecolor="white", markeredgewidth=0.7, zorder=5
        )
    axes.set_ylim(*padded(np.concatenate([values, data["low"], data["high"], [0.0]])))
    axes.set_xlim(-0.8, values.size - 0.2)
    number_axis(axes.yaxis, language, "bounded", bins=5)
    axes.set_ylabel(written(Phrase("figures.curve.estimate"), language))
    axes.set_xlabel(written(Phrase("figures.curve.order"), language))
    bare(axes, "bottom")
    axes.tick_params(axis="x", labelbottom=False)


def _choices(axes: Axes, data: Mapping[str, Any], language: str) -> None:
    rows, places = np.nonzero(data["chosen"])
    dense = rows.size > RASTER_FROM
    size = float(np.clip(300 / max(1, data["estimates"].size), 1.2, 4.0))
    own = places == data["declared"] if data["declared"] is not None else np.zeros(rows.size, dtype=bool)
    axes.plot(places[~own], rows[~own], "o", color=INK, markersize=size, markeredgewidth=0, rasterized=dense)
    axes.plot(places[own], rows[own], "s", color=CX, markersize=max(size, 3.5), markeredgewidth=0)
    axes.set_yticks(range(len(data["labels"])), [wrapped(label, language, 46, 1) for label in data["labels"]])
    axes.set_ylim(len(data["labels"]) - 0.4, -0.6)
    for end in np.cumsum(data["groups"])[:-1]:
        axes.axhline(end - 0.5, color=PALE, linewidth=0.7, zorder=0.1)
    axes.set_xlabel(written(Phrase("figures.curve.order"), language))
    bare(axes, "left", "bottom")
    axes.tick_params(axis="x", labelbottom=False)
