"""A mediation as a diagram: three boxes, the paths between them with their coefficients and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.amounts import sized, sized_interval
from cxresearch.exhibits.figures.lettering import wrapped
from cxresearch.exhibits.figures.spec import FigureSpec, sentences
from cxresearch.exhibits.style import CX, EX, GREY, INK, SMALL_SIZE
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

PATHS = ("a", "b", "direct", "indirect")
_PLACES = {"ex": (0.12, 0.16), "mediator": (0.5, 0.84), "cx": (0.88, 0.16)}
_ENDS = {"a": ("ex", "mediator"), "b": ("mediator", "cx"), "direct": ("ex", "cx")}
_TEXTS = {"a": (0.17, 0.53, "center"), "b": (0.83, 0.53, "center"), "direct": (0.5, 0.055, "center")}


def coefficient(result: Result) -> Text:
    """A path's coefficient with its interval, or that there is none."""
    if not isinstance(result, Estimate):
        return Phrase("figures.paths.none")
    value, ends = sized(result.estimate), sized_interval(result)
    if ends is None:
        return Phrase("figures.paths.value", {"value": value})
    return Phrase("figures.paths.with_interval", {"value": value, "interval": ends})


def spec(
    results: Mapping[str, Result],
    *,
    ex: Text,
    mediator: Text,
    cx: Text,
    figure_id: str = "fig-mediation",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure: `results` of the paths a, b, direct and indirect; names of the three measures."""
    texts = {path: coefficient(results[path]) for path in PATHS}
    names = {"ex": ex, "mediator": mediator, "cx": cx}
    told = (Phrase(f"figures.paths.alt_{path}", {**names, "value": texts[path]}) for path in PATHS)
    levels = {r.conf_level for r in results.values() if isinstance(r, Estimate) and r.conf_level is not None}
    level = levels.pop() if len(levels) == 1 else None
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.paths.caption"),
        alt=sentences(Phrase("figures.paths.alt", names), *told),
        note=note
        or sentences(
            Phrase("figures.paths.note"), None if level is None else Phrase("figures.paths.level", {"level": level})
        ),
        draw="paths",
        data={
            "names": names,
            "texts": texts,
            "clear": {path: isinstance(r := results[path], Estimate) and r.excludes(0) for path in PATHS},
        },
        height_cm=6.5,
    )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], clear: bool) -> None:
    look: dict[str, Any] = {"arrowstyle": "-|>", "color": INK if clear else GREY, "linewidth": 1.8 if clear else 1.0}
    look |= {"linestyle": "-" if clear else (0, (5, 3)), "shrinkA": 46, "shrinkB": 48}
    axes.annotate("", end, start, arrowprops=look)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the boxes, the arrows and their numbers; a path that may be nothing is dashed."""
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for path, (start, end) in _ENDS.items():
        _arrow(axes, _PLACES[start], _PLACES[end], data["clear"][path])
        across, up, side = _TEXTS[path]
        text = wrapped(Phrase(f"figures.paths.{path}", {"value": data["texts"][path]}), language, 44, 1)
        axes.text(across, up, text, ha=side, va="center", fontsize=SMALL_SIZE + 0.5)
    indirect = wrapped(Phrase("figures.paths.indirect", {"value": data["texts"]["indirect"]}), language, 36, 3)
    axes.text(0.5, 0.36, indirect, ha="center", va="center", fontsize=SMALL_SIZE + 0.5, weight="bold")
    for name, place in _PLACES.items():
        colour = {"ex": EX, "cx": CX}.get(name, INK)
        shape = {"ex": "round,pad=0.45", "cx": "square,pad=0.45"}.get(name, "round4,pad=0.45")
        box = {"boxstyle": shape, "facecolor": "white", "edgecolor": colour, "linewidth": 1.2}
        axes.text(*place, wrapped(data["names"][name], language, 18, 3), ha="center", va="center", bbox=box)
