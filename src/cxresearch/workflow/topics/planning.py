"""How large the next survey should be."""

from __future__ import annotations

import pandas as pd

from cxresearch.inference.unit_planning import SurveyDesign
from cxresearch.linkage.planning import GRID_COLUMNS, PARTS, plan_results, plan_table
from cxresearch.linkage.units import LinkedUnits, units_of
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.topics.context import Context, Found

COLUMNS = ("hypothesis", *GRID_COLUMNS)
"""Columns of the frame `planning`: one row per mix of employees and customers per unit."""


def planning(context: Context) -> Found:
    """For every hypothesis: what these surveys can find, and what the planned correlation would need."""
    criteria = context.study.spec.criteria
    latent = context.study.spec.analyses.planned_correlation
    results: list[Result] = []
    tables = []
    for name in context.linked:
        term = f"{name}.plan"
        units = units_of(context.linked[name].overall)
        design = design_of(context, units, name)
        if design is None:
            results += [NotEstimable(term=f"{term}.{part}", reason="honesty.icc_unknown") for part in PARTS]
            continue
        n_units = len(units.frame)
        results += plan_results(design, n_units, latent, term=term, power=criteria.power, level=criteria.level)
        table = plan_table(design, latent, power=criteria.power, level=criteria.level)
        tables.append(table.assign(hypothesis=name)[list(COLUMNS)])
    frame = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    return Found(tuple(results), {"planning": frame})


def design_of(context: Context, units: LinkedUnits, name: str) -> SurveyDesign | None:
    """The surveys as they were: ICC(1) of both measures and the median unit's answers.

    Employees are a sample, as in the latent correlation that is planned for. None where an ICC(1) or the
    numbers of answers are not known. A negative ICC(1) counts as 0.
    """
    hypothesis = context.study.spec.hypotheses[name]
    icc = [context.estimate(f"unit.{measure}.icc1") for measure in (hypothesis.ex, hypothesis.cx)]
    people = [units.frame[f"{side}_n"].median() for side in ("ex", "cx")]
    if icc[0] is None or icc[1] is None or not all(count >= 1 for count in people):
        return None
    return SurveyDesign(
        icc_e=min(1.0, max(0.0, icc[0].estimate)),
        icc_c=min(1.0, max(0.0, icc[1].estimate)),
        employees=float(people[0]),
        customers=float(people[1]),
    )
