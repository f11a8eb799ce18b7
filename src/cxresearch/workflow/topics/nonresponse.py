"""Who answered, how far, and whether those who did not may differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxresearch.aggregation.nonresponse import (
    Completion,
    answered_share,
    completion,
    completion_results,
    early_late,
    item_nonresponse,
    response_rates,
)
from cxresearch.codebook import Responses
from cxresearch.codebook.blocks import blocks
from cxresearch.codebook.narrowing import Columns
from cxresearch.inference.correlation import pearson
from cxresearch.moments import Floats
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study.informants import side_of
from cxresearch.workflow.eligible import eligible_by_unit
from cxresearch.workflow.measuring import Answers, answers_of
from cxresearch.workflow.topics.context import Context, Found

_SHARE = "share of the questionnaire"


def nonresponse(context: Context) -> Found:
    """Response rates by completeness and checks of non-response for every measure.

    `response.<measure>.rr1` and `.rr2`; `nonresponse.<measure>.complete`, `.partial`, `.broken_off` (of the whole
    questionnaire), `.items` (items of the measure left unanswered), `.early_late`, `.rate_score`.
    """
    results: list[Result] = []
    for measure in context.study.spec.measures:
        answers = answers_of(context.study, context.data, measure, _with_share)
        if side_of(context.study, measure) not in ("employee", "customer"):
            continue
        if {found.responses.grain for found in answers} == {"respondents"}:
            results += _of_answers(context, measure, answers)
        else:
            term = f"nonresponse.{measure}.complete"
            results.append(NotEstimable(term=term, reason="nonresponse.no_items"))
        results += _rate_score(context, measure)
    return Found(tuple(results))


def _rate_score(context: Context, measure: str) -> list[Result]:
    """The units' response rates with their scores: rates from people asked, or as the sources publish them."""
    term = f"nonresponse.{measure}.rate_score"
    known = context.results.get(f"response.{measure}.association")
    rates = _published_rates(context, measure)
    if known is None and rates is not None:
        frame = context.measures[measure].overall.frame
        units = frame.groupby("unit")[["mean"]].mean().join(rates, how="inner")
        known = pearson(units["rate"], units["mean"], term=term, level=context.level)
    if known is None:
        return []
    found = known.named(term)
    return [replace(found, method="nonresponse.rate_score") if isinstance(found, Estimate) else found]


def _published_rates(context: Context, measure: str) -> pd.Series | None:
    """Each unit's response rate over its periods, by unit, as the measure's own sources publish it for its side.

    A rate that names a scale is that of this scale's respondents alone. None where no source publishes any.
    """
    side, scale = side_of(context.study, measure), context.study.spec.measures[measure].scale
    parts = []
    for found in answers_of(context.study, context.data, measure):
        frame = found.responses.frame
        scales = {scale, *(variable.scale for variable in found.variables)}
        for variable in found.responses.variables:
            asked = variable.role == "response_rate" and side in variable.informants(found.responses.side)
            if asked and (not variable.scale or variable.scale in scales):
                parts.append(frame[["unit", "frequency"]].assign(rate=frame[variable.name]))
    return _mean_rate(pd.concat(parts)) if parts else None


def _mean_rate(rows: pd.DataFrame) -> pd.Series:
    """Mean of the rates by unit, rows counted by their frequency."""
    if (rows["frequency"] == 1).all():
        return rows.groupby("unit")["rate"].mean()
    known = rows[rows["rate"].notna()]
    sums = known.assign(rate=known["rate"] * known["frequency"]).groupby("unit")[["rate", "frequency"]].sum()
    return sums["rate"] / sums["frequency"]


def _of_answers(context: Context, measure: str, answers: Sequence[Answers]) -> list[Result]:
    persons = _persons(answers)
    term, level = f"nonresponse.{measure}", context.level
    codes, cells = pd.factorize(pd.MultiIndex.from_frame(persons[["unit", "period"]]))
    share = persons["share"].to_numpy(dtype=np.float64)
    came = completion(codes, share, len(cells), frequency=persons["frequency"])
    results: list[Result] = [*completion_results(came, term=term, threshold=context.threshold)]
    eligible = eligible_by_unit(context.data, str(side_of(context.study, measure)))
    if eligible is not None:
        keys = pd.DataFrame(list(cells), columns=["unit", "period"])
        results += _rates(context, came, keys, eligible, f"response.{measure}")
    rows = pd.concat([found.responses.frame[["unit", "period", "frequency"]] for found in answers])
    units, names = pd.factorize(rows["unit"])
    if len({len(found.variables) for found in answers}) == 1:
        items = np.concatenate([found.items() for found in answers])
        results.append(
            item_nonresponse(
                units,
                items,
                len(names),
                term=f"{term}.items",
                level=level,
                started=np.concatenate([_share(found) > 0 for found in answers]),
                frequency=rows["frequency"],
            )
        )
    declared = context.study.spec.measures[measure]
    days = np.concatenate([_days(found) for found in answers])
    scores = np.concatenate([found.item_scores(declared) for found in answers])
    results.append(
        early_late(
            units,
            days,
            scores,
            len(names),
            term=f"{term}.early_late",
            periods=rows["period"],
            level=level,
            threshold=context.threshold,
        )
    )
    return results


def _persons(answers: Sequence[Answers]) -> pd.DataFrame:
    """One row per person in a unit and period with the share of the questionnaire's items answered (the most of any
    of the person's rows); unit, period, frequency, share.
    """
    parts = []
    for found in answers:
        frame = found.responses.frame
        parts.append(frame[["unit", "period", "respondent", "frequency"]].assign(share=_share(found)))
    rows = pd.concat(parts, ignore_index=True)
    named = rows["respondent"] != ""
    best = rows[named].groupby(["unit", "period", "respondent"], sort=False)[["frequency", "share"]].max().reset_index()
    return pd.concat([best, rows[~named]], ignore_index=True)


def _with_share(responses: Responses) -> Columns:
    """Share of the whole questionnaire that each row answered, as a column."""
    if responses.grain != "respondents":
        return {}
    frame = responses.frame
    items = [v.name for v in responses.variables if v.role == "item" and v.name in frame]
    parts = [answered_share(frame.iloc[rows][items]) for rows in blocks(len(frame))]
    return {_SHARE: np.concatenate(parts)}


def _share(found: Answers) -> Floats:
    """(N,) share of the whole questionnaire that each row answered."""
    return found.responses.frame[_SHARE].to_numpy(dtype=np.float64)


def _rates(
    context: Context, came: Completion, keys: pd.DataFrame, eligible: pd.DataFrame, term: str
) -> tuple[Result, Result]:
    """Rates over the cells whose eligible people are known, units as clusters."""
    by = ["unit"] if (eligible["period"] == "").all() else ["unit", "period"]
    known = eligible.groupby(by)[["n_eligible"]].max().reset_index()
    asked = keys.merge(known, on=by, how="left")["n_eligible"].to_numpy(dtype=np.float64)
    there = asked > 0
    units, names = pd.factorize(keys["unit"][there])
    sums = [
        np.bincount(units, weights=part[there], minlength=len(names))
        for part in (came.complete, came.partial, came.broken_off, asked)
    ]
    together = Completion(*(part.astype(np.int64) for part in sums[:3]))
    return response_rates(together, sums[3], term=term, level=context.level, threshold=context.threshold)


def _days(found: Answers) -> Floats:
    frame = found.responses.frame
    names = [v.name for v in found.responses.variables if v.role == "timestamp" and v.name in frame]
    return frame[names[0]].to_numpy(dtype=np.float64) if names else np.full(len(frame), np.nan)
