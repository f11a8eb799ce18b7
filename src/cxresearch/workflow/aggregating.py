"""Third stage: measures by unit and period, and by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxresearch.aggregation import (
    PANEL_COLUMNS,
    UnitPanel,
    panel_from_counts,
    panel_from_respondents,
    panel_from_unit_scores,
)
from cxresearch.aggregation.release_counts import PeopleCounts
from cxresearch.aggregation.reliability import reliability_of_published, within_periods
from cxresearch.errors import DataError, Problem
from cxresearch.moments import ScoreMoments
from cxresearch.scoring import METRICS
from cxresearch.statistic import Result
from cxresearch.study import Study
from cxresearch.study.informants import side_of
from cxresearch.workflow.eligible import eligible_by_unit
from cxresearch.workflow.groups.counted import counts_of_answers, counts_of_panel
from cxresearch.workflow.groups.membership import declared_groupings
from cxresearch.workflow.measuring import Answers, answers_of, options_of
from cxresearch.workflow.reading import ReadStudy
from cxresearch.workflow.weighting import has_weights, survey_weights, weighted_results


@dataclass(frozen=True)
class UnitMeasure:
    """One measure by unit.

    Attributes
    ----------
    by_period : unit × period. overall : one row per unit over the chosen periods, persons averaged first, so that
        someone who answers a monthly pulse counts once. Where the sources do not tell persons, it is `by_period`.
    weighted : with survey weights, the scores and what the weights cost, by term (see `weighting.weighted_results`).
    people : how many stand behind every unit and period, from which it is decided what may be shown; None where only
        some periods were chosen.
    """

    by_period: UnitPanel
    overall: UnitPanel
    weighted: Mapping[str, Result] = field(default_factory=dict)
    people: PeopleCounts | None = None


def person_scores(answers: Sequence[Answers], study: Study, measure: str) -> pd.DataFrame:
    """One row per answer: unit, period, respondent, frequency, value (the metric's score) and weight."""
    declared = study.spec.measures[measure]
    parts = []
    for found in answers:
        frame = found.responses.frame[["unit", "period", "respondent", "frequency"]].copy()
        frame["value"] = found.item_scores(declared)
        frame["weight"] = survey_weights(found.responses)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def average_persons(scores: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per person within `keys`; rows without a respondent's id are persons of their own."""
    known: pd.DataFrame = scores[scores["value"].notna()]
    named = known[known["respondent"] != ""]
    means: pd.DataFrame = (
        named.groupby([*keys, "respondent", "one_period"], sort=False)[["value", "weight"]].mean().reset_index()
    )
    return pd.concat([means.assign(frequency=1), known[known["respondent"] == ""]], ignore_index=True)


def unit_measure(study: Study, data: ReadStudy, measure: str, periods: Sequence[str] = ()) -> UnitMeasure:
    """A measure by unit and period, and overall over `periods` (all if empty)."""
    answers = answers_of(study, data, measure)
    side = side_of(study, measure) or "customer"
    grains = {found.responses.grain for found in answers}
    if grains == {"respondents"}:
        return _from_respondents(study, data, measure, side, answers, periods)
    persons = [found for found in answers if found.responses.grain == "respondents"]
    panels = [_published(found, measure, side, study) for found in answers if found.responses.grain != "respondents"]
    if persons:
        panels.append(_from_respondents(study, data, measure, side, persons, ()).by_period)
    joined = panels[0] if len(panels) == 1 else _stacked(panels)
    people = None if periods else counts_of_panel(joined, joined, declared_groupings(study, data))
    return UnitMeasure(joined, joined, people=people)


def _from_respondents(
    study: Study, data: ReadStudy, measure: str, side: str, answers: Sequence[Answers], periods: Sequence[str]
) -> UnitMeasure:
    scores = person_scores(answers, study, measure)
    scores["one_period"] = scores["period"].nunique() == 1
    eligible = eligible_by_unit(data, side)
    averaged = study.spec.measures[measure].metric in ("mean", "ces")
    weighted = any(has_weights(found.responses) for found in answers)
    panels = []
    for keys in (["unit", "period"], ["unit"]):
        chosen = scores if "period" in keys or not periods else scores[scores["period"].isin(["", *periods])]
        persons = average_persons(chosen, keys) if averaged else chosen
        panels.append(
            panel_from_respondents(
                measure,
                side,
                persons["unit"],
                persons["value"],
                periods=persons["period"] if "period" in keys else None,
                eligible=_eligible_rows(eligible, persons, keys),
                frequency=persons["frequency"],
                weights=persons["weight"] if weighted else None,
            )
        )
    by_period, overall = panels
    people = None if periods else counts_of_answers(scores, declared_groupings(study, data), averaged=averaged)
    found = weighted_results(study, measure, persons, scores) if weighted else {}
    return UnitMeasure(by_period, overall, found, people)


def _eligible_rows(eligible: pd.DataFrame | None, persons: pd.DataFrame, keys: list[str]) -> pd.DataFrame | None:
    if eligible is None:
        return None
    if "period" not in keys:
        one_period = eligible["period"].nunique() == 1 and persons["one_period"].all()
        return eligible.groupby("unit")[["n_eligible"]].max().reset_index() if one_period else None
    if (eligible["period"] == "").all():
        cells = persons[["unit", "period"]].drop_duplicates()
        return cells.merge(eligible[["unit", "n_eligible"]], on="unit", how="inner")
    return eligible


def _published(found: Answers, measure: str, side: str, study: Study) -> UnitPanel:
    frame = found.responses.frame
    if found.responses.grain == "counts":
        declared = study.spec.measures[measure]
        options = options_of([found])
        scores = METRICS[declared.metric].scores(options, declared.top)
        return panel_from_counts(measure, side, frame["unit"], scores, found.counts(options), periods=frame["period"])
    (score,) = (v for v in found.variables if v.role == "score")
    means = score.turned(frame[score.name].to_numpy(dtype=np.float64))
    known = {
        str(v.role): frame[v.name]
        for v in found.responses.variables
        if v.role in ("score_se", "score_n") and v.scale == score.scale
    }
    return panel_from_unit_scores(
        measure, side, frame["unit"], means, periods=frame["period"], se=known.get("score_se"), n=known.get("score_n")
    )


def _stacked(panels: Sequence[UnitPanel]) -> UnitPanel:
    """Waves of one measure from several sources as one panel.

    Raises
    ------
    DataError
        If two sources give the same unit in the same period and one of them is a published score: how much each
        weighs is then not known.
    """
    first = panels[0]
    parts = [panel.frame.assign(part=place) for place, panel in enumerate(panels)]
    frame = pd.concat(parts, ignore_index=True).sort_values(["unit", "period"], kind="stable")
    rows, order = frame.reset_index(drop=True), frame.index.to_numpy()
    moments = None
    known = [panel.moments for panel in panels if panel.moments is not None]
    if len(known) == len(panels):
        columns = ((part.n, part.mean, part.ss) for part in known)
        whole = ScoreMoments(*(np.concatenate(column) for column in zip(*columns, strict=True)))
        rows, moments = _merged(rows, whole.select(order))
    else:
        rows = _one_by_one(rows, first.measure)
    losses = tuple(loss for panel in panels for loss in panel.losses)
    health = tuple(dict.fromkeys(code for panel in panels for code in panel.health))
    return UnitPanel(first.measure, first.side, rows[list(PANEL_COLUMNS)], moments, first.grain, health, losses)


def _one_by_one(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Rows that cannot be merged; units of one period that come from several sources are compared with each other."""
    repeated = int(rows.duplicated(["unit", "period"]).sum())
    if repeated:
        raise DataError(Problem(code="aggregation.repeated_unit", column=measure, details={"rows": repeated}))
    for _, period in rows.groupby("period"):
        if period["part"].nunique() > 1:
            rows.loc[period.index, "reliability"] = reliability_of_published(period["mean"], period["se"])
    return rows


def _merged(frame: pd.DataFrame, moments: ScoreMoments) -> tuple[pd.DataFrame, ScoreMoments]:
    """Rows of the same unit and period as one: everybody's answers together."""
    grouped = frame.groupby(["unit", "period"], sort=True)
    codes = grouped.ngroup().to_numpy()
    whole = moments.pooled(codes, grouped.ngroups)
    rows = grouped[["n_eligible"]].max().reset_index()
    n, spread = whole.n.astype(np.float64), np.where(whole.n > 1, whole.ss, np.nan)
    rows["n"], rows["mean"], rows["sd"] = n, whole.mean, np.sqrt(spread / np.maximum(n - 1, 1))
    rows["se"], rows["response_rate"] = rows["sd"] / np.sqrt(n), n / rows["n_eligible"]
    eligible = rows["n_eligible"].to_numpy(dtype=np.float64)
    rows["reliability"] = within_periods(rows["period"].to_numpy(dtype=object), whole, eligible)
    return rows[list(PANEL_COLUMNS)], whole
