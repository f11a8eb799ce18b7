"""What pydantic finds wrong with `study.yml`, as problems that name line, key, value and the way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cxresearch.codebook.nearest import nearest
from cxresearch.errors import Problem
from cxresearch.language import Phrase
from cxresearch.study.document import STUDY_FILE, Document, KeyPath
from cxresearch.study.spec import Bilingual, StudySpec

_TYPES = {
    "string_type": "text",
    "int_type": "whole_number",
    "float_type": "number",
    "finite_number": "number",
    "bool_type": "truth",
    "date_type": "date",
    "tuple_type": "list",
    "dict_type": "section",
    "model_type": "section",
}
_BOUNDS = {
    "greater_than_equal": ("less_than_bound", "ge"),
    "greater_than": ("not_more_than_bound", "gt"),
    "less_than_equal": ("more_than_bound", "le"),
    "less_than": ("not_less_than_bound", "lt"),
}
_SECRETS = (
    (re.compile(r"(://[^\s:/@]*:)\S*@"), r"\1…@"),
    (re.compile(r"(?i)\b(password|passwd|pwd|token|secret)(\s*[=:]\s*)[^\s&;]+"), r"\1\2…"),
)


def without_secrets(text: str) -> str:
    """A text as it may be shown: passwords of addresses left out."""
    for secret, shown in _SECRETS:
        text = secret.sub(shown, text)
    return text


def complaints(error: ValidationError, document: Document) -> list[Problem]:
    """All that the schema refuses, in the order of the file."""
    problems = [_problem(detail, document) for detail in error.errors(include_url=False)]
    return sorted(problems, key=lambda problem: problem.line or 0)


def text_as_written(error: ValidationError, document: Document) -> dict[KeyPath, str]:
    """Numbers, dates and truth values that stand where the schema wants a text: `period: 2016` means "2016"."""
    paths = [_path(detail) for detail in error.errors(include_url=False) if detail["type"] == "string_type"]
    scalars = {path: document.written[path] for path in paths if path in document.written}
    return {path: text for path, text in scalars.items() if text not in ("", "~") and text.casefold() != "null"}


def _path(detail: ErrorDetails) -> KeyPath:
    return tuple(str(part) for part in detail["loc"] if part != "[key]")


def _column(detail: ErrorDetails) -> str:
    return ".".join(part for part in detail["loc"] if isinstance(part, str) and part != "[key]")


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    path = _path(detail)
    name, details = _sentence(detail, path)
    shown = document.written.get(path, "") if not name.startswith("unknown_key") else ""
    if detail["loc"] and detail["loc"][-1] == "[key]":
        shown = path[-1]
    return Problem(
        code=f"study.{name}",
        file=STUDY_FILE,
        line=document.line(path),
        column=_column(detail),
        value=without_secrets(shown),
        details=details,
    )


def _sentence(detail: ErrorDetails, path: KeyPath) -> tuple[str, dict[str, Any]]:
    kind = detail["type"]
    if kind in _TYPES:
        return "wrong_type", {"expected": Phrase(f"problems.study.types.{_TYPES[kind]}")}
    if kind in _BOUNDS:
        name, bound = _BOUNDS[kind]
        return name, {"bound": _as_typed(detail["ctx"][bound])}
    special = _SPECIAL.get(kind)
    return special(detail, path) if special else ("invalid_value", {})


def _as_typed(bound: float) -> str:
    """A bound as the user would type it into the file, whatever the language of the message."""
    return str(int(bound)) if bound == int(bound) else str(bound)


def _missing(detail: ErrorDetails, path: KeyPath) -> tuple[str, dict[str, Any]]:
    if _model(path[:-1]) is Bilingual:
        return "missing_language", {"language": Phrase(f"problems.study.languages.{path[-1]}")}
    return "missing_key", {}


def _unknown(detail: ErrorDetails, path: KeyPath) -> tuple[str, dict[str, Any]]:
    model = _model(path[:-1])
    known = list(model.model_fields) if model else []
    near = nearest(path[-1], known)
    return ("unknown_key_near", {"near": near}) if near else ("unknown_key", {"known": ", ".join(known)})


def _not_allowed(detail: ErrorDetails, path: KeyPath) -> tuple[str, dict[str, Any]]:
    allowed = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
    return "not_allowed", {"allowed": ", ".join(allowed)}


def _pattern(detail: ErrorDetails, path: KeyPath) -> tuple[str, dict[str, Any]]:
    return ("bad_study_name" if path == ("study",) else "bad_identifier"), {}


def _too_short(detail: ErrorDetails, path: KeyPath) -> tuple[str, dict[str, Any]]:
    return ("empty_text" if detail["type"] == "string_too_short" else "empty_section"), {}


_SPECIAL: Mapping[str, Callable[[ErrorDetails, KeyPath], tuple[str, dict[str, Any]]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "literal_error": _not_allowed,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _too_short,
    "too_short": _too_short,
}


def _model(path: Sequence[str]) -> type[BaseModel] | None:
    """The part of the schema that stands at a path of keys."""
    here: Any = StudySpec
    for key in path:
        here = _inner(here, key)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _inner(here: Any, key: str) -> Any:
    if isinstance(here, type) and issubclass(here, BaseModel):
        known = here.model_fields.get(key)
        return _without_none(known.annotation) if known else None
    return get_args(here)[1] if get_origin(here) is dict else None


def _without_none(annotation: Any) -> Any:
    if type(None) not in get_args(annotation):
        return annotation
    return Union[tuple(part for part in get_args(annotation) if part is not type(None))]  # noqa: UP007
