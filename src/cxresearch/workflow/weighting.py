"""Survey weights of the sources: used in unit means and overall scores, with what they cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxresearch.codebook import Responses
from cxresearch.moments import Floats
from cxresearch.scoring import METRICS
from cxresearch.scoring.survey_weights import weighting_results
from cxresearch.scoring.weighted import weighted_mean
from cxresearch.statistic import NotEstimable, Result
from cxresearch.study import Study

USED_IN = "respondents"
"""The grain in which a weight belongs to one answer; others are aggregated already."""


def weight_name(responses: Responses) -> str | None:
    """The column of the source's weights, None where it has none that can be used."""
    names = [v.name for v in responses.variables if v.role == "weight" and v.name in responses.frame]
    return names[0] if names and responses.grain == USED_IN else None


def has_weights(responses: Responses) -> bool:
    """Whether the source tells a weight for each respondent."""
    return weight_name(responses) is not None


def survey_weights(responses: Responses) -> Floats:
    """(N,) the weights scaled to a mean of 1, so that sources weigh by their respondents; 1 where there are none."""
    name, times = weight_name(responses), responses.frame["frequency"].to_numpy(dtype=np.float64)
    if name is None or not len(times):
        return np.ones(len(times))
    weights = responses.frame[name].to_numpy(dtype=np.float64)
    scaled: Floats = weights * times.sum() / (times @ weights)
    return scaled


def weighted_results(study: Study, measure: str, persons: pd.DataFrame, scores: pd.DataFrame) -> Mapping[str, Result]:
    """A measure's weighted scores, by term.

    `measure.<measure>` (error between units), `measure.<measure>.<interval>` without a value, because the intervals
    for simple random samples do not hold; `period.<measure>.<period>`; `weights.<measure>.n_eff` and `.design_effect`.

    Parameters
    ----------
    persons : one row per person of all chosen periods. scores : one row per answer. Both have the columns unit, period
        (only in `scores`), value, weight, frequency.
    """
    level, declared = study.spec.criteria.level, study.spec.measures[measure]
    known = persons[persons["value"].notna()]
    overall = _mean(known, f"measure.{measure}", level)
    results: list[Result] = [overall, overall.named(f"measure.{measure}.cluster_mean")]
    results += [
        NotEstimable(term=f"measure.{measure}.{name}", reason="weights.simple_interval")
        for name in METRICS[declared.metric].intervals
    ]
    results += weighting_results(known["weight"], term=f"weights.{measure}", frequency=known["frequency"])
    if scores["period"].nunique() > 1:
        for period, rows in scores[scores["value"].notna()].groupby("period", sort=True):
            results.append(_mean(rows, f"period.{measure}.{period}", level))
    return {result.term: result for result in results}


def _mean(rows: pd.DataFrame, term: str, level: float) -> Result:
    return weighted_mean(
        rows["value"], rows["weight"], term=term, units=rows["unit"], level=level, frequency=rows["frequency"]
    )
