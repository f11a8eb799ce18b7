"""Unit profile: EX and CX of every unit with intervals, in two panels with the same order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import bare, draw_points, floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import BAND, CX, EX, GREY, MARKERS
from cxresearch.language import Phrase, Text

MOST_NAMES = 60
_COLOURS = {"ex": EX, "cx": CX}


def _side_text(frame: pd.DataFrame, side: str, label: Text, named: bool) -> Text:
    known = frame.dropna(subset=[side])
    if known.empty:
        return Phrase("figures.profile.unknown", {"label": label})
    low, high = known.iloc[int(known[side].argmin())], known.iloc[int(known[side].argmax())]
    values: dict[str, Any] = {"label": label, "n": len(known), "mean": float(known[side].mean())}
    values |= {"low": float(low[side]), "high": float(high[side])}
    if not named:
        return Phrase("figures.profile.side", values)
    return Phrase("figures.profile.side_named", values | {"lowest": str(low["unit"]), "highest": str(high["unit"])})


def spec(
    frame: pd.DataFrame,
    *,
    ex: Text,
    cx: Text,
    level: float = 0.95,
    figure_id: str = "fig-profile",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    frame : columns unit, ex, ex_low, ex_high, cx, cx_low, cx_high; one row per unit, none below the anonymity
        threshold; missing scores and intervals are NaN. Units are named when there are at most 60.
    ex, cx : names of the measures. level : of the intervals.
    """
    ordered = frame.sort_values("ex", ascending=False, na_position="last", kind="stable").reset_index(drop=True)
    named = len(ordered) <= MOST_NAMES
    ends = ["ex_low", "ex_high", "cx_low", "cx_high"]
    has_intervals = bool(ordered[ends].notna().any(axis=None))
    intervals = Phrase("figures.intervals", {"level": level}) if has_intervals else None
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.profile.caption"),
        alt=sentences(
            Phrase("figures.profile.alt", {"units": len(ordered)}),
            _side_text(ordered, "ex", ex, named),
            _side_text(ordered, "cx", cx, named),
        ),
        note=note or sentences(Phrase("figures.profile.note"), intervals),
        draw="profile",
        data={"frame": ordered, "labels": {"ex": ex, "cx": cx}, "named": named},
        height_cm=rows_height(len(ordered), 0.36 if len(ordered) > 12 else 0.55, 1.8) if named else 12.0,
    )


def _draw_side(axes: Axes, frame: pd.DataFrame, side: str, named: bool) -> None:
    at = np.arange(1, len(frame) + 1)
    low, high = frame[f"{side}_low"], frame[f"{side}_high"]
    size, width, strength = (4.5, 1.2, 1.0) if named else (1.5, 0.5, 0.4)
    look: dict[str, Any] = {"colour": _COLOURS[side], "marker": MARKERS[side] if named else "o"}
    draw_points(axes, at, frame[side], low, high, size=size, width=width, strength=strength, **look)
    mean = frame[side].mean()
    if np.isfinite(mean):
        axes.axvline(mean, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0.5)
    axes.set_xlim(*padded(np.concatenate([floats(frame[side]), floats(low), floats(high)])))


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw EX at the left and CX at the right, one row per unit."""
    frame: pd.DataFrame = data["frame"]
    panels = figure.subplots(1, 2, sharey=True)
    for axes, side in zip(panels, ("ex", "cx"), strict=True):
        _draw_side(axes, frame, side, data["named"])
        axes.set_xlabel(wrapped(data["labels"][side], language, 30))
        number_axis(axes.xaxis, language, bins=5)
    first = panels[0]
    first.set_ylim(len(frame) + 0.6, 0.4)
    if data["named"]:
        first.set_yticks(range(1, len(frame) + 1), [wrapped(str(unit), language, 26, 1) for unit in frame["unit"]])
        for axes in panels:
            axes.grid(axis="y", color=BAND, linewidth=0.6)
            axes.set_axisbelow(True)
            bare(axes, "left")
        return
    number_axis(first.yaxis, language, "count")
    first.set_ylabel(written(Phrase("figures.profile.rank"), language))
