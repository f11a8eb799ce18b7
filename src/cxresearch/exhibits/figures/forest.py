"""The same relation estimated by several models, on one standardised scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.estimates import draw_results, estimate_axes, reach
from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import bare
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences, told
from cxresearch.exhibits.style import EX, PALE
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

MOST_ROWS = 34


def levels(results: Sequence[Result]) -> float | None:
    """The level that the intervals share; None without intervals or when they differ."""
    known = {result.conf_level for result in results if isinstance(result, Estimate) and result.conf_low is not None}
    return known.pop() if len(known) == 1 else None


def band_note(results: Sequence[Result], smallest: float) -> Text:
    """How to read intervals and the shaded band."""
    level = levels(results)
    intervals = None if level is None else Phrase("figures.intervals", {"level": level})
    return sentences(intervals, Phrase("figures.band", {"smallest": smallest}))


def spec(
    rows: Sequence[tuple[Text, Result]],
    smallest: float,
    *,
    groups: Sequence[int] = (),
    figure_id: str = "fig-models",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    rows : name of the model and its result, a correlation or a standardised slope; drawn from the top, 1–34 rows.
    smallest : smallest effect of interest; the band from −smallest to +smallest is shaded.
    groups : how many rows belong together, from the top; a thin line divides them.

    Raises
    ------
    ValueError
        Without rows, or with more than a page holds.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise ValueError(f"a forest has 1 to {MOST_ROWS} rows, got {len(rows)}")
    results = [result for _, result in rows]
    known = sum(isinstance(result, Estimate) for result in results)
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.forest.caption"),
        alt=sentences(
            Phrase("figures.forest.alt", {"rows": len(rows), "known": known, "smallest": smallest}),
            *(told(label, result) for label, result in rows),
        ),
        note=note or band_note(results, smallest),
        draw="forest",
        data={"labels": tuple(label for label, _ in rows), "results": tuple(results), "smallest": smallest}
        | {"groups": tuple(groups)},
        height_cm=rows_height(len(rows), 0.66 if len(rows) <= 12 else 0.5, 1.8, 3.2),
    )


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw one row per model."""
    results: Sequence[Result] = data["results"]
    axes = figure.subplots()
    estimate_axes(axes, reach(results, data["smallest"]), data["smallest"], language)
    draw_results(axes, results, [EX] * len(results), ["o"] * len(results), language, width=60)
    axes.set_yticks(range(len(results)), [wrapped(label, language, 50, 2) for label in data["labels"]])
    axes.set_ylim(len(results) - 0.4, -0.6)
    for end in np.cumsum(data["groups"])[:-1]:
        axes.axhline(end - 0.5, color=PALE, linewidth=0.7, zorder=0.1)
    axes.set_xlabel(written(Phrase("figures.forest.scale"), language))
    bare(axes, "left")
