"""How the answers to items are distributed: bars to both sides of the scale's midpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from cxresearch.exhibits.figures.lettering import wrapped, written
from cxresearch.exhibits.figures.marks import bare, zero_line
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import GREY, SMALL_SIZE, ink_on, likert_colours
from cxresearch.language import Phrase, Text, count, decimal, render

MOST_ITEMS = 36
_LISTED_ITEMS = 12
_WRITTEN_FROM = 0.055
_COLUMNS_CM = 5.0
_NPS_GROUPS = ("detractors", "passives", "promoters")


def _wide(frame: pd.DataFrame, minimum: int, maximum: int, nps: bool) -> NDArray[np.float64]:
    """Shares, one row per item and one column per option (or NPS group), in rising order."""
    items = list(dict.fromkeys(frame["item"]))
    shares = np.zeros((len(items), maximum - minimum + 1))
    for item, value, share in zip(frame["item"], frame["value"], frame["share"], strict=True):
        shares[items.index(item), int(value) - minimum] += share
    return _groups(shares) if nps else shares


def _groups(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of detractors, passives and promoters from the shares of 0–10."""
    return np.column_stack([shares[:, :7].sum(axis=1), shares[:, 7:9].sum(axis=1), shares[:, 9:].sum(axis=1)])


def _item_texts(items: Sequence[Text], shares: NDArray[np.float64], ns: Sequence[int], nps: bool) -> list[Text]:
    side = shares.shape[1] // 2
    below, above = shares[:, :side].sum(axis=1), shares[:, -side:].sum(axis=1)
    key = "figures.likert.item_nps" if nps else "figures.likert.item"
    order = range(len(items))
    if len(items) > _LISTED_ITEMS:
        order_by = np.argsort(below - above, kind="stable")
        order = [int(order_by[0]), int(order_by[-1])]  # type: ignore[assignment]
    return [
        Phrase(
            key,
            {
                "item": items[row],
                "below": float(below[row]),
                "middle": max(0.0, float(1 - below[row] - above[row])),
                "above": float(above[row]),
                "n": int(ns[row]),
            },
        )
        for row in order
    ]


def spec(
    frame: pd.DataFrame,
    minimum: int,
    maximum: int,
    *,
    nps: bool = False,
    anchors: tuple[Text, Text] | None = None,
    figure_id: str = "fig-answers",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    frame : columns item (text), value (whole number), share (0..1 of the item's answers), n (answers to the item);
        optionally reversed (bool): the item is marked, its answers stay as given. Options nobody chose may be absent.
    minimum, maximum : of the scale. nps : group 0–10 into detractors, passives and promoters.
    anchors : names of the lowest and the highest option, for the legend.

    Raises
    ------
    ValueError
        If `nps` is asked of another scale than 0–10, or there are more items than a page holds (`pages` splits them).
    """
    if nps and (minimum, maximum) != (0, 10):
        raise ValueError(f"detractors and promoters are defined on 0–10, not on {minimum}–{maximum}")
    items: list[Text] = list(dict.fromkeys(frame["item"]))
    if len(items) > MOST_ITEMS:
        raise ValueError(f"{len(items)} items do not fit on a page; use pages()")
    first = frame.drop_duplicates("item")
    ns = [int(n) for n in first["n"]]
    shares = _wide(frame, minimum, maximum, nps)
    scale = {"items": len(items), "minimum": minimum, "maximum": maximum}
    many = Phrase("figures.likert.extremes") if len(items) > _LISTED_ITEMS else None
    single = nps and len(items) == 1
    split = "nps" if nps else "odd" if shares.shape[1] % 2 else "even"
    backwards = [bool(mark) for mark in first["reversed"]] if "reversed" in frame else [False] * len(items)
    marked = Phrase("figures.likert.note_reversed") if any(backwards) else None
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase("figures.likert.caption"),
        alt=sentences(Phrase("figures.likert.alt", scale), many, *_item_texts(items, shares, ns, nps)),
        note=note or sentences(Phrase(f"figures.likert.note_{'columns' if single else split}"), marked),
        draw="likert",
        data={
            "columns": _wide(frame, minimum, maximum, nps=False)[0] if single else None,
            "items": tuple(items),
            "ns": tuple(ns),
            "shares": shares,
            "reversed": tuple(backwards),
            "options": _NPS_GROUPS if nps else tuple(range(minimum, maximum + 1)),
            "anchors": anchors,
        },
        height_cm=_COLUMNS_CM if single else rows_height(len(items), 0.62 if len(items) <= 16 else 0.5, 2.4),
    )


def pages(frame: pd.DataFrame, minimum: int, maximum: int, **options: Any) -> tuple[FigureSpec, ...]:
    """One spec, or several with numbered captions when the items do not fit on one page; arguments as for `spec`."""
    items = list(dict.fromkeys(frame["item"]))
    parts = -(-len(items) // MOST_ITEMS)
    if parts <= 1:
        return (spec(frame, minimum, maximum, **options),)
    name = options.pop("figure_id", "fig-answers")
    caption = options.pop("caption", None) or Phrase("figures.likert.caption")
    groups = [items[part * len(items) // parts : (part + 1) * len(items) // parts] for part in range(parts)]
    return tuple(
        spec(
            frame[frame["item"].isin(group)],
            minimum,
            maximum,
            figure_id=f"{name}-{part}",
            caption=Phrase("figures.part", {"caption": caption, "part": part, "of": parts}),
            **options,
        )
        for part, group in enumerate(groups, start=1)
    )


def _draw_bars(axes: Axes, shares: NDArray[np.float64], colours: Sequence[str], language: str) -> None:
    options = shares.shape[1]
    left = -shares[:, : options // 2].sum(axis=1)
    if options % 2:
        left = left - shares[:, options // 2] / 2
    at = np.arange(len(shares))
    for option, colour in enumerate(colours):
        width = shares[:, option]
        axes.barh(at, width, left=left, height=0.72, color=colour, edgecolor="white", linewidth=0.5)
        for row in np.flatnonzero(width >= _WRITTEN_FROM):
            axes.text(
                left[row] + width[row] / 2,
                at[row],
                decimal(100 * width[row], language, 0),
                color=ink_on(colour),
                fontsize=SMALL_SIZE,
                ha="center",
                va="center_baseline",
            )
        left = left + width


def _legend(figure: Figure, data: Mapping[str, Any], colours: Sequence[str], language: str) -> None:
    options = data["options"]
    if options == _NPS_GROUPS:
        names = [render(Phrase(f"figures.likert.{group}"), language) for group in options]
    else:
        names = [count(option, language) for option in options]
        if data["anchors"]:
            low, high = (wrapped(anchor, language, 30, 1) for anchor in data["anchors"])
            names[0], names[-1] = f"{names[0]} {low}", f"{names[-1]} {high}"
    keys = [Patch(facecolor=colour) for colour in colours]
    figure.legend(
        keys, names, loc="outside lower center", ncols=len(keys), handlelength=1.1, columnspacing=1.1, handletextpad=0.4
    )


def _draw_columns(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw one likelihood to recommend as a column per answer, coloured by group."""
    shares = data["columns"]
    groups = likert_colours(len(_NPS_GROUPS))
    axes = figure.subplots()
    colours = [groups[0]] * 7 + [groups[1]] * 2 + [groups[2]] * 2
    columns = axes.bar(np.arange(len(shares)), shares, width=0.82, color=colours, edgecolor=GREY, linewidth=0.4)
    axes.bar_label(columns, [decimal(100 * share, language, 0) for share in shares], padding=1.5, fontsize=SMALL_SIZE)
    axes.set_xticks(np.arange(len(shares)), [count(option, language) for option in range(len(shares))])
    axes.set_xlabel(f"{wrapped(data['items'][0], language, 60, 1)} (n = {count(data['ns'][0], language)})")
    axes.set_ylabel(written(Phrase("figures.likert.share"), language))
    axes.margins(y=0.12)
    number_axis(axes.yaxis, language, "percent", bins=4)
    bare(axes, "bottom")
    _legend(figure, data, groups, language)


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw one bar per item, split at the midpoint of the scale; a single likelihood to recommend as columns."""
    if data["columns"] is not None:
        _draw_columns(figure, data, language)
        return
    shares = data["shares"]
    colours = likert_colours(shares.shape[1])
    axes = figure.subplots()
    _draw_bars(axes, shares, colours, language)
    mark = written(Phrase("figures.likert.reversed"), language)
    lines = 2 if len(shares) <= 16 else 1
    labels = [
        wrapped(item, language, 40 - (len(mark) + 1 if turned else 0), lines) + (f" {mark}" if turned else "")
        for item, turned in zip(data["items"], data["reversed"], strict=True)
    ]
    at = np.arange(len(shares))
    axes.set_yticks(at, labels)
    axes.set_ylim(len(shares) - 0.4, -0.6)
    side = shares.shape[1] // 2
    half = shares[:, side] / 2 if shares.shape[1] % 2 else np.zeros(len(shares))
    reach = shares[:, :side].sum(axis=1) + half, shares[:, -side:].sum(axis=1) + half
    axes.set_xlim(-max(reach[0].max(), 0.05) - 0.02, max(reach[1].max(), 0.05) + 0.02)
    zero_line(axes)
    number_axis(axes.xaxis, language, "percent", absolute=True)
    axes.set_xlabel(written(Phrase("figures.likert.share"), language))
    for place, n in zip(at, data["ns"], strict=True):
        axes.annotate(
            f"n = {count(n, language)}",
            (1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=SMALL_SIZE,
            va="center_baseline",
        )
    bare(axes, "left")
    _legend(figure, data, colours, language)
