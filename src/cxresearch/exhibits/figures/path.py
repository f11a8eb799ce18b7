"""Service path profile: how each touchpoint is experienced, in the order of the path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cxresearch.exhibits.figures.lettering import points_of, width_of, wrapped
from cxresearch.exhibits.figures.marks import bare, draw_points, floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, listed, rows_height, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import BAND, CX, EX, GREY, INK, SMALL_SIZE
from cxresearch.language import Phrase, Text, render

MOST_ROWS = 60
_STATES: dict[str, tuple[str, str, float]] = {
    "pain": (CX, "v", 7.5),
    "strength": (EX, "^", 7.5),
    "between": (GREY, "o", 5.0),
}
_INDENT = "\N{NO-BREAK SPACE}" * 3
_STEPS = {"stage": 0, "moment": 1, "touchpoint": 2}
_BOLDER = 1.1


def judge(frame: pd.DataFrame) -> list[str]:
    """Pain point, strength or neither: the interval lies wholly below or above the target (the path's mean if none)."""
    target, low, high = (floats(frame[name]) for name in ("target", "low", "high"))
    return ["pain" if b < t else "strength" if a > t else "between" for t, a, b in zip(target, low, high, strict=True)]


def _prepared(frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    targets = floats(frame["target"]) if "target" in frame else np.full(len(frame), np.nan)
    declared = bool(np.isfinite(targets).any())
    if not declared:
        targets = np.full(len(frame), float(np.nanmean(floats(frame["mean"]))))
    ready = frame.reset_index(drop=True).assign(target=targets)
    return ready.assign(state=judge(ready)), declared


def _lines(frame: pd.DataFrame) -> list[tuple[str, Text, int]]:
    """Rows from the top: (`stage`, name, -1), (`moment`, name, -1), (`touchpoint`, name, row of the frame)."""
    lines: list[tuple[str, Text, int]] = []
    stage: Text = ""
    moment: Text = ""
    for row, (here, part, name) in enumerate(zip(frame["stage"], frame["moment"], frame["touchpoint"], strict=True)):
        if here != stage:
            lines.append(("stage", here, -1))
            stage, moment = here, ""
        if part not in (moment, name):
            lines.append(("moment", part, -1))
            moment = part
        lines.append(("touchpoint", name, row))
    return lines


def _group_text(frame: pd.DataFrame, state: str) -> Text:
    rows = frame[frame["state"] == state]
    if rows.empty:
        return Phrase(f"figures.path.no_{state}")
    told = [
        Phrase("figures.path.touchpoint", {"name": name, "mean": float(mean)})
        for name, mean in zip(rows["touchpoint"], rows["mean"], strict=True)
    ]
    return Phrase(f"figures.path.{state}", {"names": listed(*told)})


def spec(
    frame: pd.DataFrame,
    *,
    measure: Text,
    level: float = 0.95,
    figure_id: str = "fig-path",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    frame : columns stage, moment, touchpoint (texts; moment may be ""), mean, low, high (NaN unknown), optionally
        target (NaN: none); one row per touchpoint, in the order of the path. Without any target the mean of the
        touchpoints is the yardstick.
    measure : name of what was asked.

    Raises
    ------
    ValueError
        Without touchpoints that have a mean, or with more touchpoints than a page holds.
    """
    if not 1 <= len(frame) <= MOST_ROWS or not np.isfinite(floats(frame["mean"])).any():
        raise ValueError(f"a path has 1 to {MOST_ROWS} touchpoints with means, got {len(frame)}")
    ready, declared = _prepared(frame)
    lines = _lines(ready)
    means = floats(ready["mean"])
    values: dict[str, Any] = {"touchpoints": len(ready), "stages": ready["stage"].nunique(), "measure": measure}
    values |= {"low": float(np.nanmin(means)), "high": float(np.nanmax(means))}
    yardstick = "figures.path.note_target" if declared else "figures.path.note_mean"
    mean = float(np.nanmean(means))
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.path.caption"),
        alt=sentences(Phrase("figures.path.alt", values), _group_text(ready, "pain"), _group_text(ready, "strength")),
        note=note or sentences(Phrase("figures.intervals", {"level": level}), Phrase(yardstick, {"mean": mean})),
        draw="path",
        data={"frame": ready, "lines": tuple(lines), "measure": measure, "declared": declared},
        height_cm=rows_height(len(lines), 0.52 if len(lines) <= 34 else 0.4, 2.4),
    )


def _draw_names(axes: Axes, lines: tuple[tuple[str, Text, int], ...], language: str) -> None:
    names = [_INDENT * _STEPS[kind] + wrapped(name, language, 40, 1) for kind, name, _ in lines]
    axes.set_yticks(range(len(lines)), names, ha="left")
    axes.tick_params(axis="y", pad=points_of(max(names, key=width_of), SMALL_SIZE + 0.5) * _BOLDER)
    for label, (kind, _, _) in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_fontweight("bold" if kind == "stage" else "normal")
        label.set_fontstyle("italic" if kind == "moment" else "normal")
    for at, (kind, _, _) in enumerate(lines):
        if kind == "stage":
            axes.axhspan(at - 0.5, at + 0.5, color=BAND, linewidth=0, zorder=0)


def _draw_yardstick(axes: Axes, at: np.ndarray[Any, Any], frame: pd.DataFrame, declared: bool) -> None:
    targets = floats(frame["target"])
    if declared:
        axes.plot(targets, at, linestyle="none", marker="|", markersize=10, markeredgewidth=1.4, color=INK)
        return
    axes.axvline(targets[0], color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0.5)


def _legend(figure: Figure, frame: pd.DataFrame, declared: bool, language: str) -> None:
    keys = []
    for state, (colour, marker, size) in _STATES.items():
        if (frame["state"] == state).any():
            name = render(Phrase(f"figures.path.key_{state}"), language)
            keys.append(Line2D([], [], linestyle="none", marker=marker, markersize=size, color=colour, label=name))
    name = render(Phrase("figures.path.key_target" if declared else "figures.path.key_mean"), language)
    look: dict[str, Any] = (
        {"linestyle": "none", "marker": "|", "markersize": 10, "markeredgewidth": 1.4, "color": INK}
        if declared
        else {"linestyle": (0, (4, 3)), "linewidth": 0.9, "color": GREY}
    )
    keys.append(Line2D([], [], label=name, **look))
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), columnspacing=1.4, handletextpad=0.5)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw a row per touchpoint under the names of its stage and moment."""
    frame: pd.DataFrame = data["frame"]
    lines = data["lines"]
    axes = figure.subplots()
    at = np.array([place for place, (kind, _, _) in enumerate(lines) if kind == "touchpoint"], dtype=float)
    axes.plot(floats(frame["mean"]), at, color=GREY, linewidth=0.7, alpha=0.6, zorder=0.8)
    _draw_yardstick(axes, at, frame, data["declared"])
    for state, (colour, marker, size) in _STATES.items():
        rows = (frame["state"] == state).to_numpy()
        part = frame[rows]
        draw_points(axes, at[rows], part["mean"], part["low"], part["high"], colour=colour, marker=marker, size=size)
    axes.set_xlim(*padded(np.concatenate([floats(frame[name]) for name in ("mean", "low", "high", "target")])))
    axes.set_ylim(len(lines) - 0.4, -0.6)
    _draw_names(axes, lines, language)
    axes.set_xlabel(wrapped(data["measure"], language, 54))
    number_axis(axes.xaxis, language)
    bare(axes, "left")
    _legend(figure, frame, data["declared"], language)
