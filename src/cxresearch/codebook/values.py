"""The analysed variables of a source as columns of numbers and categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.codebook.distinct import Distinct
from cxresearch.codebook.periods import days_of
from cxresearch.codebook.places import Fault
from cxresearch.codebook.source import Floats, RawSource
from cxresearch.codebook.texts import parse_number
from cxresearch.codebook.variables import Grain, Role, Variable, option_column
from cxresearch.errors import Problem
from cxresearch.losses import Loss

NOT_COLUMNS: tuple[Role, ...] = ("unit", "period", "respondent", "text", "ignore")
"""Roles without a column of their own in `Responses.frame`."""

Columns = dict[str, NDArray[Any]]


def analysed_columns(
    source: RawSource, variables: Sequence[Variable], grain: Grain, where: str
) -> tuple[Columns, list[Loss]]:
    """Columns of `Responses.frame` by name, and notes; problems are collected in the source.

    Variables whose columns the file lacks are left out. `where` is the source's id, for the notes.
    """
    columns: Columns = {}
    notes: list[Loss] = []
    for variable in variables:
        if variable.role in NOT_COLUMNS:
            continue
        if variable.role == "item" and grain == "counts":
            found, of_variable = _option_counts(source, variable, where)
            columns |= found
            notes += of_variable
        elif variable.name in source.columns:
            columns[variable.name] = _column(source, variable)
            notes += _constant(source, variable, columns[variable.name], where)
    return columns, notes


def _column(source: RawSource, variable: Variable) -> NDArray[Any]:
    if variable.role == "timestamp":
        return days_of(source.columns[variable.name])
    if variable.role == "served_by":
        return source.texts(variable.name)
    if variable.role == "covariate" and not _is_number(source, variable):
        return source.categories(variable.name)
    values, valid = source.numbers(variable, variable.name)
    if valid and variable.role != "duration":
        _completeness(source, variable, values)
    percent = variable.role == "response_rate" and variable.maximum == 100
    return values / 100 if percent else values


def _completeness(source: RawSource, variable: Variable, values: Floats) -> None:
    blank = np.isnan(values)
    if blank.all() and len(values):
        _nobody_answered(source, variable)
    elif variable.role == "weight" and blank.any():
        source.report_rows(variable.name, blank, Fault("weight_missing"))


def _nobody_answered(source: RawSource, variable: Variable) -> None:
    source.problems.append(Problem(code="data.no_answers", file=source.table.file, column=variable.name))


def _is_number(source: RawSource, variable: Variable) -> bool:
    """Whether a covariate is a number: as declared by `kind`, by a range, or by most of its answers."""
    if variable.kind or variable.minimum is not None or variable.maximum is not None:
        return variable.kind != "category"
    column = source.columns[variable.name]
    labels = source.table.value_labels.get(variable.name, {})
    counts = column.counts(source.rows.frequency)
    numeric = np.fromiter(
        (value not in labels and parse_number(value, source.table.decimal) is not None for value in column.values),
        bool,
        len(column.values),
    )
    return bool(2 * counts[numeric].sum() > counts.sum())


def _constant(source: RawSource, variable: Variable, values: NDArray[Any], where: str) -> Iterator[Loss]:
    if variable.role not in ("item", "score"):
        return
    answers = values[~np.isnan(values)]
    if len(answers) > 1 and (answers == answers[0]).all():
        yield _constant_note(variable, float(answers[0]), source.rows.count(~np.isnan(values)), where)


def _constant_note(variable: Variable, value: float, count: int, where: str) -> Loss:
    details = {"name": variable.name, "value": f"{value:g}", "count": count}
    return Loss(where=where, reason="constant_item", details=details)


def _option_counts(source: RawSource, variable: Variable, where: str) -> tuple[Columns, list[Loss]]:
    """An item's option counts: one column per option value, "don't know" last; options with several columns added up.

    A row in which every cell of the item is blank was not asked (NaN); a single blank cell is nobody.
    """
    names = [column for columns in variable.options.values() for column in columns]
    if not names or not set(names) <= set(source.columns):
        return {}, []
    read = {name: source.numbers(variable, name, counts=True) for name in names}
    blank = {name: ~source.columns[name].answered for name in names}
    not_asked = np.logical_and.reduce(list(blank.values()))
    columns: Columns = {}
    for value, parts in variable.options.items():
        total = np.sum([np.nan_to_num(read[name][0]) for name in parts], axis=0)
        columns[option_column(variable.name, value)] = np.where(not_asked, np.nan, total)
    taken_as_zero = sum(source.rows.count(blank[name] & ~not_asked) for name in names)
    notes = [Loss(where=where, reason="blank_counts", details={"name": variable.name, "count": taken_as_zero})]
    if all(valid for _, valid in read.values()):
        notes += _chosen_options(source, variable, columns, where)
    return columns, notes if taken_as_zero else notes[1:]


def _chosen_options(source: RawSource, variable: Variable, columns: Columns, where: str) -> Iterator[Loss]:
    values = [value for value in variable.options if value is not None]
    totals = {value: int(np.nansum(columns[option_column(variable.name, value)])) for value in values}
    chosen = [value for value, total in totals.items() if total]
    if not chosen and len(source.rows):
        _nobody_answered(source, variable)
    elif len(chosen) == 1:
        yield _constant_note(variable, chosen[0], totals[chosen[0]], where)


def blank_rows(columns: Sequence[Distinct], n_rows: int) -> NDArray[np.bool_]:
    """(N,) rows in which no column holds anything."""
    answered = np.zeros(n_rows, dtype=bool)
    for column in columns:
        answered |= column.answered
    return ~answered
