"""Second stage: each measure's scores, and the evidence on its items and scale."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxresearch.codebook import Responses, Variable
from cxresearch.codebook.narrowing import Columns
from cxresearch.codebook.variables import option_column
from cxresearch.measurement import alpha, alpha_bootstrap, item_statistics, item_statistics_of_counts
from cxresearch.moments import Floats, Ints, item_moments
from cxresearch.scoring import METRICS, scale_scores
from cxresearch.statistic import Estimate, NotEstimable, Result
from cxresearch.study import MeasureSpec, Study
from cxresearch.study.informants import variables_of
from cxresearch.workflow.reading import ReadStudy

_BESIDE = ("weight", "response_rate")

ByRow = Callable[[Responses], Columns]
"""Further columns (N,) for the rows of a source."""


@dataclass(frozen=True)
class Answers:
    """What one source tells of one measure.

    Attributes
    ----------
    responses : the source. variables : the measure's items or scores in it, in the codebook's order.
    """

    responses: Responses
    variables: tuple[Variable, ...]

    def items(self) -> Floats:
        """(N, K) answers of the respondents, reversed items turned."""
        frame = self.responses.frame
        return np.stack([v.turned(frame[v.name].to_numpy(dtype=np.float64)) for v in self.variables], axis=1)

    def counts(self, options: Floats) -> Floats:
        """(G, K, A) how many chose each of the `options` (A,) of each item (counts grain), reversed items turned."""
        frame = self.responses.frame
        columns = [[option_column(v.name, value) for value in v.turned(options).tolist()] for v in self.variables]
        return np.stack([frame.reindex(columns=names).to_numpy(dtype=np.float64) for names in columns], axis=1)

    def item_scores(self, declared: MeasureSpec) -> Floats:
        """(N,) each row's score on the measure's metric."""
        scored = scale_scores(self.items(), min_share=declared.min_share or 1e-9).scores
        return METRICS[declared.metric].scores(scored, declared.top)


def answers_of(study: Study, data: ReadStudy, measure: str, also: ByRow | None = None) -> tuple[Answers, ...]:
    """The sources that hold a measure, in the plan's order; of a counted source the columns that the measure takes.

    Besides the measure's variables these are weights and response rates. `also` gives every row of a source further
    columns.
    """
    variables = variables_of(study, measure)
    sources = dict.fromkeys(variable.source for variable in variables)
    held = {s: tuple(v for v in variables if v.source == s) for s in sources}
    return tuple(Answers(_over(data, source, own, also), own) for source, own in held.items())


def answers_together(study: Study, data: ReadStudy, source: str, measures: Sequence[str]) -> tuple[Answers, ...]:
    """What a source tells of several measures, their answers side by side in the same rows."""
    held = [tuple(v for v in variables_of(study, measure) if v.source == source) for measure in measures]
    responses = _over(data, source, [variable for own in held for variable in own])
    return tuple(Answers(responses, own) for own in held)


def _over(data: ReadStudy, source: str, variables: Sequence[Variable], also: ByRow | None = None) -> Responses:
    responses = data.responses[source]
    names = [v.name for v in (*variables, *(v for v in responses.variables if v.role in _BESIDE))]
    return data.narrowed.over(responses, names, None if also is None else also(responses))


def options_of(found: Sequence[Answers]) -> Floats:
    """(A,) values of all response options of all items (counts grain), reversed items turned, in ascending order."""
    turned = [
        v.turned(np.array([value for value in v.options if value is not None], dtype=np.float64))
        for answers in found
        for v in answers.variables
    ]
    return np.unique(np.concatenate(turned))


def distributions(study: Study, data: ReadStudy) -> pd.DataFrame:
    """How many chose each value of each item: measure, source, item, value, n. Values as answered."""
    rows = []
    for measure in study.spec.measures:
        for answers in answers_of(study, data, measure):
            rows += [
                {"measure": measure, "source": answers.responses.source, "item": item, "value": value, "n": n}
                for item, value, n in _tallies(answers)
            ]
    return pd.DataFrame(rows, columns=["measure", "source", "item", "value", "n"])


def _tallies(answers: Answers) -> list[tuple[str, float, int]]:
    frame, grain = answers.responses.frame, answers.responses.grain
    if grain == "unit_scores":
        return []
    found = []
    for variable in answers.variables:
        if grain == "counts":
            values = [value for value in variable.options if value is not None]
            sums = (int(np.nansum(frame[option_column(variable.name, value)])) for value in values)
            found += [(variable.name, value, n) for value, n in zip(values, sums, strict=True)]
        else:
            tally = frame.groupby(variable.name)["frequency"].sum()
            values = tally.index.to_numpy(dtype=np.float64).tolist()
            found += [(variable.name, value, int(n)) for value, n in zip(values, tally, strict=True)]
    return found


def measure_results(study: Study, data: ReadStudy, measure: str, seed: int) -> list[Result]:
    """Item statistics (`item.<measure>.<item>.…`) and Cronbach's alpha (`scale.<measure>.alpha`)."""
    found = answers_of(study, data, measure)
    declared = study.spec.measures[measure]
    level = study.spec.criteria.level
    grains = {answers.responses.grain for answers in found}
    results: list[Result] = []
    if grains == {"respondents"}:
        results += _of_respondents(study, found, measure, seed)
    elif grains == {"counts"}:
        results += _of_counts(found, measure, level)
        if declared.scale:
            results.append(alpha(None, term=f"scale.{measure}.alpha", grain="counts"))
    elif declared.scale:
        results.append(NotEstimable(term=f"scale.{measure}.alpha", reason="measurement.grain_unit_scores"))
    return results


def _same_items(found: Sequence[Answers]) -> bool:
    names = [tuple(variable.name for variable in answers.variables) for answers in found]
    return len(set(names)) == 1


def _of_respondents(study: Study, found: Sequence[Answers], measure: str, seed: int) -> list[Result]:
    if not _same_items(found):
        return [NotEstimable(term=f"scale.{measure}.alpha", reason="workflow.items_differ")]
    first, declared, level = found[0].variables, study.spec.measures[measure], study.spec.criteria.level
    items = np.concatenate([answers.items() for answers in found])
    frequency = np.concatenate([answers.responses.frame["frequency"].to_numpy() for answers in found])
    results = list(
        item_statistics(
            items,
            [variable.name for variable in first],
            minimum=np.array([variable.minimum for variable in first], dtype=np.float64),
            maximum=np.array([variable.maximum for variable in first], dtype=np.float64),
            term=f"item.{measure}",
            level=level,
            frequency=frequency,
        )
    )
    if declared.scale:
        results.append(_alpha(study, found, items, frequency, f"scale.{measure}.alpha", seed))
    return results


def _alpha(study: Study, found: Sequence[Answers], items: Floats, frequency: Ints, term: str, seed: int) -> Result:
    """Cronbach's alpha; by drawing whole units where people answered more than once and so are not independent."""
    keys = pd.concat([answers.responses.frame[["unit", "respondent"]] for answers in found])
    names, level = [variable.name for variable in found[0].variables], study.spec.criteria.level
    named = keys[keys["respondent"] != ""]
    if named.duplicated().any():
        codes, units = pd.factorize(keys["unit"], sort=True)
        by_unit = item_moments(codes, items, len(units), frequency=frequency)
        rng = np.random.default_rng([seed, zlib.crc32(term.encode())])
        draws = study.spec.resampling.bootstrap
        drawn = alpha_bootstrap(by_unit, term=term, rng=rng, n_draws=draws, names=names, level=level)
        if isinstance(drawn, Estimate):
            return drawn
    whole = item_moments(np.zeros(len(items), dtype=np.int64), items, 1, frequency=frequency)
    return alpha(whole, term=term, names=names, level=level)


def _of_counts(found: Sequence[Answers], measure: str, level: float) -> list[Result]:
    if not _same_items(found):
        return []
    options = options_of(found)
    counts = np.nansum(np.concatenate([answers.counts(options) for answers in found]), axis=0)
    names = [variable.name for variable in found[0].variables]
    missing = [sum(_no_answer(answers, name) for answers in found) for name in names]
    return list(item_statistics_of_counts(options, counts, names, missing=missing, term=f"item.{measure}", level=level))


def _no_answer(answers: Answers, item: str) -> int:
    frame, column = answers.responses.frame, option_column(item, None)
    return int(np.nansum(frame[column])) if column in frame else 0
