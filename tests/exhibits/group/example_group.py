"""One group's findings made by hand on the plan of the example study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from cxresearch.exhibits.blocks import Prose, Table
from cxresearch.exhibits.exhibit import Exhibit, render_exhibit
from cxresearch.exhibits.figure import FigureSpec
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import TableSpec
from cxresearch.findings import Findings, GroupFindings
from cxresearch.language import Label, render
from cxresearch.losses import Loss
from cxresearch.statistic import Estimate, NotEstimable, Result
from tests.exhibits.example_findings import findings as example_findings

HIDDEN = "groups.few_people"
OTHERS = (3.1, 3.4, 3.6, 3.9)
"""Means of the other groups."""
PERIODS = ("2024Q1", "2024Q2", "2024Q3")
TREND = ["measure", "side", "period", "n", "mean", "conf_low", "conf_high", "rest_mean", "rest_low", "rest_high"]
ITEMS = ["measure", "source", "item", "touchpoint", "n", "mean", "conf_low", "conf_high", "rest_mean", "difference",
         "diff_low", "diff_high"]  # fmt: skip


def estimate(term: str, value: float, half: float | None = 0.2, p: float | None = None, n: int | None = 40) -> Estimate:
    found = Estimate(term=term, estimate=value, p_value=p, n_respondents=n)
    if half is None:
        return found
    return replace(found, std_error=half / 2, conf_low=value - half, conf_high=value + half, conf_level=0.95)


def hidden(term: str) -> NotEstimable:
    return NotEstimable(term=term, reason=HIDDEN)


def measure(name: str, own: float, difference: float, p: float | None, half: float | None = 0.2) -> list[Result]:
    """The results of one measure, its difference from everybody else with the given p and half interval."""
    term = f"group.{name}"
    return [
        estimate(term, own),
        estimate(f"{term}.rest", own - difference, 0.02, n=900),
        estimate(f"{term}.difference", difference, half, p),
        estimate(f"{term}.shrunken", own - 0.3 * difference, 0.15),
        estimate(f"{term}.change", 0.05, 0.3, 0.7),
        Estimate(term=f"{term}.percentile", estimate=0.75, n_units=4),
    ]


ORDINARY: tuple[Result, ...] = (
    *measure("leadership", 4.2, 0.5, 0.0001),
    *measure("own_work", 3.4, -0.4, 0.0004),
    *measure("cooperation", 3.7, 0.05, 0.6),
    *measure("nps", 60.0, 8.0, 0.04, 7.9),
    *measure("csat", 82.5, -3.0, 0.4, 9.0),
    *measure("parking", 3.9, 0.8, 0.00001),
    hidden("group.ces"),
    estimate("group.response.leadership", 0.81, None),
    estimate("group.item.pulse.joht_1", 4.4),
    estimate("group.item.pulse.joht_1.difference", 0.7, 0.3, 0.0001),
)


def item(source: str, name: str, difference: float, half: float, touchpoint: bool = False) -> tuple[Any, ...]:
    mean = 3.8 + difference
    ends = (mean - 0.2, mean + 0.2, 3.8, difference, difference - half, difference + half)
    return ("m", source, name, touchpoint, 40.0, mean, *ends)


ROWS = (
    item("pulse", "joht_1", 0.7, 0.3),
    item("pulse", "joht_2", 0.1, 0.3),
    item("pulse", "tyo_1", -0.6, 0.3),
    item("projects", "kp_aloitus", 0.4, 0.2, touchpoint=True),
    item("projects", "kp_laskutus", -0.5, 0.2, touchpoint=True),
)


def trend(periods: Sequence[str] = PERIODS, measures: Mapping[str, float] | None = None) -> pd.DataFrame:
    levels = measures or {"leadership": 4.1, "nps": 58.0}
    rows = [
        (name, "employee", period, 20.0, level, level - 0.3, level + 0.3, level - 0.2, level - 0.25, level - 0.15)
        for name, level in levels.items()
        for period in periods
    ]
    return pd.DataFrame(rows, columns=TREND)


def others(results: Mapping[str, Result], means: Sequence[float] = OTHERS) -> pd.DataFrame:
    rows = []
    for term, found in results.items():
        if term.count(".") == 1 and isinstance(found, Estimate):
            scale = found.estimate / 4
            table = [(mean * scale, 30.0, mean * scale - 0.2, mean * scale + 0.2, False) for mean in means]
            table.append((found.estimate, 40.0, found.conf_low or 0.0, found.conf_high or 0.0, True))
            rows += [(term.removeprefix("group."), *row) for row in sorted(table)]
    return pd.DataFrame(rows, columns=["measure", "mean", "n", "conf_low", "conf_high", "own"])


def pairs(own: bool = True) -> pd.DataFrame:
    rows = [("h1", 3.2, 40.0, False), ("h1", 3.6, 52.0, False), ("h1", 3.9, 49.0, False)]
    return pd.DataFrame([*rows, ("h1", 4.2, 60.0, True)][: 4 if own else 3], columns=["hypothesis", "ex", "cx", "own"])


def group(*more: Result, by: str = "unit", name: str = "Kaarna", **parts: Any) -> GroupFindings:
    """An ordinary group; `more` results replace those of the same term, `parts` the attributes."""
    results = {one.term: one for one in (*ORDINARY, *more)}
    labels = {"unit": Label("tiimi", "team"), "period": Label("ajanjakso", "period"), "region": Label("alue", "region")}
    made = GroupFindings(
        by=by,
        group=name,
        by_label=labels[by],
        results=results,
        trend=trend(),
        others=others(results),
        pairs=pairs(),
        items=pd.DataFrame(ROWS, columns=ITEMS),
        withheld=(
            Loss(where="ces", reason="groups.group_not_shown"),
            Loss(where="nps", reason="groups.periods_not_shown"),
        ),
        n_groups=5,
    )
    return replace(made, **parts)


@cache
def findings() -> Findings:
    """The study's findings, with periods."""
    return replace(example_findings(), answers=pd.DataFrame({"period": [*PERIODS, "2024Q4"]}))


def nothing_shown(**parts: Any) -> GroupFindings:
    """A group of which everything is withheld."""
    made = group(**parts)
    frames = {name: getattr(made, name).iloc[:0] for name in ("trend", "others", "pairs", "items")}
    return replace(made, results={term: hidden(term) for term in made.results}, **frames)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")


def words(exhibits: Sequence[Exhibit], language: str) -> str:
    """Everything that is said: prose, captions, notes, cells, alternative texts."""
    said: list[str] = []
    for exhibit in exhibits:
        if isinstance(exhibit, FigureSpec):
            said += [render(text, language) for text in (exhibit.caption, exhibit.alt, exhibit.note) if text]
            continue
        block = render_exhibit(exhibit, language)
        if isinstance(block, Prose):
            said.append(block.markdown)
        elif isinstance(block, Table):
            said += [block.caption, block.note, *(cell for row in block.rows for cell in row)]
    return plain(" ".join(said))


def prose(exhibits: Sequence[Exhibit], language: str) -> str:
    return words([exhibit for exhibit in exhibits if isinstance(exhibit, ProseSpec)], language)


def rows_of(exhibits: Sequence[Exhibit], table: str, language: str) -> list[tuple[str, ...]]:
    """The cells of a table by its id."""
    chosen = [render_exhibit(one, language) for one in exhibits if isinstance(one, TableSpec) and one.id == table]
    return [tuple(map(plain, row)) for block in chosen if isinstance(block, Table) for row in block.rows]


def nan() -> float:
    return float(np.nan)
