"""One spec of every figure of a group's report, for the same kinds of data as the other figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from cxresearch.exhibits.figures import (
    FigureSpec,
    group_items,
    group_pairs,
    group_path,
    group_place,
    group_scores,
    group_trend,
)
from cxresearch.language import Label, Phrase, Text
from cxresearch.statistic import Estimate

AWKWARD = "Olen <b>tyytyväinen</b> & $x$ {jotain} 100 % \\alpha_1 🎉👩‍🚀 日本 ^2 " + "erittäin pitkä nimi " * 8
GROUPS = {"ordinary": 24, "tiny": 2, "large": 1500, "awkward": 8, "negative": 40, "equal": 12}
NAMES = (
    Label("Esihenkilötyö", "Leadership"),
    Label("Nettosuositteluindeksi (NPS)", "Net Promoter Score (NPS)"),
    Label("Pysäköinti tapaamispaikan lähellä", "Parking near the meeting place"),
)
SIDES = ("ex", "cx", "other")


def label(kind: str, place: int) -> Text:
    return Label(AWKWARD, AWKWARD) if kind == "awkward" else NAMES[place % 3]


def means(kind: str, place: int) -> np.ndarray:
    rng = np.random.default_rng(40 + place)
    values = np.sort(rng.normal(-3.2 if kind == "negative" else 3.7, 0.0 if kind == "equal" else 0.4, GROUPS[kind]))
    return values * (20 if place % 3 == 1 else 1)


def estimate(value: float, half: float) -> Estimate:
    return Estimate(term="t", estimate=value, conf_low=value - half, conf_high=value + half, conf_level=0.95)


def amount(value: float) -> Phrase:
    return Phrase("tables.amount.mean", {"value": value})


def scores(kind: str) -> FigureSpec:
    rows = []
    for place in range({"tiny": 1, "large": 9, "awkward": 4}.get(kind, 5)):
        others = means(kind, place)
        own, rest = float(others[-1]), float(others.mean())
        known = kind != "tiny"
        rows.append(
            group_scores.ScoreRow(
                label(kind, place),
                SIDES[place % 3],
                amount(own),
                estimate(own, 0.0 if kind == "equal" else 0.2 * abs(own)),
                estimate(rest, 0.01) if known else None,
                amount(rest) if known else None,
                others if known else (),
            )
        )
    return group_scores.spec(rows, level=0.95)


def place(kind: str) -> FigureSpec:
    panels = []
    for number in range(1 if kind == "tiny" else 2):
        middle = means(kind, number)
        half = 0.0 if kind == "equal" else 0.15
        own = np.arange(middle.size) == middle.size - 1
        frame = pd.DataFrame({"mean": middle, "conf_low": middle - half, "conf_high": middle + half, "own": own})
        shrunken = None if kind == "tiny" else estimate(float(middle[-1]) * 0.98, half)
        panel = group_place.PlacePanel(label(kind, number), SIDES[number], frame, shrunken, amount(float(middle[-1])))
        panels.append(panel)
    return group_place.spec(panels, level=0.95)


def trend(kind: str) -> FigureSpec:
    count = {"tiny": 2, "large": 40, "equal": 3}.get(kind, 8)
    panels = []
    for number in range(1 if kind == "tiny" else 2):
        rng = np.random.default_rng(number)
        sign = -1 if kind == "negative" else 1
        middle = np.full(count, 4.0) if kind == "equal" else sign * rng.normal(3.7, 0.3, count)
        rest = middle - 0.2
        frame = pd.DataFrame({"period": [f"{2023 + k // 12}-{k % 12 + 1:02d}" for k in range(count)], "mean": middle})
        frame = frame.assign(conf_low=middle - 0.2, conf_high=middle + 0.2)
        frame = frame.assign(rest_mean=rest, rest_low=rest - 0.05, rest_high=rest + 0.05)
        if kind == "awkward":
            frame["period"] = [f"{k} {AWKWARD}" for k in range(count)]
        if kind in ("ordinary", "large"):
            frame.loc[[1, 2], ["mean", "conf_low", "conf_high"]] = np.nan
        panels.append(group_trend.TrendPanel(label(kind, number), SIDES[number], frame))
    return group_trend.spec(panels, level=0.95)


def items(kind: str) -> FigureSpec:
    rng = np.random.default_rng(3)
    count = {"tiny": 1, "large": group_items.MOST_ROWS, "awkward": 5}.get(kind, 11)
    found = np.zeros(count) if kind == "equal" else np.sort(rng.normal(0, 0.4, count))[::-1]
    found = found - 1.3 if kind == "negative" else found
    half = 0.0 if kind == "equal" else 0.3
    rows = [
        group_items.ItemRow(label(kind, k), SIDES[k % 2], 3.5 + d, 3.5, float(d), float(d) - half, float(d) + half)
        for k, d in enumerate(found)
    ]
    if kind == "ordinary":
        rows[3] = group_items.ItemRow(NAMES[0], "ex", 3.6, 3.5, 0.1, np.nan, np.nan)
    return group_items.spec(rows, level=0.95, scale=(1, 5))


def path(kind: str) -> FigureSpec:
    rng = np.random.default_rng(4)
    count = {"tiny": 1, "large": 28, "awkward": 4}.get(kind, 8)
    rows = []
    for k in range(count):
        middle = 4.0 if kind == "equal" else float(rng.normal(-4 if kind == "negative" else 4.1, 0.3))
        half = 0.0 if kind == "equal" else 0.3
        rest = np.nan if kind == "tiny" else 4.2 * np.sign(middle)
        stage = Label(AWKWARD, AWKWARD) if kind == "awkward" else Label(f"Vaihe {k // 3}", f"Stage {k // 3}")
        rows.append(group_path.PathRow(stage, label(kind, k), middle, middle - half, middle + half, rest))
    return group_path.spec(rows, level=0.95, scale=(1, 5))


def pairs(kind: str) -> FigureSpec:
    rng = np.random.default_rng(6)
    count = GROUPS[kind]
    ex = np.full(count, 4.0) if kind == "equal" else rng.normal(3.7, 0.4, count)
    cx = np.full(count, 40.0) if kind == "equal" else 20 * ex + rng.normal(0, 5, count)
    if kind == "negative":
        ex, cx = ex - 9, -cx
    own = (np.arange(count) == 1) & (kind != "tiny")
    return group_pairs.spec(pd.DataFrame({"ex": ex, "cx": cx, "own": own}), ex=label(kind, 0), cx=label(kind, 1))


GROUP_SAMPLES: dict[str, Callable[[str], FigureSpec]] = {
    "group_scores": scores,
    "group_place": place,
    "group_trend": trend,
    "group_items": items,
    "group_path": path,
    "group_pairs": pairs,
}
