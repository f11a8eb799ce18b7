"""Whether each hypothesis compares an employee measure with a customer measure by means that the data offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cxresearch.codebook.nearest import unknown_name
from cxresearch.codebook.periods import fixed_period
from cxresearch.errors import Problem
from cxresearch.study.check_sources import example
from cxresearch.study.document import STUDY_FILE
from cxresearch.study.informants import side_of, variables_of
from cxresearch.study.load import Study

RESERVED = ("item", "measure", "period", "response", "scale", "touchpoint", "unit")
"""First parts of other results' ids."""

_WANTED = {"ex": "employee", "cx": "customer"}


def check_hypotheses(study: Study) -> tuple[Problem, ...]:
    """Unknown measures, wrong sides, covariates that are none, impossible controls, periods and models.

    A pair with common informants is no contradiction: see `informants.same_source`.
    """
    problems: list[Problem] = []
    for hypothesis in study.spec.hypotheses:
        if hypothesis in RESERVED:
            column = f"hypotheses.{hypothesis}"
            problems.append(study.problem("reserved_id", column, hypothesis, known=", ".join(RESERVED)))
        problems += _pair(study, hypothesis)
        problems += _controls(study, hypothesis)
        problems += _covariates(study, hypothesis)
        problems += _periods(study, hypothesis)
        problems += _model(study, hypothesis)
    return tuple(problems)


def _problem(study: Study, hypothesis: str, code: str, key: str, value: str, /, **details: object) -> Problem:
    return study.problem(code, f"hypotheses.{hypothesis}.{key}", value, hypothesis=hypothesis, **details)


def _unknown(study: Study, hypothesis: str, name: str, key: str, value: str, known: Iterable[str]) -> Problem:
    column = f"hypotheses.{hypothesis}.{key}"
    return unknown_name(f"study.{name}", value, known, file=STUDY_FILE, line=study.line(column), column=column)


def _pair(study: Study, hypothesis: str) -> Iterator[Problem]:
    spec = study.spec.hypotheses[hypothesis]
    for key, measure in (("ex", spec.ex), ("cx", spec.cx)):
        if measure not in study.spec.measures:
            yield _unknown(study, hypothesis, "unknown_measure", key, measure, study.spec.measures)
            continue
        side = side_of(study, measure)
        if side is not None and side != _WANTED[key]:
            yield _problem(study, hypothesis, f"{key}_on_wrong_side", key, measure, side=side)


def _controls(study: Study, hypothesis: str) -> Iterator[Problem]:
    spec = study.spec.hypotheses[hypothesis]
    for control in spec.controls:
        if control not in study.spec.measures:
            yield _unknown(study, hypothesis, "unknown_measure", "controls", control, study.spec.measures)
        elif control == spec.cx:
            yield _problem(study, hypothesis, "control_is_outcome", "controls", control)
        elif side_of(study, control) == "employee":
            yield _problem(study, hypothesis, "control_of_employees", "controls", control)
    yield from _repeated(study, hypothesis, "controls", spec.controls)


def _covariates(study: Study, hypothesis: str) -> Iterator[Problem]:
    known = {v.name: None for v in study.codebook.variables if v.role == "covariate"}
    covariates = study.spec.hypotheses[hypothesis].covariates
    for covariate in covariates:
        others = study.codebook.named(covariate)
        if covariate in known:
            continue
        if others:
            yield _problem(study, hypothesis, "not_a_covariate", "covariates", covariate, role=others[0].role)
        else:
            yield _unknown(study, hypothesis, "unknown_covariate", "covariates", covariate, known or ["–"])
    yield from _repeated(study, hypothesis, "covariates", covariates)


def _repeated(study: Study, hypothesis: str, key: str, names: tuple[str, ...]) -> Iterator[Problem]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield _problem(study, hypothesis, "named_twice", key, name)


def _periods(study: Study, hypothesis: str) -> Iterator[Problem]:
    periods = study.spec.hypotheses[hypothesis].periods
    if periods and study.spec.period == "none":
        yield _problem(study, hypothesis, "periods_without_period", "periods", ", ".join(periods))
        return
    yield from _repeated(study, hypothesis, "periods", periods)
    known = _known_periods(study)
    for period in periods:
        label, fault = fixed_period(period, study.spec.period)
        if fault:
            yield _problem(study, hypothesis, "period_unreadable", "periods", period, example=example(study))
        elif label != period:
            yield _problem(study, hypothesis, "period_form", "periods", period, label=label)
        elif known and label not in known:
            yield _unknown(study, hypothesis, "unknown_period", "periods", period, known)


def _known_periods(study: Study) -> list[str]:
    """The periods that the sources declare; empty if some source tells its periods by a column."""
    declared = [source.period for source in study.spec.sources.values()]
    known = [fixed_period(period, study.spec.period)[0] for period in declared if period is not None]
    return list(dict.fromkeys(known)) if len(known) == len(declared) else []


def _model(study: Study, hypothesis: str) -> Iterator[Problem]:
    spec = study.spec.hypotheses[hypothesis]
    if spec.primary in ("lagged", "within") and study.spec.period == "none":
        yield _problem(study, hypothesis, "no_time", "primary", spec.primary)
    if spec.primary != "mixed" or spec.cx not in study.spec.measures:
        return
    for variable in variables_of(study, spec.cx):
        if study.spec.sources[variable.source].grain == "unit_scores":
            yield _problem(study, hypothesis, "mixed_of_unit_scores", "primary", "mixed", source=variable.source)
            return
