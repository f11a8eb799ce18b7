"""How many people of a side each unit could have heard from."""

from __future__ import annotations

import pandas as pd

from cxresearch.workflow.reading import ReadStudy


def eligible_by_unit(data: ReadStudy, side: str) -> pd.DataFrame | None:
    """Columns unit, period, n_eligible, from the sources' variables with the role `eligible`; None without any."""
    parts = []
    for responses in data.responses.values():
        for variable in responses.variables:
            if variable.role == "eligible" and side in variable.informants(responses.side):
                frame = responses.frame[["unit", "period"]].assign(n_eligible=responses.frame[variable.name])
                parts.append(frame.dropna().groupby(["unit", "period"])[["n_eligible"]].max().reset_index())
    return pd.concat(parts, ignore_index=True) if parts else None
