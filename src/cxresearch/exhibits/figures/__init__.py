"""The figures: each module builds a `FigureSpec` from data (`spec`) and draws it (`draw`).

A new figure is a new module and a line in `FIGURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.figure import Figure

from cxresearch.exhibits.figures import (
    bends,
    curve,
    dots,
    eigenvalues,
    forest,
    group_items,
    group_pairs,
    group_path,
    group_place,
    group_scores,
    group_trend,
    lags,
    likert,
    path,
    paths,
    profile,
    ratios,
    responses,
    scatter,
    screening,
    slopes,
    trend,
    unit_slopes,
    verdict,
)
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.figures.verdict_rows import VerdictRow, verdict_row

Draw = Callable[[Figure, Mapping[str, Any], str], None]

FIGURES: dict[str, Draw] = {
    "responses": responses.draw,
    "screening": screening.draw,
    "likert": likert.draw,
    "profile": profile.draw,
    "scatter": scatter.draw,
    "forest": forest.draw,
    "verdict": verdict.draw,
    "trend": trend.draw,
    "unit_slopes": unit_slopes.draw,
    "path": path.draw,
    "lags": lags.draw,
    "curve": curve.draw,
    "dots": dots.draw,
    "paths": paths.draw,
    "slopes": slopes.draw,
    "bends": bends.draw,
    "eigenvalues": eigenvalues.draw,
    "ratios": ratios.draw,
    "group_scores": group_scores.draw,
    "group_place": group_place.draw,
    "group_trend": group_trend.draw,
    "group_items": group_items.draw,
    "group_path": group_path.draw,
    "group_pairs": group_pairs.draw,
}

__all__ = [
    "FIGURES",
    "Draw",
    "FigureSpec",
    "VerdictRow",
    "bends",
    "curve",
    "dots",
    "eigenvalues",
    "forest",
    "group_items",
    "group_pairs",
    "group_path",
    "group_place",
    "group_scores",
    "group_trend",
    "lags",
    "likert",
    "path",
    "paths",
    "profile",
    "ratios",
    "responses",
    "scatter",
    "screening",
    "slopes",
    "trend",
    "unit_slopes",
    "verdict",
    "verdict_row",
]
