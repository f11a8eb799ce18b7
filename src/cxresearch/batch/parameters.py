"""The parameters that a notebook declares in its cell tagged `parameters`, with their types."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nbformat import NotebookNode

from cxresearch.errors import ParameterError, Problem

Type = Literal["str", "int", "float", "bool", "value"]
"""What a parameter holds; `value` is any other literal: a list, a table of values, None."""

_PLAIN: Mapping[type, Type] = {bool: "bool", int: "int", float: "float", str: "str"}
_YES = {"true", "yes", "1", "kyllä", "tosi"}
_NO = {"false", "no", "0", "ei", "epätosi"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a notebook.

    Attributes
    ----------
    type : what it holds. required : whether it has no value of its own. optional : whether it may be None.
    """

    name: str
    type: Type
    required: bool = False
    optional: bool = False


def notebook_parameters(notebook: NotebookNode, file: str) -> tuple[Parameter, ...]:
    """The parameters of a notebook, in their order.

    `name: type = value`, `name = value` and `name: type` are understood; the last has no value of its own.

    Raises
    ------
    ParameterError
        If no cell is tagged `parameters`, or it is not Python.
    """
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    if not tagged:
        raise ParameterError(Problem(code="batch.no_parameters", file=file))
    try:
        parsed = ast.parse(tagged[0].source)
    except SyntaxError as failure:
        details = {"error": failure.msg}
        raise ParameterError(Problem(code="batch.bad_parameters", file=file, details=details)) from failure
    found = {parameter.name: parameter for node in parsed.body for parameter in _declared(node)}
    return tuple(found.values())


def _declared(node: ast.stmt) -> Iterator[Parameter]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        named = {part.id for part in ast.walk(node.annotation) if isinstance(part, ast.Name)}
        optional = "Optional" in named or any(
            isinstance(part, ast.Constant) and part.value is None for part in ast.walk(node.annotation)
        )
        plain: list[Type] = [kind for kind in _PLAIN.values() if kind in named]
        kind = plain[0] if len(plain) == 1 and named <= {plain[0], "Optional"} else "value"
        yield Parameter(name=node.target.id, type=kind, required=node.value is None, optional=optional)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                value = _literal(node.value)
                yield Parameter(name=target.id, type=_PLAIN.get(type(value), "value"), optional=value is None)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ...


def typed(value: object, parameter: Parameter, decimal: str = ".") -> Any:
    """A cell of a table as a parameter's value.

    Raises
    ------
    ValueError
        If it is not of the parameter's type.
    """
    if isinstance(value, (datetime.datetime, datetime.date)):
        value = value.isoformat().removesuffix("T00:00:00")
    return _READERS[parameter.type](value, decimal)


def _text(value: object, decimal: str) -> str:
    del decimal
    return str(value)


def _whole(value: object, decimal: str) -> int:
    del decimal
    if isinstance(value, (bool, float)):
        raise ValueError(value)
    return int(str(value).strip())


def _number(value: object, decimal: str) -> float:
    if isinstance(value, bool):
        raise ValueError(value)
    return float(str(value).strip().replace(decimal, "."))


def _truth(value: object, decimal: str) -> bool:
    del decimal
    word = str(value).strip().casefold()
    if word not in _YES | _NO:
        raise ValueError(value)
    return word in _YES


def _any(value: object, decimal: str) -> Any:
    del decimal
    if not isinstance(value, str):
        return value
    try:
        return ast.literal_eval(value.strip())
    except (ValueError, SyntaxError):
        return value


_READERS = {"str": _text, "int": _whole, "float": _number, "bool": _truth, "value": _any}
