"""For whom: the slope of CX on EX over the values of a moderator, with its band and the limits of the region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from cxresearch.exhibits.amounts import sized
from cxresearch.exhibits.figures.lettering import wrapped
from cxresearch.exhibits.figures.marks import draw_points, padded
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import EX, GREY
from cxresearch.language import Phrase, Text

_FEW = 2


def _placed(value: float) -> object:
    return Phrase("tables.value.n", {"value": value}) if value == round(value) else sized(value)


def spec(
    rows: pd.DataFrame,
    *,
    moderator: Text,
    level: float,
    limits: Sequence[float] = (),
    figure_id: str = "fig-moderation",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    rows : columns value (of the moderator, ascending), slope, low, high. limits : where the slope begins or ends to
    differ
        from zero; those outside the values are not drawn.
    """
    value, slope = rows["value"].to_numpy(dtype=float), rows["slope"].to_numpy(dtype=float)
    inside = [limit for limit in limits if value.min() <= limit <= value.max()]
    ends = {
        "from": _placed(float(value[0])),
        "to": _placed(float(value[-1])),
        "first": sized(float(slope[0])),
        "last": sized(float(slope[-1])),
    }
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.slopes.caption"),
        alt=sentences(
            Phrase("figures.slopes.alt", {"moderator": moderator, **ends}),
            *(Phrase("figures.slopes.limit", {"value": sized(limit)}) for limit in inside),
        ),
        note=note
        or sentences(
            Phrase("figures.slopes.note_two" if len(rows) == _FEW else "figures.slopes.note", {"level": level}),
            Phrase("figures.slopes.note_limits") if inside else None,
        ),
        draw="slopes",
        data={"rows": rows.reset_index(drop=True), "moderator": moderator, "limits": tuple(inside)},
        height_cm=6.6,
    )


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the slope as a line with a band, or two slopes as points with intervals."""
    rows: pd.DataFrame = data["rows"]
    axes = figure.subplots()
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=0.5)
    if len(rows) == _FEW:
        ends = (rows["slope"], rows["low"], rows["high"])
        draw_points(axes, rows["value"], *ends, colour=EX, size=6.5, width=1.6, upright=True)
        axes.set_xlim(*padded(rows["value"], 0.5))
    else:
        axes.fill_between(rows["value"], rows["low"], rows["high"], color=EX, alpha=0.18, linewidth=0)
        axes.plot(rows["value"], rows["slope"], color=EX, linewidth=1.6)
        axes.set_xlim(*padded(rows["value"], 0.02, 1e-6))
    for limit in data["limits"]:
        axes.axvline(limit, color=GREY, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.set_ylim(*padded(np.concatenate([rows["low"], rows["high"], [0.0]])))
    number_axis(axes.xaxis, language)
    if len(rows) == _FEW:
        axes.xaxis.set_major_locator(FixedLocator(rows["value"].tolist()))
    axes.set_xlabel(wrapped(data["moderator"], language, 80))
    axes.set_ylabel(wrapped(Phrase("figures.slopes.slope"), language, 34))
    number_axis(axes.yaxis, language)
