"""Which comes first: lagged effects in both directions, and placebo lags beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxresearch.exhibits.figures.estimates import draw_results, estimate_axes, reach
from cxresearch.exhibits.figures.forest import band_note
from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import bare
from cxresearch.exhibits.figures.spec import FigureSpec, bounded, rows_height, sentences, told
from cxresearch.exhibits.style import CX, EX, GREY, INK, SMALL_SIZE
from cxresearch.language import Phrase, Text
from cxresearch.statistic import Estimate, Result

_PLACES = {"ex_now": (0.10, 0.80), "ex_next": (0.82, 0.80), "cx_now": (0.10, 0.20), "cx_next": (0.82, 0.20)}


def spec(
    forward: Result,
    backward: Result,
    smallest: float,
    *,
    ex: Text,
    cx: Text,
    placebos: Sequence[tuple[Text, Result]] = (),
    figure_id: str = "fig-lags",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    forward : standardised effect of EX on the next period's CX. backward : of CX on the next period's EX.
    placebos : names and results of lags in which no effect is possible, at most six.
    smallest : smallest effect of interest on the same scale. ex, cx : names of the measures.

    Raises
    ------
    ValueError
        With more than six placebos.
    """
    if len(placebos) > 6:
        raise ValueError(f"at most six placebo lags are drawn, got {len(placebos)}")
    results = (forward, backward, *(result for _, result in placebos))
    rows = [told(Phrase("figures.lags.placebo", {"label": name}), result) for name, result in placebos]
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.lags.caption"),
        alt=sentences(
            Phrase("figures.lags.alt", {"ex": ex, "cx": cx}),
            told(Phrase("figures.lags.forward_alt"), forward),
            told(Phrase("figures.lags.backward_alt"), backward),
            *rows,
        ),
        note=note
        or sentences(
            Phrase("figures.lags.note", {"ex": ex, "cx": cx}),
            band_note(results, smallest),
            Phrase("figures.lags.note_placebo") if placebos else None,
        ),
        draw="lags",
        data={"results": results, "placebos": tuple(name for name, _ in placebos), "smallest": smallest},
        height_cm=rows_height(len(results), 0.8, 1.8, 4.4),
    )


def _effect_arrow(axes: Axes, ends: tuple[str, str], result: Result, colour: str, dash: Any, language: str) -> None:
    start, end = (_PLACES[name] for name in ends)
    known = isinstance(result, Estimate)
    arrow = {
        "arrowstyle": "-|>",
        "color": colour if known else GREY,
        "linewidth": 1.6,
        "linestyle": dash,
        "shrinkA": 15,
        "shrinkB": 15,
    }
    axes.annotate("", end, start, arrowprops=arrow)
    text = bounded(result.estimate) if isinstance(result, Estimate) else Phrase("figures.lags.none")
    share = 0.30
    across, up = (a + share * (b - a) for a, b in zip(start, end, strict=True))
    axes.text(
        across,
        up,
        written(text, language),
        ha="center",
        va="center",
        color=INK if known else GREY,
        weight="bold" if known else "normal",
        fontsize=8 if known else SMALL_SIZE,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
    )


def _draw_diagram(axes: Axes, forward: Result, backward: Result, language: str) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for side in ("ex", "cx"):
        ends = _PLACES[f"{side}_now"], _PLACES[f"{side}_next"]
        stays = {"arrowstyle": "-|>", "color": GREY, "linewidth": 0.8, "shrinkA": 18, "shrinkB": 25}
        axes.annotate("", ends[1], ends[0], arrowprops=stays)
    _effect_arrow(axes, ("ex_now", "cx_next"), forward, EX, "-", language)
    _effect_arrow(axes, ("cx_now", "ex_next"), backward, CX, (0, (5, 2)), language)
    for name, place in _PLACES.items():
        colour = EX if name.startswith("ex") else CX
        shape = "round,pad=0.45" if name.startswith("ex") else "square,pad=0.45"
        box = {"boxstyle": shape, "facecolor": "white", "edgecolor": colour, "linewidth": 1.2}
        axes.text(*place, written(Phrase(f"figures.lags.{name}"), language), ha="center", va="center", bbox=box)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the two crossing arrows at the left, all estimates with intervals at the right."""
    results: Sequence[Result] = data["results"]
    placebos = data["placebos"]
    diagram, axes = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.05, 1]})
    _draw_diagram(diagram, results[0], results[1], language)
    estimate_axes(axes, reach(results, data["smallest"]), data["smallest"], language, bins=4)
    colours = [EX, CX] + [GREY] * len(placebos)
    markers = ["o", "s"] + ["D"] * len(placebos)
    draw_results(axes, results, colours, markers, language, width=38)
    names = [written(Phrase(f"figures.lags.{way}"), language) for way in ("forward", "backward")]
    names += [wrapped(name, language, 21, 2) for name in placebos]
    axes.set_yticks(range(len(results)), names)
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.set_xlabel(written(Phrase("figures.lags.scale"), language))
    bare(axes, "left")
