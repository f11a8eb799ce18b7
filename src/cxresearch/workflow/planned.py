"""A survey plan from the command line: from the study's own results where it has some, from ordinary values before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cxresearch.errors import ParameterError, Problem
from cxresearch.inference.unit_planning import SurveyDesign
from cxresearch.linkage.planning import plan_table
from cxresearch.study import load_study
from cxresearch.workflow.places import find_study, results_folder

ORDINARY = SurveyDesign(icc_e=0.12, icc_c=0.06, employees=8, customers=20)
"""ICC(1) and answers per unit that surveys of this kind often have; used before there are results."""
_GRID = ((5, 10, 20, 40), (10, 20, 40, 80))


@dataclass(frozen=True)
class SurveyPlan:
    """Units needed for every mix of answers per unit.

    Attributes
    ----------
    table : columns employees, customers, observed, units; units missing where no number does.
    design : what it rests on. latent, power : what is planned for.
    hypothesis : whose results it rests on, "" for ordinary or given values.
    """

    table: pd.DataFrame
    design: SurveyDesign
    latent: float
    power: float
    hypothesis: str = ""


def plan_survey(
    folder: str | Path,
    *,
    run: str = "",
    hypothesis: str = "",
    latent: float | None = None,
    power: float | None = None,
    icc_e: float | None = None,
    icc_c: float | None = None,
    employees: Sequence[int] = (),
    customers: Sequence[int] = (),
) -> SurveyPlan:
    """Plan the next survey of a study.

    ICC(1), answers per unit and the employees' response rate come from the results in `run` (by default those beside
    the study) of one hypothesis, the first whose plan could be computed unless `hypothesis` names one. Given values
    replace them; with both ICCs given, or without results, the answers per unit are a grid of ordinary numbers.

    Raises
    ------
    CxError
        If there is no such study or hypothesis.
    """
    place = find_study(folder)
    study = load_study(place)
    if hypothesis and hypothesis not in study.spec.hypotheses:
        details = {"known": ", ".join(study.spec.hypotheses)}
        raise ParameterError(Problem(code="planning.hypothesis", value=hypothesis, details=details))
    wanted = (hypothesis,) if hypothesis else tuple(study.spec.hypotheses)
    measures = {name: (study.spec.hypotheses[name].ex, study.spec.hypotheses[name].cx) for name in wanted}
    name, design = _from_results(results_folder(place, run) / "results" / "estimates.csv", measures)
    own = icc_e is None or icc_c is None
    chosen = SurveyDesign(
        icc_e=design.icc_e if icc_e is None else icc_e,
        icc_c=design.icc_c if icc_c is None else icc_c,
        employees=design.employees,
        customers=design.customers,
        response_rate=design.response_rate,
    )
    latent = study.spec.analyses.planned_correlation if latent is None else latent
    power = study.spec.criteria.power if power is None else power
    grid = ((), ()) if name and own else _GRID
    table = plan_table(
        chosen,
        latent,
        power=power,
        level=study.spec.criteria.level,
        employees=tuple(employees) or grid[0],
        customers=tuple(customers) or grid[1],
    )
    return SurveyPlan(table, chosen, latent, power, name if own else "")


def _from_results(path: Path, measures: dict[str, tuple[str, str]]) -> tuple[str, SurveyDesign]:
    """The first hypothesis whose surveys the results describe, and these surveys; else ("", ordinary surveys)."""
    if not path.is_file():
        return "", ORDINARY
    frame = pd.read_csv(path, usecols=["term", "estimate"])
    known = dict(zip(frame["term"], frame["estimate"], strict=True))
    for name, (ex, cx) in measures.items():
        terms = (f"unit.{ex}.icc1", f"unit.{cx}.icc1", f"{name}.plan.answers.ex", f"{name}.plan.answers.cx")
        values = [float(known.get(term, float("nan"))) for term in terms]
        if any(math.isnan(value) for value in values):
            continue
        rate = float(known.get(f"response.{ex}.rate", float("nan")))
        icc = [min(1.0, max(0.0, value)) for value in values[:2]]
        return name, SurveyDesign(
            icc_e=icc[0],
            icc_c=icc[1],
            employees=values[2],
            customers=values[3],
            response_rate=rate if 0 < rate <= 1 else None,
        )
    return "", ORDINARY
