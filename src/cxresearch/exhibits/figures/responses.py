"""Who answered: answers by source and period, and what is missing by variable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from cxresearch.exhibits.figures.lettering import literal, wrapped, written
from cxresearch.exhibits.figures.marks import bare
from cxresearch.exhibits.figures.periods import period_axis
from cxresearch.exhibits.figures.spec import FigureSpec, rows_height, sentences
from cxresearch.exhibits.figures.ticks import number_axis
from cxresearch.exhibits.style import CX, EX, GREY, SMALL_SIZE
from cxresearch.language import Phrase, Text, percent, render

MOST_PERIODS = 30
MOST_VARIABLES = 25
_COLOURS = {"employee": EX, "customer": CX}
_LABELLED_BARS = 16


def _span(values: pd.Series, key: str) -> Text | None:
    known = values.dropna()
    if known.empty:
        return None
    low, high = known.min(), known.max()
    name = f"figures.responses.{key}" if low == high else f"figures.responses.{key}_range"
    return Phrase(name, {"low": low, "high": high, "low_percent": 100 * low})


def _summary(source: Text, rows: pd.DataFrame) -> Text:
    values: dict[str, Any] = {"source": source, "answers": int(rows["n_answers"].sum())}
    units, rate = _span(rows["n_units"], "count"), _span(rows["response_rate"], "rate")
    if units is None:
        return Phrase("figures.responses.source_answers", values)
    if rate is None:
        return Phrase("figures.responses.source_units", values | {"units": units})
    return Phrase("figures.responses.source_rate", values | {"units": units, "rate": rate})


def _missing_text(missing: pd.DataFrame) -> Text:
    most = missing.sort_values("missing_share", ascending=False, kind="stable").iloc[0]
    if most["missing_share"] == 0:
        return Phrase("figures.responses.none_missing", {"variables": len(missing)})
    values = {"variables": len(missing), "variable": most["variable"], "most": float(most["missing_share"])}
    return Phrase("figures.responses.missing", values | {"mean": float(missing["missing_share"].mean())})


def spec(
    answers: pd.DataFrame,
    missing: pd.DataFrame,
    *,
    figure_id: str = "fig-responses",
    caption: Text | None = None,
    note: Text | None = None,
) -> FigureSpec:
    """Describe the figure.

    Parameters
    ----------
    answers : columns source (text), period ("" where there is none), n_answers, n_units (NaN unknown), response_rate
        (0..1, NaN unknown); optionally side (`employee` or `customer`, gives the colour).
        One row per source and period; periods are shown when a source has several, at most 30. Without rows only
        what is missing is drawn.
    missing : columns variable (text), missing_share (0..1); the 25 variables that miss most are drawn.
    """
    sources = list(dict.fromkeys(answers["source"]))
    shown = missing.sort_values("missing_share", ascending=False, kind="stable").head(MOST_VARIABLES)
    waves = max((answers[answers["source"] == source]["period"].nunique() for source in sources), default=0)
    by_period = waves > 1 and answers["period"].nunique() <= MOST_PERIODS
    left_out = len(missing) - len(shown)
    more = Phrase("figures.responses.note_more", {"shown": len(shown), "all": len(missing)}) if left_out else None
    rates = Phrase("figures.responses.note") if by_period and answers["response_rate"].notna().any() else None
    summaries = [_summary(source, answers[answers["source"] == source]) for source in sources]
    upper = len(sources) * 2.6 if by_period else 1.2 + len(sources) * 0.9 if sources else 0.0
    alone = "" if sources else "_missing"
    lower = 0.0 if shown.empty else 1.3 + 0.42 * len(shown)
    return FigureSpec(
        id=figure_id,
        caption=caption or Phrase(f"figures.responses.caption{alone}"),
        alt=sentences(
            Phrase(f"figures.responses.alt{alone}"), *summaries, None if missing.empty else _missing_text(missing)
        ),
        note=note or sentences(rates, Phrase("figures.responses.note_shares"), more),
        draw="responses",
        data={
            "answers": answers,
            "missing": shown,
            "summaries": tuple(summaries),
            "by_period": by_period,
            "heights": (upper, lower),
        },
        height_cm=rows_height(1, upper + lower, 0.4),
    )


def _colour(rows: pd.DataFrame) -> str:
    side = rows["side"].iloc[0] if "side" in rows else ""
    return _COLOURS.get(str(side), GREY)


def _draw_periods(axes: Axes, rows: pd.DataFrame, periods: list[str], summary: Text, language: str) -> None:
    at = np.array([periods.index(period) for period in rows["period"]])
    bars = axes.bar(at, rows["n_answers"].to_numpy(dtype=float), width=0.7, color=_colour(rows))
    rates = rows["response_rate"].to_numpy(dtype=float)
    if len(periods) <= _LABELLED_BARS and np.isfinite(rates).any():
        texts = [percent(rate, language) if np.isfinite(rate) else "" for rate in rates]
        axes.bar_label(bars, texts, padding=1.5, fontsize=SMALL_SIZE)
        axes.margins(y=0.16)
    axes.set_title(wrapped(summary, language, 86, 2).removesuffix("."))
    axes.set_ylabel(render(Phrase("figures.responses.answers"), language))
    axes.set_xlim(-0.7, len(periods) - 0.3)
    number_axis(axes.yaxis, language, "count", bins=4)
    period_axis(axes, [literal(period) for period in periods])


def _draw_totals(axes: Axes, data: Mapping[str, Any], language: str) -> None:
    answers: pd.DataFrame = data["answers"]
    groups = [(source, answers[answers["source"] == source]) for source in dict.fromkeys(answers["source"])]
    totals = [float(rows["n_answers"].sum()) for _, rows in groups]
    at = np.arange(len(groups))
    axes.barh(at, totals, height=0.42, color=[_colour(rows) for _, rows in groups])
    for place, summary in zip(at, data["summaries"], strict=True):
        axes.text(0, place - 0.32, wrapped(summary, language, 92, 1).removesuffix("."), ha="left", va="bottom")
    axes.set_ylim(len(groups) - 0.6, -0.85)
    axes.set_yticks([])
    axes.set_xlim(0, max([*totals, 1.0]) * 1.02)
    axes.set_xlabel(render(Phrase("figures.responses.answers"), language))
    number_axis(axes.xaxis, language, "count")
    bare(axes, "left")


def _draw_missing(axes: Axes, missing: pd.DataFrame, language: str) -> None:
    at = np.arange(len(missing))
    shares = missing["missing_share"].to_numpy(dtype=float)
    bars = axes.barh(at, shares, height=0.6, color=GREY)
    axes.bar_label(bars, [percent(share, language, 1) for share in shares], padding=2, fontsize=SMALL_SIZE)
    axes.set_yticks(at, [wrapped(label, language, 44, 1) for label in missing["variable"]])
    axes.set_ylim(len(missing) - 0.4, -0.6)
    axes.set_xlim(0, max(shares.max() * 1.12, 0.01))
    axes.set_title(written(Phrase("figures.responses.missing_title"), language))
    number_axis(axes.xaxis, language, "percent", bins=5)
    bare(axes, "left")


def draw(figure: Figure, data: Mapping[str, Any], language: str) -> None:
    """Draw the panels: answers above, missing answers below."""
    answers: pd.DataFrame = data["answers"]
    upper, lower = data["heights"]
    top: FigureBase = figure
    if not upper:
        _draw_missing(figure.subplots(), data["missing"], language)
        return
    if lower:
        top, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[upper, lower], hspace=0.02)[:, 0]
        _draw_missing(below.subplots(), data["missing"], language)
    if not data["by_period"]:
        _draw_totals(top.subplots(), data, language)
        return
    sources = list(dict.fromkeys(answers["source"]))
    periods = sorted(set(answers["period"]))
    panels = top.subplots(len(sources), 1, squeeze=False)[:, 0]
    for axes, source, summary in zip(panels, sources, data["summaries"], strict=True):
        _draw_periods(axes, answers[answers["source"] == source], periods, summary, language)
