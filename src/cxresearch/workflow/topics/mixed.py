"""Where the variance lies, and whether units differ in their slopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxresearch.aggregation import UnitPanel
from cxresearch.linkage.link import COVARIATE, LinkedPanel
from cxresearch.linkage.random_slopes import cross_level, group_slopes, unit_slopes
from cxresearch.linkage.units import units_of
from cxresearch.linkage.variance_shares import nested_shares, two_level_shares
from cxresearch.linkage.within_between import employee_within_between, period_within_between
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.anonymity import nameless
from cxresearch.workflow.covariates import covariate_panels
from cxresearch.workflow.reading import ReadStudy
from cxresearch.workflow.topics.context import Context, Found
from cxresearch.workflow.topics.serving import customers_by_employee, serving_employees

SLOPES = ("hypothesis", "unit", "slope", "low", "high", "own")
"""Columns of the frame `mixed_slopes`: one row per unit that may be shown."""


def mixed(context: Context) -> Found:
    """Shares of variance per measure; per hypothesis slopes within and between units, and how far slopes differ."""
    results: list[Result] = []
    frames = []
    for measure in _measures(context):
        results += _shares(context, measure)
    for name, linked in context.linked.items():
        found, frame = _hypothesis(context, name, linked.by_period)
        declared = context.study.spec.hypotheses[name]
        concealed = nameless(context.measures, [declared.ex, declared.cx], context.threshold)
        shown = frame[frame["unit"].isin(linked.overall.frame["unit"]) & ~frame["unit"].isin(concealed)]
        blocked = context.results.get(f"{name}.pearson")
        if isinstance(blocked, NotEstimable) and blocked.reason == "linkage.too_few_units":
            found = [NotEstimable(term=r.term, reason=blocked.reason, details=blocked.details) for r in found]
            shown = shown.iloc[:0]
        results += found
        frames.append(shown.assign(hypothesis=name)[list(SLOPES)])
    known = [frame for frame in frames if len(frame)]
    slopes = pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=list(SLOPES))
    return Found(tuple(results), {"mixed_slopes": slopes})


def _measures(context: Context) -> tuple[str, ...]:
    """The hypotheses' measures, each once."""
    chosen = (measure for item in context.study.spec.hypotheses.values() for measure in (item.ex, item.cx))
    return tuple(dict.fromkeys(chosen))


def _shares(context: Context, measure: str) -> tuple[Result, ...]:
    """`variance.<measure>.unit`, `.period` or `.employee`, and `.respondent`."""
    term, level = f"variance.{measure}", context.level
    panel = context.measures[measure].by_period
    if panel.moments is None:
        parts = ("unit", "respondent")
        return tuple(NotEstimable(term=f"{term}.{part}", reason="mixed.no_respondents") for part in parts)
    served = customers_by_employee(context.study, context.data, measure)
    if served is not None:
        counts: dict[str, Any] = {"n_units": len(np.unique(served.unit)), "n_customers": int(served.cx.n.sum())}
        nothing = np.empty((len(served.unit), 0))
        return nested_shares(served.unit, served.cx, "employee", nothing, term=term, level=level, counts=counts)
    unit, units = pd.factorize(panel.frame["unit"], sort=True)
    period, periods = pd.factorize(panel.frame["period"], sort=True)
    counts = {"n_units": len(units), "n_respondents": int(panel.moments.n.sum())}
    if len(periods) < 2:
        return two_level_shares(panel.moments.pooled(unit, len(units)), term=term, level=level, counts=counts)
    dummies = np.asarray(period[:, None] == np.arange(1, len(periods)), dtype=np.float64)
    counts["n_periods"] = len(periods)
    return nested_shares(unit, panel.moments, "period", dummies, term=term, level=level, counts=counts)


def _hypothesis(context: Context, name: str, linked: LinkedPanel) -> tuple[list[Result], pd.DataFrame]:
    level, declared = context.level, context.study.spec.hypotheses[name]
    served = serving_employees(context.study, context.data, declared.ex, declared.cx, context.linked[name].periods)
    term = f"{name}.within_between"
    if served is None:
        results = list(period_within_between(linked, term=term, level=level))
    else:
        results = list(employee_within_between(served, term=term, level=level))
    slopes = unit_slopes(linked, term=f"{name}.random_slope", level=level)
    results += slopes.results
    for covariate in dict.fromkeys((*declared.moderators, *declared.covariates)):
        for panel in covariate_panels(context.data, covariate):
            widened, column = _with_covariate(linked, panel)
            results.append(cross_level(widened, column, term=f"{name}.cross_level.{panel.measure}", level=level))
    by = context.study.spec.analyses.synthesis_by
    if by is not None:
        units = units_of(context.linked[name].overall)
        code = units.frame["unit"].map(_groups(context.data, by)).fillna(-1).to_numpy(dtype=np.int64)
        results += group_slopes(units, code, term=f"{name}.group_slope", level=level).results
    return results, slopes.frame


def _with_covariate(linked: LinkedPanel, panel: UnitPanel) -> tuple[LinkedPanel, str]:
    """The linked panel with a unit-level covariate, if it does not have it, and the covariate's name in it."""
    if panel.measure in linked.covariates:
        return linked, panel.measure
    values = pd.Series(panel.frame["mean"].to_numpy(), panel.frame["unit"])
    frame = linked.frame.assign(**{COVARIATE + panel.measure: linked.frame["unit"].map(values)})
    return replace(linked, frame=frame, covariates=(*linked.covariates, panel.measure)), panel.measure


def _groups(data: ReadStudy, covariate: str) -> Mapping[str, int]:
    """Each unit's group as a code: the category that most of its rows have."""
    for responses in data.responses.values():
        if any(v.name == covariate and v.role == "covariate" for v in responses.variables):
            frame = data.over(responses.source, [covariate]).frame
            rows = pd.DataFrame({"unit": frame["unit"], "value": frame[covariate].astype(str), "n": frame["frequency"]})
            rows = rows[frame[covariate].notna().to_numpy() & (rows["value"] != "").to_numpy()]
            counts = rows.groupby(["unit", "value"], sort=True)["n"].sum().reset_index()
            ranked = counts.sort_values(["unit", "n", "value"], ascending=[True, False, True])
            most = ranked.drop_duplicates("unit").set_index("unit")["value"]
            codes = pd.factorize(most, sort=True)[0]
            return dict(zip(most.index, codes.tolist(), strict=True))
    return {}
