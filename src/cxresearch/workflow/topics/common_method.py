"""How much answers share by method alone: two measures from the same people."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from cxresearch.inference.factors.covariance_draws import FEWEST_UNITS
from cxresearch.measurement.common_method import marker_results
from cxresearch.measurement.split_sample import FIGURES, split_sample
from cxresearch.moments import ItemMoments, item_moments
from cxresearch.statistic import NotEstimable, Result
from cxresearch.study.informants import same_source
from cxresearch.workflow.measuring import Answers, answers_of, answers_together
from cxresearch.workflow.topics.context import Context, Found

MOST_PAIRS = 10
"""So many pairs of measures of one source are examined besides the hypotheses, in the plan's order."""
_COLUMNS = ("first", "second")
PAIR_COLUMNS = ["name", "source", "first", "second", "hypothesis"]


def common_method(context: Context) -> Found:
    """Split-sample and marker checks of hypotheses with a common source, and of the pairs of measures in a source."""
    rows: list[tuple[str, str, str, str, bool]] = []
    results: list[Result] = []
    for hypothesis, declared in context.study.spec.hypotheses.items():
        if not same_source(context.study, hypothesis):
            continue
        measures = (declared.ex, declared.cx)
        scores = _matched(context, measures, declared.periods)
        if scores is None:
            results += _without_rows(context, hypothesis, measures)
            continue
        rows.append((hypothesis, "", *measures, True))
        results += _split(context, hypothesis, scores)
        results += _marked(context, hypothesis, scores)
    for source in context.study.spec.sources:
        for first, second in _pairs_of(context, source):
            rows.append((f"{first}.{second}", source, first, second, False))
            found = _split(context, f"{first}.{second}", _side_by_side(context, source, (first, second)))
            results += [_persons_unknown(result) for result in found] if _repeated(context, source) else found
    return Found(tuple(results), {"method_pairs": pd.DataFrame(rows, columns=PAIR_COLUMNS)})


def _repeated(context: Context, source: str) -> bool:
    """Whether somebody may have answered several times without being told apart, and so stand in both halves."""
    frame = context.data.responses[source].frame
    return bool(frame["period"].nunique() > 1 and (frame["respondent"] == "").any())


def _persons_unknown(result: Result) -> Result:
    if isinstance(result, NotEstimable):
        return result
    return replace(result, health=(*result.health, "reliability.persons_unknown"))


def _pairs_of(context: Context, source: str) -> list[tuple[str, str]]:
    """Pairs of measures whose answers lie side by side in a source; negative controls are not measures of interest."""
    spec = context.study.spec
    if spec.sources[source].grain != "respondents":
        return []
    controls = {control for declared in spec.hypotheses.values() for control in declared.controls}
    held = [m for m in spec.measures if m not in controls and _held_by(context, m, source) is not None]
    return list(combinations(held, 2))[:MOST_PAIRS]


def _held_by(context: Context, measure: str, source: str) -> Answers | None:
    for answers in answers_of(context.study, context.data, measure):
        if answers.responses.source == source and answers.responses.grain == "respondents":
            return answers
    return None


def _without_rows(context: Context, name: str, measures: tuple[str, str]) -> list[Result]:
    grains = {a.responses.grain for m in measures for a in answers_of(context.study, context.data, m)}
    grain = next((one for one in ("counts", "unit_scores") if one in grains), None)
    reason = f"measurement.grain_{grain}" if grain else "reliability.no_shared_rows"
    return [NotEstimable(term=f"common_method.{name}.{figure}", reason=reason) for figure in FIGURES]


def _split(context: Context, name: str, scores: pd.DataFrame) -> list[Result]:
    term = f"common_method.{name}"
    found = split_sample(
        _moments(scores, ["first", "second"]),
        term=term,
        rng=context.rng(f"{term}.split_sample"),
        n_draws=context.study.spec.resampling.bootstrap,
        level=context.level,
    )
    return list(found)


def _marked(context: Context, name: str, scores: pd.DataFrame) -> list[Result]:
    term = f"common_method.{name}"
    if context.study.spec.analyses.marker is None:
        return [NotEstimable(term=f"{term}.marker", reason="reliability.no_marker")]
    known = scores.dropna(subset=["marker"])
    if len(known) < 2 * FEWEST_UNITS:
        details = {"n": len(known), "needed": 2 * FEWEST_UNITS}
        return [NotEstimable(term=f"{term}.marker", reason="measurement.too_few_respondents", details=details)]
    found = marker_results(
        _moments(known, ["first", "second", "marker"]),
        term=term,
        rng=context.rng(f"{term}.marker"),
        n_draws=context.study.spec.resampling.bootstrap,
        level=context.level,
    )
    return list(found)


def _side_by_side(context: Context, source: str, measures: tuple[str, str]) -> pd.DataFrame:
    """One row per person of a source that holds both measures; several answers of a person averaged."""
    both = answers_together(context.study, context.data, source, measures)
    rows = both[0].responses.frame[["unit", "respondent", "frequency"]].copy()
    for column, found, measure in zip(_COLUMNS, both, measures, strict=True):
        rows[column] = found.item_scores(context.study.spec.measures[measure])
    rows = rows.dropna(subset=["first", "second"])
    persons = _averaged(rows, ["first", "second"])
    return pd.concat([persons.assign(frequency=1), rows[rows["respondent"] == ""]], ignore_index=True)


def _matched(context: Context, measures: tuple[str, str], periods: tuple[str, ...]) -> pd.DataFrame | None:
    """One row per person of two sources who can be told by respondent id, with the marker where somebody gave it."""
    found = [_persons(context, measure, column, periods) for measure, column in zip(measures, _COLUMNS, strict=True)]
    joined = found[0].merge(found[1], on=["unit", "respondent"])
    if len(joined) < 2 * FEWEST_UNITS:
        return None
    marker = _marker_answers(context, periods)
    return joined.merge(marker, on=["unit", "respondent"], how="left").assign(frequency=1)


def _persons(context: Context, measure: str, column: str, periods: tuple[str, ...]) -> pd.DataFrame:
    """Mean score of each person with an id, over all sources of respondents that hold the measure."""
    parts = []
    for source in context.study.spec.sources:
        found = _held_by(context, measure, source)
        if found is not None:
            scores = found.item_scores(context.study.spec.measures[measure])
            rows = found.responses.frame[["unit", "period", "respondent"]].assign(**{column: scores})
            parts.append(rows[rows["period"].isin(["", *periods])] if periods else rows)
    empty = pd.DataFrame(columns=["unit", "period", "respondent", column])
    return _averaged(pd.concat(parts).dropna(subset=[column]) if parts else empty, [column])


def _averaged(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    named = rows[rows["respondent"] != ""]
    return named.groupby(["unit", "respondent"], sort=False)[columns].mean().reset_index()


def _marker_answers(context: Context, periods: tuple[str, ...]) -> pd.DataFrame:
    parts = [pd.DataFrame(columns=["unit", "respondent", "marker"])]
    for variable in context.study.codebook.named(context.study.spec.analyses.marker or ""):
        responses = context.data.responses.get(variable.source)
        if responses is None or responses.grain != "respondents":
            continue
        frame = context.data.over(variable.source, [variable.name]).frame
        answered = variable.turned(frame[variable.name].to_numpy(dtype=np.float64))
        rows = frame[["unit", "period", "respondent"]].assign(marker=answered)
        chosen = rows[rows["period"].isin(["", *periods])] if periods else rows
        parts.append(_averaged(chosen.dropna(subset=["marker"]), ["marker"]))
    return parts[-1] if len(parts) < 3 else pd.concat(parts[1:]).drop_duplicates(["unit", "respondent"])


def _moments(scores: pd.DataFrame, columns: list[str]) -> ItemMoments:
    codes, units = pd.factorize(scores["unit"], sort=True)
    values = scores[columns].to_numpy(dtype=np.float64)
    return item_moments(codes, values, len(units), frequency=scores["frequency"].to_numpy(dtype=np.float64))
