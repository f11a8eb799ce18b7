"""Whether each measure may be aggregated to units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxresearch.aggregation.decision import AggregationCriteria, aggregation_decision
from cxresearch.aggregation.nulls import null_distribution
from cxresearch.aggregation.random_responders import random_responder_limit
from cxresearch.screening import item_correlations
from cxresearch.statistic import NotEstimable, Result
from cxresearch.study import Study
from cxresearch.study.informants import side_of
from cxresearch.workflow.measuring import Answers, answers_of
from cxresearch.workflow.topics.context import Context, Found

N_DRAWS = 2000
"""Simulated units of random responders: enough for two decimals of their 95 % limit."""

_CUSTOMARY = AggregationCriteria()


def decisions(context: Context) -> Found:
    """`aggregation.<measure>.random_responders` and `aggregation.<measure>.decision` of every surveyed measure."""
    results: list[Result] = []
    for measure in context.study.spec.measures:
        side = side_of(context.study, measure)
        if side not in ("employee", "customer"):
            continue
        limit: Result | None = None
        if side == "employee":
            limit = _random_limit(context, measure)
            results.append(limit)
        asked = criteria_of(context.study, agreement=side == "employee")
        decision = aggregation_decision(context.results, f"unit.{measure}", asked, limit)
        results.append(decision.result(term=f"aggregation.{measure}.decision"))
    return Found(tuple(results))


def criteria_of(study: Study, *, agreement: bool) -> AggregationCriteria:
    """The criteria that the plan declares, the customary ones where it does not.

    Employees are to agree on their workplace; customers each rate a visit of their own, and only their mean counts.
    """
    declared = study.spec.criteria
    return AggregationCriteria(
        least_icc2=declared.min_icc2,
        good_icc2=max(declared.min_icc2, _CUSTOMARY.good_icc2),
        least_rwg=declared.min_rwg or _CUSTOMARY.least_rwg,
        agreement=agreement,
    )


def _random_limit(context: Context, measure: str) -> Result:
    """What units of the median size would reach whose people answer at random."""
    term = f"aggregation.{measure}.random_responders"
    answers = answers_of(context.study, context.data, measure)
    first = answers[0].variables[0]
    if first.minimum is None or first.maximum is None or context.study.spec.measures[measure].metric != "mean":
        return NotEstimable(term=term, reason="decision.no_scale")
    grains = {found.responses.grain for found in answers}
    n_items = {len(found.variables) for found in answers}
    if grains != {"respondents"} or len(n_items) > 1:
        return NotEstimable(term=term, reason="decision.correlation_unknown")
    null = null_distribution("uniform", round(first.maximum - first.minimum) + 1)
    size = _median_size(answers)
    if null is None or size < 2:
        return NotEstimable(term=term, reason="decision.no_scale")
    frequency = np.concatenate([found.responses.frame["frequency"].to_numpy() for found in answers])
    r = item_correlations(np.concatenate([found.items() for found in answers]), frequency)
    known = np.where(np.isnan(r), np.eye(len(r)), r)
    return random_responder_limit(size, known, null, term=term, rng=context.rng(term), n_draws=N_DRAWS)


def _median_size(answers: Sequence[Answers]) -> int:
    frames = [found.responses.frame[["unit", "period", "frequency"]] for found in answers]
    sizes = pd.concat(frames).groupby(["unit", "period"])["frequency"].sum()
    return int(sizes.median()) if len(sizes) else 0
