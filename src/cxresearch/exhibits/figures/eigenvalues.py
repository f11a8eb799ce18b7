"""Eigenvalues of a questionnaire beside those of random data: how many dimensions its questions have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import floats, padded
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import EX, GREY
from cxresearch.language import Phrase, Text

PANELS = ("factor", "component")


def spec(
    frame: pd.DataFrame,
    counts: Mapping[str, int],
    *,
    survey: Text,
    figure_id: str = "fig-eigenvalues",
    caption: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    frame : columns place (1, 2, …), factor, random_factor, component, random_component; falling eigenvalues.
    counts : how many leading ones pass random data's, under the keys `factor` and `component`.
    survey : what the questionnaire is called.
    """
    known = frame.sort_values("place").reset_index(drop=True)
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.eigenvalues.caption"),
        alt=sentences(
            Phrase("figures.eigenvalues.alt", {"items": len(known)}),
            *(
                Phrase(
                    f"figures.eigenvalues.{kind}",
                    {
                        "passing": counts[kind],
                        "first": float(known[kind].iloc[0]),
                        "random": float(known[f"random_{kind}"].iloc[0]),
                    },
                )
                for kind in PANELS
            ),
        ),
        note=Phrase("figures.eigenvalues.note"),
        draw="eigenvalues",
        data={"frame": known, "counts": dict(counts), "survey": survey},
        height_cm=5.4,
    )


def _panel(axes: Axes, frame: pd.DataFrame, kind: str, count: int, survey: Text, language: str) -> None:
    at, found, random = floats(frame["place"]), floats(frame[kind]), floats(frame[f"random_{kind}"])
    random_name = written(Phrase("figures.eigenvalues.random"), language)
    size = 5.0 if len(at) <= 25 else 2.5
    axes.plot(at, random, color=GREY, linestyle=(0, (4, 2)), linewidth=1.1, label=random_name)
    axes.plot(at, found, color=EX, linewidth=1.1, label=wrapped(survey, language, 24, 2), zorder=2.5)
    axes.plot(at[:count], found[:count], linestyle="none", marker="o", markersize=size, color=EX, zorder=3)
    rest: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": EX, "markeredgewidth": 0.9}
    axes.plot(at[count:], found[count:], linestyle="none", marker="o", markersize=size, zorder=3, **rest)
    axes.set_ylim(*padded([*found, *random], 0.08))
    axes.set_xlim(0.5, len(at) + 0.5)
    axes.set_title(wrapped(Phrase(f"figures.eigenvalues.title_{kind}", {"passing": count}), language, 38, 2))
    axes.set_xlabel(written(Phrase("figures.eigenvalues.place"), language))
    number_axis(axes.yaxis, language, bins=5)
    number_axis(axes.xaxis, language, "count", bins=8)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw factors at the left and components at the right."""
    panels = figure.subplots(1, 2)
    for axes, kind in zip(panels, PANELS, strict=True):
        _panel(axes, data["frame"], kind, data["counts"][kind], data["survey"], language)
    panels[0].set_ylabel(written(Phrase("figures.eigenvalues.value"), language))
    panels[0].legend(loc="upper right")
