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


TYPES: Mapping[str, type] = {"study": str, "language": str, "seed": int, "run": str}


def _known(names: Sequence[str]) -> str:
    return ", ".join(names)


def parameter_problems(values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the given parameters: unknown names, wrong types, values out of bounds."""
    problems = []
    for name, value in values.items():
        if name not in TYPES:
            near = difflib.get_close_matches(name, TYPES, n=1)
            details = {"known": _known(list(TYPES)), "nearest": near[0] if near else _known(list(TYPES))}
            problems.append(Problem(code="workflow.unknown_parameter", column=name, value=repr(value), details=details))
        elif type(value) is not TYPES[name]:
            details = {"expected": TYPES[name].__name__, "given": type(value).__name__}
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
    given = {name: namespace[name] for name in TYPES if name in namespace}
    injected = {name: namespace.get(name) for name in injected_names(namespace.get("In", ()))}
    missing = [
        Problem(code="workflow.missing_parameter", column=name, details={"known": _known(list(TYPES))})
        for name in TYPES
        if name not in given
    ]
    raise_if([*missing, *parameter_problems({**given, **injected})], ParameterError)
    return Parameters(given["study"], check_language(given["language"]), given["seed"], given["run"])
