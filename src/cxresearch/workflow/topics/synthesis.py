"""Results of waves or regions combined."""

from __future__ import annotations

import pandas as pd

from cxresearch.linkage.link import LinkedPanel
from cxresearch.linkage.periods_out import of_periods
from cxresearch.linkage.synthesis import groups_frame, synthesis_of_groups, synthesis_of_periods
from cxresearch.linkage.units import units_of
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.anonymity import shown_periods
from cxresearch.workflow.reading import ReadStudy
from cxresearch.workflow.topics.context import Context, Found

COLUMNS = ("hypothesis", "part", "estimate", "low", "high", "n_units")
"""Columns of the frame `synthesis`: one row per wave or region."""


def synthesis(context: Context) -> Found:
    """Every hypothesis' correlation in each wave, or in each group of the declared covariate, and all together."""
    declared = context.study.spec.analyses.synthesis_by
    results: list[Result] = []
    frames = []
    for name in context.linked:
        term = f"synthesis.{name}"
        labels: dict[str, str] = {}
        if declared is None:
            found = synthesis_of_periods(_of_shown_periods(context, name), term=term, level=context.level)
        else:
            groups, labels = _groups(context.data, declared)
            units = units_of(context.linked[name].overall)
            found = synthesis_of_groups(units, groups, term=term, level=context.level)
        if isinstance(context.results[f"{name}.pearson"], NotEstimable):
            found = tuple(context.results[f"{name}.pearson"].named(item.term) for item in found)
        results += found
        frames.append(groups_frame(found, term, labels).assign(hypothesis=name)[list(COLUMNS)])
    known = [frame for frame in frames if len(frame)]
    table = pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=list(COLUMNS))
    return Found(tuple(results), {"synthesis": table})


def _of_shown_periods(context: Context, name: str) -> LinkedPanel:
    """The linked units by period, without periods in which too few answered to be told of."""
    linked, declared = context.linked[name].by_period, context.study.spec.hypotheses[name]
    shown = [shown_periods(context.measures[measure], context.threshold) for measure in (declared.ex, declared.cx)]
    kept = tuple(period for period in linked.periods if period and all(period in one for one in shown))
    return linked if set(kept) >= set(filter(None, linked.periods)) else of_periods(linked, kept)


def _groups(data: ReadStudy, covariate: str) -> tuple[dict[str, str], dict[str, str]]:
    """Each unit's group as a code (`group1`, `group2` … in alphabetical order), and what each code stands for.

    A unit whose people differ in the covariate belongs to the group of most of them.
    """
    for responses in data.responses.values():
        if not any(v.name == covariate and v.role == "covariate" for v in responses.variables):
            continue
        frame = data.over(responses.source, [covariate]).frame
        rows = frame[["unit", covariate, "frequency"]].rename(columns={covariate: "value"})
        rows = rows[rows["value"].notna()]
        rows = rows.assign(value=rows["value"].astype(str))
        rows = rows[rows["value"] != ""]
        counts = rows.groupby(["unit", "value"])["frequency"].sum().reset_index()
        most = counts.sort_values(["unit", "frequency", "value"], ascending=[True, False, True]).drop_duplicates("unit")
        values = sorted(most["value"].unique())
        codes = {value: f"group{place}" for place, value in enumerate(values, start=1)}
        named = dict(zip(most["unit"], most["value"].map(codes), strict=True))
        return named, {code: value for value, code in codes.items()}
    return {}, {}
