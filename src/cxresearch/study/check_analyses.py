"""Whether the analyses beside the main results name measures, covariates and items that the study has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cxresearch.codebook.nearest import unknown_name
from cxresearch.errors import Problem
from cxresearch.study.document import STUDY_FILE
from cxresearch.study.load import Study


def check_analyses(study: Study) -> tuple[Problem, ...]:
    """Unknown mediators, moderators, groups, markers and break points; measures that explain themselves."""
    return (*_hypotheses(study), *_choices(study))


def _unknown(study: Study, code: str, key: str, value: str, known: Iterable[str]) -> Problem:
    names = list(dict.fromkeys(known)) or ["–"]
    return unknown_name(f"study.{code}", value, names, file=STUDY_FILE, line=study.line(key), column=key)


def _covariates(study: Study) -> list[str]:
    return [variable.name for variable in study.codebook.variables if variable.role == "covariate"]


def _hypotheses(study: Study) -> Iterator[Problem]:
    for name, spec in study.spec.hypotheses.items():
        for key, asked, known in (
            ("mediators", spec.mediators, list(study.spec.measures)),
            ("moderators", spec.moderators, [*_covariates(study), *study.spec.measures]),
        ):
            column = f"hypotheses.{name}.{key}"
            for value in asked:
                if value in (spec.ex, spec.cx):
                    yield study.problem("explains_itself", column, value, hypothesis=name)
                elif value not in known:
                    yield _unknown(study, "unknown_variable", column, value, known)
            for value in dict.fromkeys(asked):
                if asked.count(value) > 1:
                    yield study.problem("named_twice", column, value, hypothesis=name)


def _choices(study: Study) -> Iterator[Problem]:
    declared, covariates = study.spec.analyses, _covariates(study)
    for name, spec in study.spec.hypotheses.items():
        if spec.primary == "latent" and "latent" in declared.leave_out:
            yield study.problem("primary_left_out", "analyses.leave_out", "latent", hypothesis=name)
    for group in declared.groups:
        if group not in covariates:
            yield _unknown(study, "unknown_covariate", "analyses.groups", group, covariates)
    if declared.synthesis_by is not None and declared.synthesis_by not in covariates:
        yield _unknown(study, "unknown_covariate", "analyses.synthesis_by", declared.synthesis_by, covariates)
    items = [variable.name for variable in study.codebook.variables if variable.role == "item"]
    if declared.marker is not None and declared.marker not in items:
        yield _unknown(study, "unknown_variable", "analyses.marker", declared.marker, items)
    for measure in declared.breakpoints:
        if measure not in study.spec.measures:
            yield _unknown(study, "unknown_variable", "analyses.breakpoints", measure, study.spec.measures)
