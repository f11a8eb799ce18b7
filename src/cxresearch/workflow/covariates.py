"""Covariates by unit: numbers as means, categories as indicator variables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxresearch.aggregation import UnitPanel, panel_from_unit_scores
from cxresearch.codebook import Responses
from cxresearch.study import Study
from cxresearch.workflow.reading import ReadStudy


def covariate_panels(data: ReadStudy, name: str) -> tuple[UnitPanel, ...]:
    """A covariate of the codebook as one panel, or one indicator per category but the first (in alphabetical order).

    A person's covariate is averaged over the unit's people; with a category that is the share of people in it.
    """
    for responses in data.responses.values():
        if any(v.name == name and v.role == "covariate" for v in responses.variables):
            column = responses.frame[name]
            if pd.api.types.is_numeric_dtype(column):
                return (_panel(name, responses, column),)
            known = column.notna() & (column != "")
            categories = _categories(column)
            return tuple(
                _panel(f"{name}_{place}", responses, (column == category).astype(float).where(known))
                for place, category in enumerate(categories[1:], start=2)
            )
    return ()


def categories_of(study: Study, data: ReadStudy) -> dict[str, tuple[str, ...]]:
    """The categories of every declared covariate that has some, in alphabetical order.

    A category of people that fewer than the anonymity threshold belong to has no name, "".
    """
    declared = {name for spec in study.spec.hypotheses.values() for name in (*spec.covariates, *spec.moderators)}
    found: dict[str, tuple[str, ...]] = {}
    for responses in data.responses.values():
        for variable in responses.variables:
            column = responses.frame.get(variable.name)
            if variable.name not in declared or column is None or pd.api.types.is_numeric_dtype(column):
                continue
            least = study.spec.privacy.min_respondents if responses.grain == "respondents" else 0
            people = responses.frame["frequency"].groupby(column.astype(str)).sum()
            named = tuple(name if people[name] >= least else "" for name in _categories(column))
            found.setdefault(variable.name, named)
    return found


def _categories(column: pd.Series) -> tuple[str, ...]:
    return tuple(sorted(str(value) for value in column[column.notna() & (column != "")].unique()))


def _panel(measure: str, responses: Responses, values: pd.Series) -> UnitPanel:
    frame = pd.DataFrame({"unit": responses.frame["unit"], "weight": responses.frame["frequency"], "value": values})
    known = frame.dropna()
    weighted = (
        known.assign(value=known["value"] * known["weight"]).groupby("unit", sort=True)[["value", "weight"]].sum()
    )
    means = (weighted["value"] / weighted["weight"]).to_numpy(dtype=np.float64)
    n = weighted["weight"].to_numpy(dtype=np.float64) if responses.grain == "respondents" else None
    return panel_from_unit_scores(measure, responses.side, weighted.index.to_numpy(dtype=object), means, n=n)
