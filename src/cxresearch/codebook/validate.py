"""A raw file held against its codebook: responses, or every reason why not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxresearch.codebook.columns import grain_problems, located, raw_columns, unused
from cxresearch.codebook.distinct import Ints, Objects
from cxresearch.codebook.places import listed
from cxresearch.codebook.responses import Responses
from cxresearch.codebook.rowkeys import RowKeys, ValidationSpec, keyed, period_problems
from cxresearch.codebook.source import RawSource, raw_source
from cxresearch.codebook.values import Columns, analysed_columns
from cxresearch.codebook.variables import Codebook, Variable
from cxresearch.errors import DataError, Problem, raise_if
from cxresearch.losses import Loss
from cxresearch.readers import RawTable

_COLUMNS_LISTED = 12


def validate(table: RawTable, codebook: Codebook, spec: ValidationSpec) -> Responses:
    """Turn a raw file into responses that agree with the codebook.

    Missing codes become NaN, units and periods are normalised, free text is dropped, and all that is left out is
    counted. The order of the file's rows makes no difference.

    Raises
    ------
    DataError
        With all problems, each naming its row, column and value; more than twenty of a kind in a column are one
        problem with their count.
    """
    return validate_counted(table, np.ones(len(table.frame), dtype=np.int64), codebook, spec)


def validate_counted(
    table: RawTable, frequency: Ints, codebook: Codebook, spec: ValidationSpec, *, also: Sequence[str] = ()
) -> Responses:
    """As `validate`, for a table whose rows each stand for `frequency` (N,) identical rows of the file.

    `also` names columns that the file has besides those of the table; variables there count as found, unread.

    Raises
    ------
    DataError
        As `validate`.
    """
    variables = codebook.of_source(spec.source)
    names = [*map(str, table.frame.columns), *also]
    found, missing = located(names, variables, spec.grain, table.file)
    owners = {column: variable for variable in variables for column in raw_columns(variable, spec.grain)}
    held = {name: place for name, place in found.items() if place in table.frame.columns}
    source = raw_source(table, frequency, owners, held)
    source.problems.extend(grain_problems(codebook, spec.source, spec.grain))
    source.problems.extend(missing + period_problems(spec, variables, table.file))
    notes = _notes(source, unused(names, variables, found), variables, spec.source)
    source, keys, losses = keyed(source, variables, spec)
    source.problems.extend(_emptiness(table, source))
    columns, of_columns = analysed_columns(source, variables, spec.grain, spec.source)
    raise_if(sorted(source.problems, key=_place), DataError)
    return Responses(
        source=spec.source, side=spec.side, grain=spec.grain, frame=_frame(source, keys, columns),
        variables=variables, losses=(*notes, *losses, *of_columns), unit_names=keys.units.names,
    )  # fmt: skip


def _place(problem: Problem) -> tuple[str, str, int]:
    return problem.file, problem.column, problem.line or 0


def _notes(source: RawSource, unknown: Sequence[str], variables: Sequence[Variable], where: str) -> list[Loss]:
    texts = [variable.name for variable in variables if variable.role == "text"]
    notes = [
        Loss(where=where, reason=reason, details={"count": len(names), "columns": listed(names, _COLUMNS_LISTED, ", ")})
        for reason, names in (("columns_unused", unknown), ("text_dropped", texts))
        if names
    ]
    if source.n_declared_missing:
        notes.append(Loss(where=where, reason="declared_missing", details={"count": source.n_declared_missing}))
    return notes


def _emptiness(table: RawTable, source: RawSource) -> list[Problem]:
    if not len(table.frame):
        return [Problem(code="data.no_rows", file=table.file)]
    lost = not len(source.rows) and not source.problems
    return [Problem(code="data.no_rows_left", file=table.file)] if lost else []


def _frame(source: RawSource, keys: RowKeys, columns: Columns) -> pd.DataFrame:
    named = {"unit": keys.units.keys, "period": keys.periods, "respondent": keys.respondents}
    values = {
        **{name: _text(of_name) for name, of_name in named.items()},
        "line": source.rows.lines,
        "frequency": source.rows.frequency,
        **{name: _text(column) if column.dtype == object else column for name, column in columns.items()},
    }
    return pd.DataFrame(values, copy=False)


def _text(values: Objects) -> pd.Series:
    return pd.Series(values, dtype="str")
