"""Whether each source and its variables in the codebook fit together."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.codebook.nearest import unknown_name
from cxresearch.codebook.periods import fixed_period
from cxresearch.codebook.variables import Role, Variable
from cxresearch.errors import Problem
from cxresearch.study.load import Study


def check_sources(study: Study) -> tuple[Problem, ...]:
    """Sources named in one file only, a source without units or periods, and roles that its grain does not allow."""
    problems = list(_unknown_sources(study))
    for source in study.spec.sources:
        if not study.codebook.of_source(source):
            problems.append(_of_source(study, source, "source_without_variables"))
            continue
        problems += _keys(study, source)
        problems += _period(study, source)
        problems += _grain(study, source)
    return tuple(problems)


def _of_source(study: Study, source: str, code: str, key: str = "", /, **details: object) -> Problem:
    column = f"sources.{source}" + (f".{key}" if key else "")
    return study.problem(code, column, "", source=source, codebook=study.spec.codebook, **details)


def _of_variable(study: Study, variable: Variable, name: str, column: str, value: str) -> Problem:
    return Problem(
        code=f"study.{name}",
        file=study.codebook.file or study.spec.codebook,
        line=variable.line or None,
        column=column,
        value=value,
        details={"name": variable.name, "source": variable.source},
    )


def _unknown_sources(study: Study) -> Iterator[Problem]:
    first = {v.source: v for v in reversed(study.codebook.variables) if v.source not in study.spec.sources}
    for source, variable in sorted(first.items(), key=lambda found: found[1].line):
        yield unknown_name(
            "study.unknown_source",
            source,
            study.spec.sources,
            file=study.codebook.file or study.spec.codebook,
            line=variable.line or None,
            column="source",
        )


def _keys(study: Study, source: str) -> Iterator[Problem]:
    if not study.codebook.with_role(source, "unit"):
        yield _of_source(study, source, "no_unit")


def _period(study: Study, source: str) -> Iterator[Problem]:
    spec = study.spec.sources[source]
    column = study.codebook.with_role(source, "period")
    if study.spec.period == "none":
        if spec.period is not None:
            yield _of_source(study, source, "period_unused", "period")
    elif column and spec.period is not None:
        yield _of_source(study, source, "period_twice", "period", name=column[0].name)
    elif spec.period is not None and fixed_period(spec.period, study.spec.period)[1]:
        yield study.problem("period_unreadable", f"sources.{source}.period", spec.period, example=example(study))
    elif not column and spec.period is None and not study.codebook.with_role(source, "timestamp"):
        yield _of_source(study, source, "no_period")


def example(study: Study) -> str:
    """A period as the study's granularity writes it."""
    return {"year": "2025", "quarter": "2025-Q1", "month": "2025-03"}.get(study.spec.period, "")


def _grain(study: Study, source: str) -> Iterator[Problem]:
    grain = study.spec.sources[source].grain
    variables = study.codebook.of_source(source)
    wanted: Role = "score" if grain == "unit_scores" else "item"
    refused: Role = "item" if grain == "unit_scores" else "score"
    spoken = study.spec.sources[source].side in ("employee", "customer")
    if spoken and not any(variable.role == wanted for variable in variables):
        yield _of_source(study, source, f"no_{wanted}s", "grain", grain=grain)
    for variable in variables:
        if variable.role == refused:
            yield _of_variable(study, variable, f"{refused}_in_{grain}", "role", variable.role)
        if variable.role == "item" and grain == "counts" and not variable.options:
            yield _of_variable(study, variable, "counts_without_options", "options", "")
        if variable.options and grain != "counts":
            yield _of_variable(study, variable, "options_without_counts", "options", "")
