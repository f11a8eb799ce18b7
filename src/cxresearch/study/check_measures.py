"""Whether each measure exists in the codebook and its metric fits its answers."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.codebook.nearest import unknown_name
from cxresearch.codebook.variables import Variable
from cxresearch.errors import Problem
from cxresearch.study.document import STUDY_FILE
from cxresearch.study.informants import variables_of
from cxresearch.study.load import Study

NPS_RANGE = (0.0, 10.0)
_ANSWERS = ("item", "score")


def check_measures(study: Study) -> tuple[Problem, ...]:
    """Measures that name nothing, or two things, mix sides or response ranges, or ask for a metric that cannot be."""
    problems: list[Problem] = []
    for measure in study.spec.measures:
        found = list(_named(study, measure))
        if not found:
            variables = variables_of(study, measure)
            found = [
                *_sides(study, measure, variables),
                *_ranges(study, measure, variables),
                *_metric(study, measure, variables),
                *_target(study, measure, variables),
            ]
        problems += found
    return tuple(problems)


def answer_range(variable: Variable) -> tuple[float, float] | None:
    """Least and greatest valid answer; for counts, of the options' values. None if the codebook does not say."""
    values = [value for value in variable.options if value is not None]
    low = variable.minimum if variable.minimum is not None else min(values, default=None)
    high = variable.maximum if variable.maximum is not None else max(values, default=None)
    return None if low is None or high is None else (low, high)


def _problem(study: Study, measure: str, code: str, key: str = "", value: str = "", /, **details: object) -> Problem:
    column = f"measures.{measure}" + (f".{key}" if key else "")
    return study.problem(code, column, value, measure=measure, **details)


def _named(study: Study, measure: str) -> Iterator[Problem]:
    spec = study.spec.measures[measure]
    if bool(spec.scale) == bool(spec.item):
        yield _problem(study, measure, "measure_both" if spec.scale else "measure_empty")
    elif not variables_of(study, measure):
        key = "scale" if spec.scale else "item"
        name = spec.scale or spec.item or ""
        others = study.codebook.named(name) if key == "item" else ()
        if others:
            yield _problem(study, measure, "item_of_other_role", key, name, role=others[0].role)
            return
        known = {v.scale if spec.scale else v.name: None for v in study.codebook.variables if v.role in _ANSWERS}
        column = f"measures.{measure}.{key}"
        candidates = [candidate for candidate in known if candidate] or ["–"]
        line = study.line(column)
        yield unknown_name(f"study.unknown_{key}", name, candidates, file=STUDY_FILE, line=line, column=column)


def _sides(study: Study, measure: str, variables: tuple[Variable, ...]) -> Iterator[Problem]:
    sides = {study.spec.sources[variable.source].side: variable.source for variable in variables}
    if len(sides) > 1:
        yield _problem(study, measure, "mixed_sides", sources=", ".join(sorted(sides.values())))
    scores = [(v.source, v.role) for v in variables if v.role == "score"]
    if len(scores) > len(set(scores)):
        names = ", ".join(variable.name for variable in variables if variable.role == "score")
        yield _problem(study, measure, "several_scores", names=names)


def _ranges(study: Study, measure: str, variables: tuple[Variable, ...]) -> Iterator[Problem]:
    ranges: dict[tuple[float, float], Variable] = {}
    for variable in variables:
        found = answer_range(variable)
        if found:
            ranges.setdefault(found, variable)
    by_source = {variable.source for variable in ranges.values()}
    excused = study.spec.measures[measure].standardise == "within_period" and len(by_source) == len(ranges)
    if len(ranges) > 1 and not excused:
        listed = ", ".join(f"{v.name} {low:g}…{high:g}" for (low, high), v in ranges.items())
        yield _problem(study, measure, "ranges_differ", ranges=listed)


def _metric(study: Study, measure: str, variables: tuple[Variable, ...]) -> Iterator[Problem]:
    spec = study.spec.measures[measure]
    if spec.top and spec.metric != "csat":
        yield _problem(study, measure, "top_without_csat", "top", metric=spec.metric)
    if spec.metric == "mean":
        return
    scored = [variable for variable in variables if variable.role == "score"]
    if scored:
        yield _problem(study, measure, "metric_of_score", "metric", spec.metric, name=scored[0].name)
    elif len(variables) > len({variable.source for variable in variables}):
        yield _problem(study, measure, "metric_of_scale", "metric", spec.metric)
    else:
        yield from _answers(study, measure, variables)


def _answers(study: Study, measure: str, variables: tuple[Variable, ...]) -> Iterator[Problem]:
    spec = study.spec.measures[measure]
    if spec.metric == "csat" and not spec.top:
        yield _problem(study, measure, "csat_without_top", "metric", spec.metric)
    for variable in variables:
        found = answer_range(variable)
        place = {"name": variable.name, "codebook": study.spec.codebook}
        if found is None:
            continue
        low, high = (f"{end:g}" for end in found)
        if spec.metric == "nps" and found != NPS_RANGE:
            yield _problem(study, measure, "nps_range", "metric", spec.metric, low=low, high=high, **place)
        for top in spec.top if spec.metric == "csat" else ():
            if not found[0] <= top <= found[1]:
                yield _problem(study, measure, "top_outside", "top", f"{top:g}", low=low, high=high, **place)


def _target(study: Study, measure: str, variables: tuple[Variable, ...]) -> Iterator[Problem]:
    target = study.spec.measures[measure].target
    found = {"nps": (-100.0, 100.0), "csat": (0.0, 100.0)}.get(study.spec.measures[measure].metric)
    found = found or next((answers for variable in variables if (answers := answer_range(variable))), None)
    if target is not None and found and not found[0] <= target <= found[1]:
        low, high = (f"{end:g}" for end in found)
        yield _problem(study, measure, "target_outside", "target", f"{target:g}", low=low, high=high)
