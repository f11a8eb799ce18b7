"""The Net Promoter Score beside other scores of the same customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxresearch.linkage import units_of
from cxresearch.linkage.alternatives import metric_alternatives
from cxresearch.moments import Floats, ScoreMoments, count_moments, score_moments
from cxresearch.scoring import METRICS
from cxresearch.scoring.alternatives import RECOMMENDATION, category_agreement
from cxresearch.statistic import NotEstimable, Result
from cxresearch.workflow.aggregating import unit_measure
from cxresearch.workflow.measuring import Answers, answers_of, options_of
from cxresearch.workflow.topics.context import Context

Score = Callable[[Floats], Floats]
Objects = NDArray[Any]


def alternatives(context: Context) -> Iterator[Result]:
    """`alternatives.<measure>.*` of every Net Promoter Score whose answers are known.

    Employee experience is that of the first hypothesis on the measure, or of the first hypothesis. Beside the scores of
    the same question stand the study's other metrics of the same side.
    """
    for measure, declared in context.study.spec.measures.items():
        if declared.metric != "nps":
            continue
        answers = list(answers_of(context.study, context.data, measure))
        grains = {found.responses.grain for found in answers}
        if not grains <= {"respondents", "counts"}:
            reason = "measurement.grain_unit_scores"
            yield NotEstimable(term=f"alternatives.{measure}.reference.reliability", reason=reason)
            continue
        yield from _beside(context, measure, answers)


def _beside(context: Context, measure: str, answers: list[Answers]) -> Iterator[Result]:
    hypotheses = context.study.spec.hypotheses
    name = next((h for h, declared in hypotheses.items() if declared.cx == measure), next(iter(hypotheses)))
    linked = context.linked[name]
    units = units_of(linked.overall)
    keys = units.frame["unit"].to_numpy(dtype=object)
    scores: dict[str, Score] = {"reference": METRICS["nps"].scores, **RECOMMENDATION}
    of_question = {
        kind: _pooled([_moments(found, function, keys, linked.periods) for found in answers])
        for kind, function in scores.items()
    }
    reference = of_question.pop("reference")
    others = {kind: _by_unit(context, kind, keys, linked.periods) for kind in _other_metrics(context, measure)}
    given = of_question | {kind: moments for kind, moments in others.items() if moments is not None}
    term = f"alternatives.{measure}"
    yield from metric_alternatives(reference, given, units.column("ex"), term=term, level=context.level)
    if {found.responses.grain for found in answers} == {"respondents"}:
        yield _category(context, answers, f"{term}.category")


def _other_metrics(context: Context, measure: str) -> Iterator[str]:
    """The study's other measures of the same side that are a customer metric."""
    side = context.measures[measure].overall.side
    for other, declared in context.study.spec.measures.items():
        if declared.metric in ("csat", "ces") and context.measures[other].overall.side == side:
            yield other


def _moments(found: Answers, score: Score, keys: Objects, periods: tuple[str, ...]) -> ScoreMoments:
    """A question's scores by the units `keys` (J,)."""
    frame = found.responses.frame
    place = pd.Index(keys).get_indexer(pd.Index(frame["unit"]))
    chosen = (place >= 0) & (frame["period"].isin(["", *periods]).to_numpy() if periods else True)
    if found.responses.grain == "counts":
        options = options_of([found])
        rows = count_moments(score(options), found.counts(options)[:, 0]).select(chosen)
        return rows.pooled(place[chosen], len(keys))
    values = score(found.items()[:, 0])
    times = frame["frequency"].to_numpy()
    return score_moments(place[chosen], values[chosen], len(keys), frequency=times[chosen])


def _pooled(parts: list[ScoreMoments]) -> ScoreMoments:
    """Several sources' moments by the same units as one."""
    stacked = ScoreMoments(
        *(np.concatenate(column) for column in zip(*((p.n, p.mean, p.ss) for p in parts), strict=True))
    )
    size = len(parts[0].n)
    return stacked.pooled(np.tile(np.arange(size), len(parts)), size)


def _by_unit(context: Context, measure: str, keys: Objects, periods: tuple[str, ...]) -> ScoreMoments | None:
    """A measure's moments by the units `keys` (J,); None for published scores."""
    found = context.measures[measure]
    panel = (unit_measure(context.study, context.data, measure, periods) if periods else found).overall
    if panel.moments is None:
        return None
    place = pd.Index(keys).get_indexer(pd.Index(panel.frame["unit"]))
    in_periods = panel.frame["period"].isin(["", *periods]).to_numpy() if periods else True
    chosen = np.asarray((place >= 0) & in_periods)
    return panel.moments.select(chosen).pooled(place[chosen], len(keys))


def _category(context: Context, answers: list[Answers], term: str) -> Result:
    frames = pd.concat([found.responses.frame[["unit", "frequency"]] for found in answers])
    codes = pd.factorize(frames["unit"], sort=True)[0]
    return category_agreement(
        np.concatenate([found.items()[:, 0] for found in answers]),
        codes,
        term=term,
        level=context.level,
        rng=context.rng(term),
        n_draws=context.study.spec.resampling.bootstrap,
        frequency=frames["frequency"].to_numpy(dtype=np.float64),
    )
