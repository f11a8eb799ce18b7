"""Unit means of a measure under another way of scoring: what a specification curve needs, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxresearch.linkage.pooling import pool_periods
from cxresearch.moments import score_moments
from cxresearch.study import MeasureSpec, Study
from cxresearch.workflow.aggregating import unit_measure
from cxresearch.workflow.measuring import Answers, answers_of
from cxresearch.workflow.reading import ReadStudy


def unit_means(
    study: Study, data: ReadStudy, measure: str, declared: MeasureSpec, periods: Sequence[str] = ()
) -> pd.DataFrame:
    """Mean and number of people by unit over `periods` (all if empty), as `unit_measure(…).overall` has them.

    `declared` replaces the measure's own scoring. Columns mean and n, index unit.
    """
    answers = answers_of(study, data, measure)
    if any(found.responses.grain != "respondents" for found in answers):
        spec = study.spec.model_copy(update={"measures": {**study.spec.measures, measure: declared}})
        panel = unit_measure(replace(study, spec=spec), data, measure, periods).overall
        return pool_periods(panel, ["", *periods] if periods else ()).frame.set_index("unit")[["mean", "n"]]
    rows = pd.concat([_scored(found, declared) for found in answers], ignore_index=True)
    if periods:
        rows = rows[rows["period"].isin(["", *periods])]
    codes, units = pd.factorize(rows["unit"], sort=True)
    values, frequency = rows["value"].to_numpy(dtype=np.float64), rows["frequency"].to_numpy(dtype=np.float64)
    if declared.metric in ("mean", "ces"):
        codes, values, frequency = _people(rows, codes, values, frequency)
    moments = score_moments(codes, values, len(units), frequency=frequency)
    known = moments.n > 0
    index = pd.Index(np.asarray(units, dtype=object)[known], name="unit")
    return pd.DataFrame({"mean": moments.mean[known], "n": moments.n[known].astype(np.float64)}, index=index)


def _scored(found: Answers, declared: MeasureSpec) -> pd.DataFrame:
    frame = found.responses.frame[["unit", "period", "respondent", "frequency"]].copy()
    frame["value"] = found.item_scores(declared)
    return frame[frame["value"].notna()]


def _people(
    rows: pd.DataFrame, codes: np.ndarray, values: np.ndarray, frequency: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every named person's mean answer as one row; rows without a name are persons of their own."""
    named = (rows["respondent"] != "").to_numpy(dtype=bool)
    names = pd.factorize(rows["respondent"].to_numpy(dtype=object)[named])[0]
    person, place = np.unique(np.stack([codes[named], names]), axis=1, return_inverse=True)
    counted = np.bincount(place.ravel(), minlength=person.shape[1])
    means = np.bincount(place.ravel(), weights=values[named], minlength=person.shape[1]) / np.maximum(counted, 1)
    return (
        np.concatenate([person[0], codes[~named]]).astype(np.int64),
        np.concatenate([means, values[~named]]),
        np.concatenate([np.ones(len(means)), frequency[~named]]),
    )
