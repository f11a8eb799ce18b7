"""Employee and customer scores of all groups of a kind, one of them marked and the others unnamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.group_sheet import OTHERS, Scale, Sheet
from cxresearch.exhibits.figures.marks import floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.style import EX, GREY
from cxresearch.language import Phrase, Text

_LEFT, _TOP, _BOTTOM = 40.0, 2.0, 48.0


def spec(
    frame: pd.DataFrame, *, ex: Text, cx: Text, caption: Text | None = None, figure_id: str = "fig-group-pairs"
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    frame : columns ex, cx, own; one row for each group, at most one of them its own.

    Raises
    ------
    ValueError
        With fewer than two groups, or with several that are the group's own.
    """
    own = frame["own"].to_numpy(dtype=bool)
    if len(frame) < 2 or own.sum() > 1:
        raise ValueError(f"two groups or more, at most one of them marked; got {len(frame)} and {own.sum()}")
    values: dict[str, Any] = {"ex": ex, "cx": cx, "groups": len(frame)}
    ends = {"ex_low": frame["ex"].min(), "ex_high": frame["ex"].max()}
    ends |= {"cx_low": frame["cx"].min(), "cx_high": frame["cx"].max()}
    marked = frame[own]
    place = (
        Phrase("figures.group.pairs.own", {"ex": float(marked["ex"].iloc[0]), "cx": float(marked["cx"].iloc[0])})
        if own.any()
        else Phrase("figures.group.pairs.no_own")
    )
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.group.pairs.caption"),
        alt=sentences(
            Phrase("figures.group.pairs.alt", values | {name: float(end) for name, end in ends.items()}), place
        ),
        note=Phrase("figures.group.pairs.note"),
        draw="group_pairs",
        data={"frame": frame.reset_index(drop=True), "ex": ex, "cx": cx},
        height_cm=7.4,
    )


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the groups as points, lines at the means, and the group on top."""
    frame: pd.DataFrame = data["frame"]
    sheet = Sheet(figure, language)
    bottom, right = sheet.height - _BOTTOM, sheet.width - 4
    own = frame["own"].to_numpy(dtype=bool)
    x, y = floats(frame["ex"]), floats(frame["cx"])
    across, up = Scale(*padded(x), _LEFT, right), Scale(*padded(y), bottom, _TOP + 16)
    sheet.text(0, _TOP + 4, data["cx"], room=right, lines=1)
    sheet.across(across, bottom, grid=_TOP + 16)
    sheet.upright(up, _LEFT, bins=5, grid=right)
    middle: dict[str, Any] = {"colour": GREY, "width": 0.9, "linestyle": (0, (4, 3)), "zorder": 0.8}
    sheet.line(np.repeat(across([x.mean()]), 2), [bottom, _TOP + 16], **middle)
    sheet.line([_LEFT, right], np.repeat(up([y.mean()]), 2), **middle)
    size = 5.0 if len(frame) <= 150 else 3.0
    sheet.marks(across(x[~own]), up(y[~own]), size=size, colour=OTHERS, markeredgecolor=GREY, zorder=1.5)
    if own.any():
        sheet.marks(across(x[own]), up(y[own]), marker="D", size=8.0, colour=EX, markeredgecolor="white", zorder=3)
    sheet.text((_LEFT + right) / 2, bottom + 23, data["ex"], room=right - _LEFT, align="center")
    entries: list[tuple[dict[str, Any], Text]] = [
        ({"marker": "o", "colour": OTHERS, "size": 5.0, "markeredgecolor": GREY}, Phrase("figures.group.key.other")),
        ({"colour": GREY, "width": 0.9, "linestyle": (0, (4, 3))}, Phrase("figures.group.key.mean")),
    ]
    if own.any():
        entries.insert(0, ({"marker": "D", "colour": EX, "size": 7.0}, Phrase("figures.group.key.own")))
    sheet.key(0, sheet.height - 8, entries)
