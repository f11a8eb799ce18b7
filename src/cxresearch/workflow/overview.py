"""How many answered, where and when, and what they left unanswered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxresearch.codebook import Responses
from cxresearch.codebook.variables import option_column
from cxresearch.study import Study
from cxresearch.workflow.eligible import eligible_by_unit
from cxresearch.workflow.reading import ReadStudy


def answers_overview(study: Study, data: ReadStudy) -> pd.DataFrame:
    """Columns source, period, n_answers, n_units, response_rate (persons who answered over persons asked)."""
    rows = []
    for name, responses in data.responses.items():
        eligible = eligible_by_unit(data, study.spec.sources[name].side)
        declared = [v.name for v in responses.variables if v.role == "response_rate"]
        for period, frame in data.over(name, declared).frame.groupby("period", sort=True):
            rate = float("nan")
            if declared:
                rate = _mean_of_rows(frame, declared[0])
            elif eligible is not None and responses.grain == "respondents":
                rate = _rate(frame, eligible, str(period))
            rows.append(
                {
                    "source": name,
                    "period": period,
                    "n_answers": _answers(responses, frame),
                    "n_units": int(frame["unit"].nunique()),
                    "response_rate": rate,
                }
            )
    return pd.DataFrame(rows)


def _mean_of_rows(frame: pd.DataFrame, name: str) -> float:
    known = frame[frame[name].notna()]
    if (known["frequency"] == 1).all():
        return float(known[name].mean())
    return float(np.average(known[name], weights=known["frequency"]))


def _answers(responses: Responses, frame: pd.DataFrame) -> int:
    """People who answered: respondents, or those counted for the item that most of them answered; else rows."""
    counted = [v for v in responses.variables if v.role == "item" and v.options]
    if responses.grain != "counts" or not counted:
        return int(frame["frequency"].sum())
    columns = [[option_column(v.name, value) for value in v.options] for v in counted]
    by_item = [np.nansum(frame[[name for name in names if name in frame]], axis=1) for names in columns]
    return int(np.max(by_item, axis=0).sum())


def _rate(frame: pd.DataFrame, eligible: pd.DataFrame, period: str) -> float:
    asked = eligible[eligible["period"].isin(["", period]) & eligible["unit"].isin(frame["unit"])]
    total = float(asked["n_eligible"].sum())
    named = frame[frame["respondent"] != ""]
    unnamed = frame.loc[frame["respondent"] == "", "frequency"]
    persons = len(named[["unit", "respondent"]].drop_duplicates()) + int(unnamed.sum())
    return persons / total if total > 0 else float("nan")


def missing_overview(data: ReadStudy) -> pd.DataFrame:
    """Columns source, variable, n (rows, or people counted), n_missing; items and scores only."""
    rows = []
    for name, responses in data.responses.items():
        frame = responses.frame
        for variable in responses.variables:
            if variable.role not in ("item", "score"):
                continue
            if responses.grain == "counts":
                counts = [option_column(variable.name, value) for value in variable.options]
                total = float(np.nansum(frame[[column for column in counts if column in frame]]))
                absent = option_column(variable.name, None)
                missing = float(np.nansum(frame[absent])) if absent in frame else 0.0
            else:
                total = float(frame["frequency"].sum())
                missing = float(frame.loc[frame[variable.name].isna(), "frequency"].sum())
            rows.append({"source": name, "variable": variable.name, "n": int(total), "n_missing": int(missing)})
    return pd.DataFrame(rows, columns=["source", "variable", "n", "n_missing"])
