"""What is known of each measure's units: overall scores, aggregation evidence, response, periods, touchpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxresearch.aggregation import (
    UnitAgreement,
    UnitPanel,
    agreement_results,
    icc_results,
    response_results,
    unit_agreement,
    unit_agreement_of_counts,
)
from cxresearch.aggregation.response import response_association
from cxresearch.moments import Ints, ScoreMoments, count_moments, score_moments
from cxresearch.scoring import METRICS, metric_results
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import Study
from cxresearch.workflow.aggregating import UnitMeasure
from cxresearch.workflow.measuring import Answers, answers_of, options_of
from cxresearch.workflow.reading import ReadStudy

CLUSTER_MEAN = "measurement.cluster_mean"
"""Method of the interval that rests on the spread of the unit means."""


def unit_results(study: Study, data: ReadStudy, measure: str, found: UnitMeasure) -> list[Result]:
    """Overall score (`measure.…`), aggregation evidence (`unit.…`), response (`response.…`), means by period."""
    level = study.spec.criteria.level
    metric = METRICS[study.spec.measures[measure].metric]
    results: list[Result] = []
    moments = _of_units(found.overall)
    if moments is None:
        reason = "measurement.grain_unit_scores"
        terms = (f"measure.{measure}", f"unit.{measure}.icc1", f"unit.{measure}.icc2")
        results += [NotEstimable(term=term, reason=reason) for term in terms]
    else:
        health = found.overall.health
        results += _with_health(metric_results(metric, moments, term=f"measure.{measure}", level=level), health)
        results += _with_health(icc_results(moments, term=f"unit.{measure}", level=level), health)
        results += _agreement(study, data, measure)
        results += _by_period(study, found.by_period, measure)
        results = _with_weights(results, found)
    known = [panel.frame for panel in (found.overall, found.by_period) if panel.frame["n_eligible"].notna().any()]
    for frame in known[:1]:
        units = _over_periods(frame)
        term = f"response.{measure}"
        results += response_results(frame["n"], frame["n_eligible"], frame["mean"], term=term, level=level)[:2]
        results.append(
            response_association(
                units["n"], units["n_eligible"], units["mean"], term=f"{term}.association", level=level
            )
        )
    return results


def _over_periods(frame: pd.DataFrame) -> pd.DataFrame:
    """Each unit once: answers and eligible people summed over its periods, its mean weighted by answers."""
    known = frame[frame["n_eligible"].notna() & frame["mean"].notna()]
    summed = (
        known.assign(total=known["n"] * known["mean"]).groupby("unit", sort=True)[["n", "n_eligible", "total"]].sum()
    )
    return summed.assign(mean=summed["total"] / summed["n"])


def _with_weights(results: Sequence[Result], found: UnitMeasure) -> list[Result]:
    """Results with those of weighted answers in the place of their unweighted ones, and what the weights cost."""
    terms = {result.term for result in results}
    more = [result for term, result in found.weighted.items() if term not in terms]
    return [found.weighted.get(result.term, result) for result in results] + more


def _of_units(panel: UnitPanel) -> ScoreMoments | None:
    """The panel's moments by unit: a unit's periods together."""
    if panel.moments is None:
        return None
    codes, units = pd.factorize(panel.frame["unit"], sort=True)
    return panel.moments.pooled(codes, len(units))


def _with_health(results: Sequence[Result], health: tuple[str, ...]) -> list[Result]:
    """Results with the panel's health, but for those that rest on the unit means alone."""
    return [
        replace(r, health=(*health, *r.health)) if isinstance(r, Estimate) and r.method != CLUSTER_MEAN else r
        for r in results
    ]


def _agreement(study: Study, data: ReadStudy, measure: str) -> list[Result]:
    """Agreement of those who answered about a unit in the same period."""
    answers = answers_of(study, data, measure)
    declared = study.spec.measures[measure]
    if declared.metric not in ("mean", "ces"):
        return []
    if len({len(found.variables) for found in answers}) > 1:
        return []
    grains = {found.responses.grain for found in answers}
    if grains == {"respondents"}:
        agreement = _of_answers(answers)
    elif grains == {"counts"}:
        agreement = _of_counts(answers)
    else:
        return []
    return list(agreement_results(agreement, term=f"unit.{measure}")) if agreement else []


def _cells(answers: Sequence[Answers]) -> tuple[Ints, int]:
    """Unit and period of every row of the sources, as codes (N,), and how many there are."""
    keys = pd.concat([found.responses.frame[["unit", "period"]] for found in answers])
    grouped = keys.groupby(["unit", "period"], sort=True)
    codes: Ints = np.asarray(grouped.ngroup(), dtype=np.int64)
    return codes, int(grouped.ngroups)


def _of_answers(answers: Sequence[Answers]) -> UnitAgreement | None:
    first, (codes, n_cells) = answers[0].variables[0], _cells(answers)
    if first.minimum is None or first.maximum is None:
        return None
    return unit_agreement(
        codes,
        np.concatenate([found.items() for found in answers]),
        n_cells,
        minimum=first.minimum,
        maximum=first.maximum,
        frequency=np.concatenate([found.responses.frame["frequency"].to_numpy() for found in answers]),
    )


def _of_counts(answers: Sequence[Answers]) -> UnitAgreement:
    options, (codes, n_cells) = options_of(answers), _cells(answers)
    counts = np.nan_to_num(np.concatenate([found.counts(options) for found in answers]))
    summed = np.zeros((n_cells, *counts.shape[1:]))
    np.add.at(summed, codes, counts)
    return unit_agreement_of_counts(options, summed)


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
    """Mean of every touchpoint of the service path, `touchpoint.<item>`, units as clusters, over all its sources."""
    parts: dict[str, list[tuple[pd.Series, ScoreMoments]]] = {}
    for responses in data.responses.values():
        for variable in responses.variables:
            if variable.touchpoint and variable.role == "item":
                narrow = data.over(responses.source, [variable.name])
                parts.setdefault(variable.name, []).append(_touchpoint(Answers(narrow, (variable,))))
    results: list[Result] = []
    for item, found in parts.items():
        codes, units = pd.factorize(pd.concat([keys for keys, _ in found], ignore_index=True), sort=True)
        columns = ((part.n, part.mean, part.ss) for _, part in found)
        stacked = ScoreMoments(*(np.concatenate(column) for column in zip(*columns, strict=True)))
        moments = stacked.pooled(codes, len(units))
        results.append(
            metric_results(METRICS["mean"], moments, term=f"touchpoint.{item}", level=study.spec.criteria.level)[0]
        )
    return results


def _touchpoint(found: Answers) -> tuple[pd.Series, ScoreMoments]:
    """One item's moments by row of a source, and the rows' units."""
    frame = found.responses.frame
    if found.responses.grain == "counts":
        options = options_of([found])
        return frame["unit"], count_moments(options, found.counts(options)[:, 0])
    codes, units = pd.factorize(frame["unit"], sort=True)
    frequency = frame["frequency"].to_numpy()
    return pd.Series(units), score_moments(codes, found.items()[:, 0], len(units), frequency=frequency)
