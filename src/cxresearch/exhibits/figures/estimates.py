"""A column of estimates on the standardised scale: what forest, verdict and lag figures share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from matplotlib.axes import Axes

from cxresearch.exhibits.figures.lettering import wrapped
from cxresearch.exhibits.figures.marks import zero_line
from cxresearch.exhibits.figures.spec import result_text
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import BAND, GREY, PALE, SMALL_SIZE
from cxresearch.statistic import Estimate, Result

_LEAST_REACH = 0.3
_CUT = 3.0


def _numbers(result: Estimate) -> list[float]:
    ends = (result.estimate, result.conf_low, result.conf_high)
    return [end for end in ends if end is not None and np.isfinite(end)]


def reach(results: Iterable[Result], smallest: float) -> tuple[float, float]:
    """Limits of the axis: hold zero, the band and all intervals, but cut intervals far longer than the estimates."""
    known = [result for result in results if isinstance(result, Estimate)]
    largest = max([abs(result.estimate) for result in known] + [smallest, _LEAST_REACH / 2])
    ends = list(chain.from_iterable(map(_numbers, known)))
    low, high = min([-smallest * 1.3, *ends]), max([smallest * 1.3, _LEAST_REACH, *ends])
    low, high = max(low, -_CUT * largest), min(high, _CUT * largest)
    pad = 0.04 * (high - low)
    return low - pad, high + pad


def estimate_axes(axes: Axes, limits: tuple[float, float], smallest: float, language: str, bins: int = 6) -> None:
    """Prepare the axis: limits, zero line, shaded band of effects too small to matter."""
    axes.set_xlim(*limits)
    axes.axvspan(-smallest, smallest, color=BAND, linewidth=0, zorder=0)
    for edge in (-smallest, smallest):
        axes.axvline(edge, color=PALE, linewidth=0.6, zorder=0.2)
    zero_line(axes)
    number_axis(axes.xaxis, language, "bounded", bins=bins)


def draw_estimate(axes: Axes, result: Estimate, at: float, colour: str, marker: str = "o", size: float = 5.5) -> None:
    """One estimate with its interval; an end beyond the axis becomes an arrowhead."""
    left, right = axes.get_xlim()
    if result.conf_low is not None and result.conf_high is not None:
        low, high = max(result.conf_low, left), min(result.conf_high, right)
        axes.plot([low, high], [at, at], color=colour, linewidth=1.4, solid_capstyle="butt")
        for end, cut, head in ((left, result.conf_low < left, "<"), (right, result.conf_high > right, ">")):
            if cut:
                axes.plot([end], [at], marker=head, color=colour, markersize=size * 0.8, clip_on=False)
    axes.plot(
        [np.clip(result.estimate, left, right)],
        [at],
        marker=marker,
        markersize=size,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=0.5,
    )


def write_reason(axes: Axes, result: Result, at: float, language: str, width: float) -> None:
    """In place of an estimate, and of its numbers: that there is none, and why."""
    axes.annotate(
        wrapped(result_text(result), language, width, 3),
        (0.0, at),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL_SIZE,
        fontstyle="italic",
        color=GREY,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )


def draw_results(
    axes: Axes,
    results: Sequence[Result],
    colours: Sequence[str],
    markers: Sequence[str],
    language: str,
    width: float,
) -> None:
    """Results in rows from the top, their numbers in a column at the right; reasons are `width` characters wide."""
    axes.tick_params(axis="y", pad=7)
    for at, (result, colour, marker) in enumerate(zip(results, colours, markers, strict=True)):
        if not isinstance(result, Estimate):
            write_reason(axes, result, at, language, width)
            continue
        draw_estimate(axes, result, at, colour, marker)
        axes.annotate(
            wrapped(result_text(result), language, 40, 1),
            (1.0, at),
            xycoords=("axes fraction", "data"),
            xytext=(9, 0),
            textcoords="offset points",
            fontsize=SMALL_SIZE,
            va="center_baseline",
        )
