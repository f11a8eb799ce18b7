"""Ratios with intervals against declared marks: whether pairs of scales can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.estimates import draw_results
from cxresearch.exhibits.figures.forest import MOST_ROWS, levels
from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import bare
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences, told
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, GREY
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result


def spec(
    rows: Sequence[tuple[Text, Result]],
    marks: Sequence[float],
    *,
    scale: Text,
    figure_id: str,
    caption: Text,
    note: Text,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    rows : pair and its ratio, drawn from the top, 1–30 rows. marks : values that a ratio should stay below.
    scale : what the axis measures.

    Raises
    ------
    ValueError
        Without rows, or with more than a page holds.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise ValueError(f"a figure of ratios has 1 to {MOST_ROWS} rows, got {len(rows)}")
    results = [result for _, result in rows]
    level = levels(results)
    return FigureSpec(
        id=figure_id,
        caption=caption,
        alt=sentences(
            Phrase("figures.ratios.alt", {"rows": len(rows), "low": min(marks), "high": max(marks)}),
            *(told(label, result) for label, result in rows),
        ),
        note=sentences(None if level is None else Phrase("figures.intervals", {"level": level}), note),
        draw="ratios",
        data={
            "labels": tuple(label for label, _ in rows),
            "results": tuple(results),
            "marks": tuple(marks),
            "scale": scale,
        },
        height_cm=rows_height(len(rows), 0.66 if len(rows) <= 12 else 0.5, 1.8, 3.2),
    )


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw one row per pair; pairs whose estimate passes a mark in another colour and shape."""
    results: Sequence[Result] = data["results"]
    marks: Sequence[float] = data["marks"]
    axes = figure.subplots()
    known = [result for result in results if isinstance(result, Estimate)]
    ends = [end for result in known for end in (result.estimate, result.conf_low, result.conf_high) if end is not None]
    finite = [end for end in ends if np.isfinite(end)]
    axes.set_xlim(max(min([0.0, *finite]), -1.0) - 0.02, min(max([1.0, *finite]), 2.0) + 0.02)
    for mark in marks:
        axes.axvline(mark, color=GREY, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0.5)
    beyond = [isinstance(result, Estimate) and result.estimate >= min(marks) for result in results]
    colours, shapes = [CX if out else EX for out in beyond], ["s" if out else "o" for out in beyond]
    draw_results(axes, results, colours, shapes, language, width=60)
    number_axis(axes.xaxis, language, "bounded", bins=6)
    axes.set_yticks(range(len(results)), [wrapped(label, language, 36, 2) for label in data["labels"]])
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.set_xlabel(written(data["scale"], language))
    bare(axes, "left")
