"""Third stage: measures by unit and period, and whether the answers may be aggregated at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.aggregation import (
    UnitPanel,
    agreement_results,
    icc_results,
    panel_from_counts,
    panel_from_respondents,
    panel_from_unit_scores,
    response_results,
    unit_agreement,
    unit_agreement_of_counts,
)
from cxresearch.moments import ScoreMoments, score_moments
from cxresearch.scoring import METRICS, metric_results
from cxresearch.statistic import NotEstimable, Result
from cxresearch.study import Study
from cxresearch.study.informants import side_of
from cxresearch.workflow.eligible import eligible_by_unit
from cxresearch.workflow.measuring import Answers, answers_of
from cxresearch.workflow.reading import ReadStudy


@dataclass(frozen=True)
class UnitMeasure:
    """One measure by unit.

    Attributes
    ----------
    by_period : unit × period. overall : one row per unit over the chosen periods, persons averaged first, so that
        someone who answers a monthly pulse counts once.
    """

    by_period: UnitPanel
    overall: UnitPanel


def _person_scores(answers: Sequence[Answers], study: Study, measure: str) -> pd.DataFrame:
    declared = study.spec.measures[measure]
    parts = []
    for found in answers:
        frame = found.responses.frame[["unit", "period", "respondent", "frequency"]].copy()
        frame["value"] = found.item_scores(declared)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def _averaged(scores: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per person within `keys`; rows without a respondent's id are persons of their own."""
    known: pd.DataFrame = scores[scores["value"].notna()]
    named = known[known["respondent"] != ""]
    means: pd.DataFrame = named.groupby([*keys, "respondent", "one_period"], sort=False)[["value"]].mean().reset_index()
    return pd.concat([means.assign(frequency=1), known[known["respondent"] == ""]], ignore_index=True)


def unit_measure(study: Study, data: ReadStudy, measure: str, periods: Sequence[str] = ()) -> UnitMeasure:
    """A measure by unit and period, and overall over `periods` (all if empty)."""
    answers = answers_of(study, data, measure)
    side = side_of(study, measure) or "customer"
    grains = {found.responses.grain for found in answers}
    if grains == {"respondents"}:
        return _from_respondents(study, data, measure, side, answers, periods)
    panels = [_published(found, measure, side, study) for found in answers]
    joined = panels[0] if len(panels) == 1 else _stacked(panels)
    return UnitMeasure(joined, joined)


def _from_respondents(
    study: Study, data: ReadStudy, measure: str, side: str, answers: Sequence[Answers], periods: Sequence[str]
) -> UnitMeasure:
    scores = _person_scores(answers, study, measure)
    scores["one_period"] = scores["period"].nunique() == 1
    eligible = eligible_by_unit(data, side)
    averaged = study.spec.measures[measure].metric in ("mean", "ces")
    panels = []
    for keys in (["unit", "period"], ["unit"]):
        chosen = scores if "period" in keys or not periods else scores[scores["period"].isin(["", *periods])]
        persons = _averaged(chosen, keys) if averaged else chosen
        panels.append(
            panel_from_respondents(
                measure,
                side,
                persons["unit"],
                persons["value"],
                periods=persons["period"] if "period" in keys else None,
                eligible=_eligible_rows(eligible, persons, keys),
                frequency=persons["frequency"],
            )
        )
    return UnitMeasure(*panels)


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
        options = METRICS[declared.metric].scores(found.options(), declared.top)
        return panel_from_counts(measure, side, frame["unit"], options, found.counts(), periods=frame["period"])
    scores = [v for v in found.variables if v.role == "score"]
    means = np.stack([v.turned(frame[v.name].to_numpy(dtype=np.float64)) for v in scores], axis=1).mean(axis=1)
    extra = {
        role: frame[variable.name]
        for role, name in (("score_se", "se"), ("score_n", "n"))
        for variable in found.responses.variables
        if variable.role == role and variable.scale == scores[0].scale and len(scores) == 1
        for role in (name,)
    }
    return panel_from_unit_scores(measure, side, frame["unit"], means, periods=frame["period"], **extra)


def _stacked(panels: Sequence[UnitPanel]) -> UnitPanel:
    """Waves of one measure from several sources as one panel."""
    frame = pd.concat([panel.frame for panel in panels], ignore_index=True)
    order = frame.sort_values(["unit", "period"], kind="stable").index.to_numpy()
    moments = None
    parts = [panel.moments for panel in panels if panel.moments is not None]
    if len(parts) == len(panels):
        columns = ((part.n, part.mean, part.ss) for part in parts)
        n, mean, ss = (np.concatenate(column) for column in zip(*columns, strict=True))
        moments = ScoreMoments(n, mean, ss).select(order)
    first = panels[0]
    losses = tuple(loss for panel in panels for loss in panel.losses)
    health = tuple(dict.fromkeys(code for panel in panels for code in panel.health))
    rows = frame.loc[order].reset_index(drop=True)
    return UnitPanel(first.measure, first.side, rows, moments, first.grain, health, losses)


def unit_results(study: Study, data: ReadStudy, measure: str, found: UnitMeasure) -> list[Result]:
    """Overall score (`measure.…`), aggregation evidence (`unit.…`), response (`response.…`), means by period."""
    level = study.spec.criteria.level
    metric = METRICS[study.spec.measures[measure].metric]
    results: list[Result] = []
    moments = found.overall.moments
    if moments is None:
        reason = "measurement.grain_unit_scores"
        terms = (f"measure.{measure}", f"unit.{measure}.icc1", f"unit.{measure}.icc2")
        results += [NotEstimable(term=term, reason=reason) for term in terms]
    else:
        results += metric_results(metric, moments, term=f"measure.{measure}", level=level)
        results += icc_results(moments, term=f"unit.{measure}", level=level)
        results += _agreement(study, data, measure)
        results += _by_period(study, found.by_period, measure)
    frame = found.overall.frame
    if frame["n_eligible"].notna().any():
        results += response_results(
            frame["n"], frame["n_eligible"], frame["mean"], term=f"response.{measure}", level=level
        )
    return results


def _agreement(study: Study, data: ReadStudy, measure: str) -> list[Result]:
    """Agreement of those who answered about a unit in the same period."""
    answers = answers_of(study, data, measure)
    declared = study.spec.measures[measure]
    if declared.metric not in ("mean", "ces"):
        return []
    first = answers[0].variables[0]
    if first.minimum is None or first.maximum is None:
        return []
    if {found.responses.grain for found in answers} == {"respondents"}:
        items = np.concatenate([found.items() for found in answers])
        keys = pd.concat([found.responses.frame[["unit", "period", "frequency"]] for found in answers])
        codes = keys.groupby(["unit", "period"], sort=True).ngroup().to_numpy()
        agreement = unit_agreement(
            codes,
            items,
            int(codes.max()) + 1,
            minimum=first.minimum,
            maximum=first.maximum,
            frequency=keys["frequency"].to_numpy(),
        )
    else:
        agreement = unit_agreement_of_counts(answers[0].options(), np.concatenate([f.counts() for f in answers]))
    return list(agreement_results(agreement, term=f"unit.{measure}"))


def _by_period(study: Study, panel: UnitPanel, measure: str) -> list[Result]:
    """The measure's mean in each period, units as clusters."""
    metric = METRICS[study.spec.measures[measure].metric]
    if panel.moments is None or panel.frame["period"].nunique() < 2:
        return []
    results: list[Result] = []
    for period, rows in panel.frame.groupby("period", sort=True):
        chosen = panel.moments.select(rows.index.to_numpy())
        results.append(
            metric_results(metric, chosen, term=f"period.{measure}.{period}", level=study.spec.criteria.level)[0]
        )
    return results


def touchpoint_results(study: Study, data: ReadStudy) -> list[Result]:
    """Mean of every touchpoint of the service path, `touchpoint.<item>`, units as clusters."""
    results: dict[str, Result] = {}
    for responses in data.responses.values():
        if responses.grain != "respondents":
            continue
        codes, units = pd.factorize(responses.frame["unit"], sort=True)
        for variable in responses.variables:
            if variable.touchpoint and variable.role == "item":
                values = variable.turned(responses.frame[variable.name].to_numpy(dtype=np.float64))
                moments = score_moments(codes, values, len(units), frequency=responses.frame["frequency"].to_numpy())
                term = f"touchpoint.{variable.name}"
                found = metric_results(METRICS["mean"], moments, term=term, level=study.spec.criteria.level)
                results[term] = found[0]
    return list(results.values())
