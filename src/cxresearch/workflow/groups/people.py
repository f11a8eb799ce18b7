"""The people behind a measure, one row each by unit and period, for what needs persons and not units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.moments import ScoreMoments, score_moments
from cxresearch.scoring.difference import difference
from cxresearch.scoring.metrics import Metric
from cxresearch.statistic import Result
from cxresearch.study import Study
from cxresearch.workflow.aggregating import average_persons, person_scores
from cxresearch.workflow.measuring import answers_of
from cxresearch.workflow.reading import ReadStudy

AVERAGED = ("mean", "ces")
"""Metrics for which a person's several answers in one period count once, as their mean."""


@dataclass(frozen=True)
class People:
    """Scores of persons by unit and period.

    Attributes
    ----------
    rows : columns unit, period, person (code, the same in all periods), value, frequency; sorted by unit.
    starts : unit to its first and last row.
    """

    rows: pd.DataFrame
    places: dict[str, tuple[int, int]]

    def of_unit(self, unit: str) -> pd.DataFrame:
        """The rows of one unit."""
        first, last = self.places.get(unit, (0, 0))
        return self.rows.iloc[first:last]


def people_of(study: Study, data: ReadStudy, measure: str) -> People | None:
    """The persons of a measure; None where the sources do not tell them."""
    answers = answers_of(study, data, measure)
    if any(found.responses.grain != "respondents" for found in answers):
        return None
    scores = person_scores(answers, study, measure)
    scores["one_period"] = scores["period"].nunique() == 1
    if study.spec.measures[measure].metric in AVERAGED:
        scores = average_persons(scores, ["unit", "period"])
    known = scores[scores["value"].notna()].sort_values("unit", kind="stable").reset_index(drop=True)
    anonymous = (known["respondent"] == "").to_numpy()
    names = known["respondent"].astype(object).where(~anonymous, pd.Series([f"\0{i}" for i in range(len(known))]))
    rows = known[["unit", "period", "value", "frequency"]].assign(person=pd.factorize(names)[0])
    units = rows["unit"].to_numpy(dtype=object)
    first = np.flatnonzero(np.r_[True, units[1:] != units[:-1]]) if len(units) else np.zeros(0, dtype=int)
    last = np.r_[first[1:], len(units)]
    return People(rows, {str(units[a]): (int(a), int(b)) for a, b in zip(first, last, strict=True)})


def change_in_unit(rows: pd.DataFrame, later: str, earlier: str, metric: Metric, *, term: str, level: float) -> Result:
    """A unit's change from one period to another, from its persons (columns period, person, value, frequency).

    Where somebody answered in both, persons are the clusters, so that their two answers are not counted as independent;
    else the two periods are separate samples.
    """
    both = rows[rows["period"].isin([later, earlier])]
    codes, persons = pd.factorize(both["person"])
    waves = [_wave(both, codes, len(persons), period) for period in (later, earlier)]
    if ((waves[0].n > 0) & (waves[1].n > 0)).any() and (both["frequency"] == 1).all():
        return difference(waves[0], waves[1], metric, term=term, units="shared", level=level)
    together = [wave.pooled(np.zeros(len(persons), dtype=np.int64), 1) for wave in waves]
    return difference(together[0], together[1], metric, term=term, level=level)


def _wave(rows: pd.DataFrame, codes: np.ndarray, n_persons: int, period: str) -> ScoreMoments:
    chosen = (rows["period"] == period).to_numpy()
    values, times = (rows[name].to_numpy(dtype=np.float64)[chosen] for name in ("value", "frequency"))
    return score_moments(codes[chosen], values, n_persons, frequency=times)
