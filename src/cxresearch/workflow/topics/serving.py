"""Customers by the employee who served them, where customers' rows carry that employee's code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.linkage.within_between import ServingEmployees
from cxresearch.moments import Ints, ScoreMoments, score_moments
from cxresearch.study import Study
from cxresearch.workflow.measuring import answers_of
from cxresearch.workflow.reading import ReadStudy


@dataclass(frozen=True, slots=True)
class ServedCustomers:
    """Moments of customers' scores by employee: `unit` (G,) codes, `keys` (G,) unit and employee, `cx` (G,)."""

    unit: Ints
    keys: NDArray[Any]
    cx: ScoreMoments


def _scores(study: Study, data: ReadStudy, measure: str, key: str, periods: Sequence[str]) -> pd.DataFrame | None:
    """Rows with unit, key and score of the sources that tell the key; None where none does, or answers are counts."""
    parts = []
    for found in answers_of(study, data, measure):
        named = [v.name for v in found.responses.variables if v.role == key]
        frame = found.responses.frame
        columns = [name for name in (key, *named) if name in frame]
        if found.responses.grain != "respondents" or not columns:
            continue
        rows = pd.DataFrame({"unit": frame["unit"], "person": frame[columns[-1]], "frequency": frame["frequency"]})
        rows["score"] = found.item_scores(study.spec.measures[measure])
        kept = (rows["person"] != "") & rows["score"].notna()
        if periods:
            kept &= frame["period"].isin(["", *periods])
        parts.append(rows[kept])
    return pd.concat(parts, ignore_index=True) if parts else None


def customers_by_employee(
    study: Study, data: ReadStudy, measure: str, periods: Sequence[str] = ()
) -> ServedCustomers | None:
    """A measure's scores by serving employee; None where no source tells who served."""
    rows = _scores(study, data, measure, "served_by", periods)
    if rows is None or rows.empty:
        return None
    grouped = rows.groupby(["unit", "person"], sort=True)
    keys = grouped.size().index
    moments = score_moments(grouped.ngroup(), rows["score"], len(keys), frequency=rows["frequency"])
    unit = pd.factorize(keys.get_level_values("unit"), sort=True)[0].astype(np.int64)
    return ServedCustomers(unit, keys.to_numpy(), moments)


def serving_employees(
    study: Study, data: ReadStudy, ex: str, cx: str, periods: Sequence[str] = ()
) -> ServingEmployees | None:
    """Customers of the employees who answered, with the employees' own scores; None where nobody's server is told.

    An employee who answered several times has the mean of the answers.
    """
    customers = customers_by_employee(study, data, cx, periods)
    employees = _scores(study, data, ex, "respondent", periods)
    if customers is None or employees is None or employees.empty:
        return None
    own = employees.groupby(["unit", "person"])["score"].mean()
    unit_mean = own.groupby(level="unit").transform("mean")
    place = own.index.get_indexer(pd.Index(customers.keys))
    known = place >= 0
    return ServingEmployees(
        unit=customers.unit[known],
        ex=own.to_numpy(dtype=np.float64)[place[known]],
        unit_ex=unit_mean.to_numpy(dtype=np.float64)[place[known]],
        cx=customers.cx.select(known),
    )
