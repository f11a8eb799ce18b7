"""Tables of a group: its course over the periods, and the other groups of its kind without their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cxresearch.statistic import Estimate, Result
from cxresearch.workflow.groups.batch import Batch, Group
from cxresearch.workflow.groups.levels import mean, of_units
from cxresearch.workflow.groups.membership import PERIOD

TREND_COLUMNS = [
    "measure",
    "side",
    "period",
    "n",
    "mean",
    "conf_low",
    "conf_high",
    "rest_mean",
    "rest_low",
    "rest_high",
]
OTHERS_COLUMNS = ["measure", "mean", "n", "conf_low", "conf_high", "group"]
PAIRS_COLUMNS = ["hypothesis", "ex", "cx", "group"]


def trend(batch: Batch, group: Group) -> pd.DataFrame:
    """The group's mean of every period that may be shown, beside everybody else's; a period is its own only row."""
    rows = []
    for measure, found in batch.measures.items():
        for period in batch.shown_periods(measure, group):
            if batch.by == PERIOD:
                parts = batch.parts(found, group)
            else:
                parts = of_units(found, batch.members(found, group), found.waves[period])
            own, rest = mean(found, parts.own, term=""), mean(found, parts.rest, term="")
            if isinstance(own, Estimate):
                limits = (own.estimate, own.conf_low, own.conf_high, *_numbers(rest))
                rows.append((measure, found.side, period, own.n_respondents, *limits))
    return _frame(rows, TREND_COLUMNS)


def others(batch: Batch, results: Mapping[str, Mapping[str, Result]]) -> pd.DataFrame:
    """Every shown group by measure, sorted by mean; `group` is its id.

    Parameters
    ----------
    results : by the group's id, its statistics by term.
    """
    rows = []
    for measure in batch.measures:
        for name, found in results.items():
            own = found.get(f"group.{measure}")
            if isinstance(own, Estimate):
                rows.append((measure, own.estimate, own.n_respondents, own.conf_low, own.conf_high, name))
    frame = _frame(rows, OTHERS_COLUMNS)
    order = {measure: place for place, measure in enumerate(batch.measures)}
    keyed = frame.assign(place=frame["measure"].map(order))
    return keyed.sort_values(["place", "mean"], kind="stable")[OTHERS_COLUMNS].reset_index(drop=True)


def pairs(batch: Batch, results: Mapping[str, Mapping[str, Result]]) -> pd.DataFrame:
    """Employee and customer mean of every group that shows both, by hypothesis; `group` is its id."""
    rows = []
    for name, hypothesis in batch.study.spec.hypotheses.items():
        for group, found in results.items():
            ex, cx = (found.get(f"group.{measure}") for measure in (hypothesis.ex, hypothesis.cx))
            if isinstance(ex, Estimate) and isinstance(cx, Estimate):
                rows.append((name, ex.estimate, cx.estimate, group))
    return _frame(rows, PAIRS_COLUMNS)


def _numbers(result: Result) -> tuple[float | None, float | None, float | None]:
    if not isinstance(result, Estimate):
        return None, None, None
    return result.estimate, result.conf_low, result.conf_high


def _frame(rows: Sequence[tuple[object, ...]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    texts = {"measure", "side", "period", "group", "hypothesis", "source", "item", "touchpoint"}
    return frame.astype({name: "float64" for name in columns if name not in texts})
