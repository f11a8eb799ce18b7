"""Contradictions within a codebook: rows against themselves and against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from cxresearch.codebook.responses import KEY_COLUMNS
from cxresearch.codebook.texts import parse_number
from cxresearch.codebook.variables import Variable
from cxresearch.errors import Problem

COVARIATE_KINDS = ("number", "category")
"""What `kind` may say of a covariate."""

_MEASURED = ("item", "score")
_LABELLED = (*_MEASURED, "covariate")
_ONCE = ("unit", "period", "respondent", "weight", "timestamp", "duration", "served_by")
_UNSEEN = ("unit", "period", "respondent", "text", "timestamp", "served_by", "ignore")


def incoherences(variables: Sequence[Variable], file: str) -> list[Problem]:
    """All contradictions, each with the file, the codebook's line and the column to mend."""

    def problem(code: str, variable: Variable, column: str, value: str = "", **details: object) -> Problem:
        return Problem(
            code=f"codebook.{code}", file=file, line=variable.line, column=column, value=value,
            details={"name": variable.name, **details},
        )  # fmt: skip

    found = [fault for variable in variables for check in _OF_ONE for fault in check(variable, problem)]
    by_source: dict[str, list[Variable]] = defaultdict(list)
    for variable in variables:
        by_source[variable.source].append(variable)
    return found + [
        fault for source in by_source.values() for check in _OF_SOURCE for fault in check(source, problem)
    ]  # fmt: skip


_Make = Callable[..., Problem]


def _range(variable: Variable, problem: _Make) -> Iterator[Problem]:
    low, high = variable.minimum, variable.maximum
    if low is not None and high is not None:
        if low >= high:
            yield problem("min_not_below_max", variable, "min", f"{low:g}", min=f"{low:g}", max=f"{high:g}")
    elif variable.role == "item":
        yield problem("range_missing", variable, "min" if low is None else "max")
    elif variable.reversed:
        yield problem("reversed_without_range", variable, "reversed")


def _labels(variable: Variable, problem: _Make) -> Iterator[Problem]:
    if variable.role in _LABELLED:
        for language, text in (("fi", variable.label.fi), ("en", variable.label.en)):
            if not text:
                yield problem("label_missing", variable, f"label_{language}")


def _option_values(variable: Variable, problem: _Make) -> Iterator[Problem]:
    if not variable.options:
        return
    values = [value for value in variable.options if value is not None]
    if variable.role != "item":
        yield problem("options_of_no_item", variable, "options", role=variable.role)
    if len(values) < 2:
        yield problem("too_few_options", variable, "options")
    for value in values:
        if not _within(variable, value):
            yield problem("option_out_of_range", variable, "options", f"{value:g}")


def _missing_codes(variable: Variable, problem: _Make) -> Iterator[Problem]:
    if variable.role not in _MEASURED or variable.minimum is None or variable.maximum is None:
        return
    for code in variable.missing:
        value = parse_number(code, "")
        if value is not None and variable.minimum <= value <= variable.maximum:
            yield problem(
                "missing_in_range", variable, "missing", code, min=f"{variable.minimum:g}", max=f"{variable.maximum:g}"
            )


def _target(variable: Variable, problem: _Make) -> Iterator[Problem]:
    if variable.target is not None and not _within(variable, variable.target):
        yield problem("target_out_of_range", variable, "target", f"{variable.target:g}")


def _covariate_kind(variable: Variable, problem: _Make) -> Iterator[Problem]:
    if variable.role == "covariate" and variable.kind and variable.kind not in COVARIATE_KINDS:
        yield problem("covariate_kind", variable, "kind", variable.kind)


def _reserved(variable: Variable, problem: _Make) -> Iterator[Problem]:
    if variable.role not in _UNSEEN and variable.name in KEY_COLUMNS:
        yield problem("reserved_name", variable, "name", variable.name, reserved=", ".join(KEY_COLUMNS))


def _within(variable: Variable, value: float) -> bool:
    low = -float("inf") if variable.minimum is None else variable.minimum
    high = float("inf") if variable.maximum is None else variable.maximum
    return low <= value <= high


def _repeated_names(source: list[Variable], problem: _Make) -> Iterator[Problem]:
    first: dict[str, Variable] = {}
    for variable in source:
        if variable.name and variable.name in first:
            yield problem("duplicate_variable", variable, "name", variable.name, first=str(first[variable.name].line))
        first.setdefault(variable.name, variable)


def _repeated_option_columns(source: list[Variable], problem: _Make) -> Iterator[Problem]:
    taken = {variable.name: variable.name for variable in source if not variable.options}
    for variable in source:
        for columns in variable.options.values():
            for column in columns:
                if column in taken:
                    yield problem("option_column_repeated", variable, "options", column, other=taken[column])
                taken.setdefault(column, variable.name)


def _repeated_roles(source: list[Variable], problem: _Make) -> Iterator[Problem]:
    first: dict[tuple[str, str], Variable] = {}
    for variable in source:
        asked = variable.role in ("eligible", "response_rate")
        if not asked and variable.role not in _ONCE:
            continue
        key = (variable.role, variable.informant if asked else "")
        if key in first:
            yield problem(
                "repeated_role", variable, "role", variable.role, other=first[key].name, source=variable.source
            )
        first.setdefault(key, variable)


def _orphan_precision(source: list[Variable], problem: _Make) -> Iterator[Problem]:
    scales = {variable.scale for variable in source if variable.role == "score"}
    for variable in source:
        if variable.role in ("score_se", "score_n") and variable.scale not in scales:
            yield problem("precision_without_score", variable, "scale", variable.scale, role=variable.role)


_OF_ONE = (_range, _labels, _option_values, _missing_codes, _target, _covariate_kind, _reserved)
_OF_SOURCE = (_repeated_names, _repeated_option_columns, _repeated_roles, _orphan_precision)
