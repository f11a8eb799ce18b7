"""Parameters of a notebook: plain typed literals, checked at once.

papermill only logs a parameter that the notebook does not have; here it stops the run.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxresearch.errors import ParameterError, Problem, raise_if
from cxresearch.language import LANGUAGES, Language, check_language

INJECTED = "# Parameters\n"
"""First line of the cell that papermill injects."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a notebook is run with.

    Attributes
    ----------
    study : the study folder. language : `fi` or `en`. seed : of every random draw; 0 takes the study's own.
    run : folder of the results; empty for `reports/<study folder>`.
    """

    study: str = "data/example"
    language: Language = "fi"
    seed: int = 0
    run: str = ""


@dataclass(frozen=True, slots=True)
class GroupParameters:
    """What the notebook of a group's report is run with.

    Attributes
    ----------
    study, language, seed : as in `Parameters`.
    by : kind of group: `unit`, `period` or a grouping that the study declares. group : its name or id; empty for the
        first that may be shown.
    run : folder of a batch, which holds `bundle/` and `groups/` and is taken as it stands; empty for
        `reports/<study folder>/batch/<by>`, made where it is not up to date.
    """

    study: str = "data/example"
    language: Language = "fi"
    by: str = "unit"
    group: str = ""
    seed: int = 0
    run: str = ""


TYPES: Mapping[str, type] = {"study": str, "language": str, "seed": int, "run": str}
GROUP_TYPES: Mapping[str, type] = {"study": str, "language": str, "by": str, "group": str, "seed": int, "run": str}


def _known(names: Sequence[str]) -> str:
    return ", ".join(names)


def parameter_problems(values: Mapping[str, Any], types: Mapping[str, type] = TYPES) -> list[Problem]:
    """What is wrong with the given parameters: unknown names, wrong types, values out of bounds."""
    problems = []
    for name, value in values.items():
        if name not in types:
            near = difflib.get_close_matches(name, types, n=1)
            details = {"known": _known(list(types)), "nearest": near[0] if near else _known(list(types))}
            problems.append(Problem(code="workflow.unknown_parameter", column=name, value=repr(value), details=details))
        elif type(value) is not types[name]:
            details = {"expected": types[name].__name__, "given": type(value).__name__}
            problems.append(Problem(code="workflow.parameter_type", column=name, value=repr(value), details=details))
    if isinstance(values.get("language"), str) and values["language"] not in LANGUAGES:
        known = {"known": _known(LANGUAGES)}
        problems.append(Problem(code="workflow.language", column="language", value=values["language"], details=known))
    if type(values.get("seed")) is int and not 0 <= values["seed"] < 2**32:
        problems.append(Problem(code="workflow.seed", column="seed", value=str(values["seed"])))
    return problems


def injected_names(cells: Sequence[str]) -> list[str]:
    """Names that papermill's injected cells assign, in the order of the kernel's input history."""
    names: list[str] = []
    for source in cells:
        if source.startswith(INJECTED):
            for node in ast.parse(source).body:
                if isinstance(node, ast.Assign):
                    names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


def read_parameters(namespace: Mapping[str, Any]) -> Parameters:
    """The parameters in a notebook's namespace (`globals()`).

    Raises
    ------
    ParameterError
        If one is missing, unknown (injected by papermill but not a parameter), ill-typed or out of bounds.
    """
    given = _given(namespace, TYPES)
    return Parameters(given["study"], check_language(given["language"]), given["seed"], given["run"])


def read_group_parameters(namespace: Mapping[str, Any]) -> GroupParameters:
    """The parameters of a group's report in a notebook's namespace.

    Raises
    ------
    ParameterError
        As `read_parameters`.
    """
    given = _given(namespace, GROUP_TYPES)
    return GroupParameters(**{**given, "language": check_language(given["language"])})


def _given(namespace: Mapping[str, Any], types: Mapping[str, type]) -> dict[str, Any]:
    given = {name: namespace[name] for name in types if name in namespace}
    injected = {name: namespace.get(name) for name in injected_names(namespace.get("In", ()))}
    missing = [
        Problem(code="workflow.missing_parameter", column=name, details={"known": _known(list(types))})
        for name in types
        if name not in given
    ]
    raise_if([*missing, *parameter_problems({**given, **injected}, types)], ParameterError)
    return given
