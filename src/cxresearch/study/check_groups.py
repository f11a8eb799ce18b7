"""Whether the declared groups of units can be formed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cxresearch.codebook.nearest import unknown_name
from cxresearch.errors import Problem
from cxresearch.study.document import STUDY_FILE
from cxresearch.study.load import Study

RESERVED = ("unit", "period")
"""Kinds of group that every study has."""


def check_groups(study: Study) -> tuple[Problem, ...]:
    """Groupings with a reserved name, two rules or none, a pattern that names no part, or an unknown covariate."""
    return tuple(problem for name in study.spec.groups for problem in _grouping(study, name))


def _problem(study: Study, name: str, code: str, key: str = "", value: str = "") -> Problem:
    column = f"groups.{name}" + (f".{key}" if key else "")
    return Problem(
        code=f"groups.{code}",
        file=STUDY_FILE,
        line=study.line(column),
        column=column,
        value=value or name,
        details={"grouping": name, "reserved": ", ".join(RESERVED)},
    )


def _grouping(study: Study, name: str) -> Iterator[Problem]:
    spec = study.spec.groups[name]
    if name in RESERVED:
        yield _problem(study, name, "reserved_name")
    if (spec.pattern is None) == (spec.covariate is None):
        yield _problem(study, name, "no_rule" if spec.pattern is None else "two_rules")
    elif spec.pattern is not None:
        yield from _pattern(study, name, spec.pattern)
    elif spec.covariate is not None:
        known = [variable.name for variable in study.codebook.variables if variable.role == "covariate"]
        if spec.covariate not in known:
            column = f"groups.{name}.covariate"
            names = list(dict.fromkeys(known)) or ["–"]
            line = study.line(column)
            yield unknown_name(
                "groups.unknown_covariate", spec.covariate, names, file=STUDY_FILE, line=line, column=column
            )


def _pattern(study: Study, name: str, pattern: str) -> Iterator[Problem]:
    try:
        compiled = re.compile(pattern)
    except re.error:
        yield _problem(study, name, "bad_pattern", "pattern", pattern)
        return
    if not compiled.groups:
        yield _problem(study, name, "pattern_without_group", "pattern", pattern)
