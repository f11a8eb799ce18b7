"""The single items and touchpoints behind the measures, by unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.codebook import in_natural_order
from cxresearch.moments import ScoreMoments, count_moments, score_moments
from cxresearch.study import Study
from cxresearch.workflow.aggregating import average_persons
from cxresearch.workflow.groups.scored import Scored
from cxresearch.workflow.measuring import Answers, answers_of, options_of
from cxresearch.workflow.reading import ReadStudy


@dataclass(frozen=True)
class Item:
    """One item of one source.

    Attributes
    ----------
    touchpoint : whether it is a touchpoint of the service path. periods : those of the source, in time order.
    overall : moments by unit, in the order of the measure's units; persons averaged first.
    waves : by period, likewise.
    """

    measure: str
    source: str
    name: str
    touchpoint: bool
    periods: tuple[str, ...]
    overall: ScoreMoments
    waves: dict[str, ScoreMoments]

    @property
    def term(self) -> str:
        """What its results are called."""
        return f"group.item.{self.source}.{self.name}"


def items_of(study: Study, data: ReadStudy, found: Scored) -> tuple[Item, ...]:
    """Items of a scale, and touchpoints, of all sources that tell answers; none of published scores."""
    items = []
    for answers in answers_of(study, data, found.measure):
        wanted = [v for v in answers.variables if v.role == "item" and (len(answers.variables) > 1 or v.touchpoint)]
        if answers.responses.grain != "unit_scores":
            items += [_item(Answers(answers.responses, (variable,)), found) for variable in wanted]
    return tuple(items)


def _item(answers: Answers, found: Scored) -> Item:
    (variable,) = answers.variables
    parts = list(_moments(answers, found))
    return Item(
        measure=found.measure,
        source=answers.responses.source,
        name=variable.name,
        touchpoint=bool(variable.touchpoint),
        periods=in_natural_order(answers.responses.frame["period"].unique()),
        overall=next(part for period, part in parts if period is None),
        waves={period: part for period, part in parts if period is not None},
    )


def _moments(answers: Answers, found: Scored) -> Iterator[tuple[str | None, ScoreMoments]]:
    """Moments by unit over all periods (None) and of each period."""
    frame, places = answers.responses.frame, pd.Index(found.units)
    if answers.responses.grain == "counts":
        options = options_of([answers])
        rows = count_moments(options, answers.counts(options)[:, 0])
        known = (frame["unit"].isin(places) & (rows.n > 0)).to_numpy()
        codes = places.get_indexer(pd.Index(frame["unit"][known]))
        periods = frame["period"].to_numpy(dtype=object)[known]
        yield None, rows.select(known).pooled(codes, len(places))
        for period in in_natural_order(periods):
            chosen = periods == period
            yield period, rows.select(known).select(chosen).pooled(codes[chosen], len(places))
        return
    scores = frame[["unit", "period", "respondent", "frequency"]].assign(value=answers.items()[:, 0], weight=1.0)
    scores = scores[scores["unit"].isin(places)].assign(one_period=scores["period"].nunique() == 1)
    yield None, _by_unit(average_persons(scores, ["unit"]), places)
    cells = average_persons(scores, ["unit", "period"])
    for period in in_natural_order(cells["period"].unique()):
        yield period, _by_unit(cells[cells["period"] == period], places)


def _by_unit(persons: pd.DataFrame, places: pd.Index) -> ScoreMoments:
    values, times = (persons[name].to_numpy(dtype=np.float64) for name in ("value", "frequency"))
    return score_moments(places.get_indexer(pd.Index(persons["unit"])), values, len(places), frequency=times)
