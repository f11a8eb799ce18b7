"""Covariates by unit: numbers as means, categories as indicator variables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxresearch.aggregation import UnitPanel, panel_from_unit_scores
from cxresearch.codebook import Responses
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
            categories = sorted(column[known].unique())
            return tuple(
                _panel(f"{name}_{place}", responses, (column == category).astype(float).where(known))
                for place, category in enumerate(categories[1:], start=2)
            )
    return ()


def _panel(measure: str, responses: Responses, values: pd.Series) -> UnitPanel:
    frame = pd.DataFrame({"unit": responses.frame["unit"], "weight": responses.frame["frequency"], "value": values})
    known = frame.dropna()
    weighted = (
        known.assign(value=known["value"] * known["weight"]).groupby("unit", sort=True)[["value", "weight"]].sum()
    )
    means = (weighted["value"] / weighted["weight"]).to_numpy(dtype=np.float64)
    return panel_from_unit_scores(measure, responses.side, weighted.index.to_numpy(dtype=object), means)
