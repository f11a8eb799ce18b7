"""Validation of files larger than memory: equal rows are counted on disk, then the different ones are validated.

The result says the same as `validate`'s. Only, a row of the frame stands for `frequency` rows of the file; `line` is
the first of them, counted by records (a cell that spans lines shifts it); and respondents' ids, which make every row
different, are checked for repetition on disk and then dropped but for those who have several rows, as are exact times,
durations and the codes of employees who served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxresearch.codebook.columns import located
from cxresearch.codebook.counting import (
    Identity,
    Told,
    as_day,
    as_text,
    counted,
    in_order,
    is_one_of,
    n_repeated,
    repeated,
    values_of,
)
from cxresearch.codebook.distinct import Ints, distinct, without_missing
from cxresearch.codebook.duplicates import duplicate_problems, same_key
from cxresearch.codebook.keys import unit_key
from cxresearch.codebook.narrowing import apart, combined
from cxresearch.codebook.periods import period_labels
from cxresearch.codebook.places import Rows
from cxresearch.codebook.responses import Responses
from cxresearch.codebook.rowkeys import ValidationSpec
from cxresearch.codebook.validate import validate_counted
from cxresearch.codebook.variables import Codebook, Role, Variable
from cxresearch.errors import DataError, Problem, raise_if
from cxresearch.losses import Loss
from cxresearch.readers import LargeTable, RawTable
from cxresearch.readers.memory import give_back
from cxresearch.readers.ondisk import quoted


def validate_large(table: LargeTable, codebook: Codebook, spec: ValidationSpec) -> Responses:
    """As `validate`, for a table that stays on disk.

    Memory grows with the number of different rows of the analysed columns, not with the file: many rows of few
    questions shrink well, rows with exact times, amounts or many questions hardly.

    Raises
    ------
    DataError
        As `validate`.
    """
    source = _OnDisk.of(table, codebook, spec)
    told, identity = source.told_and_identity()
    doubled = source.repetitions(told, identity)
    left_out = source.left_out(told, identity)
    raw, frequency, people, also = source.different_rows(told, identity)
    table.rest()
    give_back()
    try:
        responses = validate_counted(raw, frequency, codebook, spec, also=also)
    except DataError as error:
        raise DataError([*error.problems, *doubled]) from None
    del raw, frequency
    give_back()
    raise_if(doubled, DataError)
    if spec.grain == "respondents":
        exact = [v.name for v in responses.variables if v.role in ("timestamp", "duration", "served_by")]
        frame = responses.frame.drop(columns=exact, errors="ignore")
        if len(people):
            named = people.reindex(frame["line"]).astype("str").fillna("")
            frame = frame.assign(respondent=named.to_numpy(dtype=object)).astype({"respondent": "str"})
        responses = replace(responses, frame=_merged(frame))
    return replace(responses, losses=(*responses.losses, *left_out))


def _filled(expression: str) -> str:
    """SQL: a key as text, "" for NULL."""
    return f"coalesce({as_text(expression)}, '')"


def _merged(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that were written differently but say the same, counted together; in the file's order, as they come."""
    told = (frame[name] for name in frame if name not in ("line", "frequency"))
    codes, first = combined((apart(frame), *told), len(frame))
    if len(first) == len(frame):
        return frame
    together = np.bincount(codes, weights=frame["frequency"]).astype(np.int64)
    return frame.iloc[first].assign(frequency=together).reset_index(drop=True)


_TIMES: tuple[Role, ...] = ("period", "timestamp", "duration", "served_by")


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """A source on disk with its codebook: `found` gives the file's name of each column, `roles` the keys' variables."""

    table: LargeTable
    spec: ValidationSpec
    variables: tuple[Variable, ...]
    found: Mapping[str, str]
    roles: Mapping[Role, Variable]

    @classmethod
    def of(cls, table: LargeTable, codebook: Codebook, spec: ValidationSpec) -> _OnDisk:
        variables = codebook.of_source(spec.source)
        found, _ = located(table.columns, variables, spec.grain, table.file)
        roles = {variable.role: variable for variable in variables if variable.name in found}
        return cls(table, spec, variables, found, roles)

    def period_variable(self) -> Variable | None:
        if self.spec.period is not None or self.spec.granularity == "none":
            return None
        return self.roles.get("period", self.roles.get("timestamp"))

    def told_and_identity(self) -> tuple[Told, Identity | None]:
        """How periods and respondents are told; None where respondents are not, or the rows are no respondents."""
        unit, period, people = (self.roles.get("unit"), self.period_variable(), self.roles.get("respondent"))
        outside, told = ["false"], Told()
        if unit is not None:
            expression = quoted(self.found[unit.name])
            outside.append(is_one_of(_filled(expression), self._read(unit, expression)[0]))
        if period is not None:
            name = self.found[period.name]
            expression = quoted(name) if self.spec.granularity == "as_is" else as_day(self.table, name)
            blank, labels = self._read(period, expression)
            outside.append(is_one_of(_filled(expression), blank))
            told = Told(_filled(expression), labels)
        if people is None or self.spec.grain != "respondents":
            return told, None
        dated = self.roles.get("period") if self.spec.period is None else None
        occasion = "" if dated is None else self.found[dated.name]
        return told, Identity(self.found[people.name], people.missing, " OR ".join(outside), occasion)

    def _read(self, variable: Variable, expression: str) -> tuple[list[str], list[tuple[str, str]]]:
        """The texts of a key's values that say nothing, and the period labels of all."""
        values, texts = values_of(self.table, expression)
        column, _ = without_missing(distinct(values), variable.missing, (), decimal=self.table.decimal)
        labels, _ = period_labels(column, np.ones(len(values), dtype=np.int64), self.spec.granularity)
        blank = [text for text, answered in zip(texts, column.answered, strict=True) if not answered]
        return blank, list(zip(texts, map(str, labels), strict=True))

    def different_rows(self, told: Told, identity: Identity | None) -> tuple[RawTable, Ints, pd.Series, list[str]]:
        """The different rows of the analysed columns, how often each occurs, who has several, and the columns not read.

        Who has several rows: the respondent's id by the line of the row.
        """
        period = self.period_variable()
        apart = {self.found[self.roles[role].name] for role in _TIMES if role in self.roles}
        if identity is not None:
            apart.add(identity.column)
        names = [name for name in dict.fromkeys(self.found.values()) if name not in apart]
        columns = [quoted(name) for name in names]
        if self.spec.grain == "respondents":
            rows = counted(self.table, columns, told, identity, self.spec.duplicates)
        else:
            rows = in_order(self.table, columns, told)
        frequency = rows.pop("frequency").to_numpy(dtype=np.int64)
        lines = rows.pop("line").to_numpy(dtype=np.int64) + self.header_line()
        labels = rows.pop("label")
        people = (
            pd.Series(rows.pop("respondent").to_numpy(), index=lines)
            if "respondent" in rows
            else pd.Series(dtype="str")
        )
        people = people[people != ""]
        frame = rows.rename(columns={f"c{place}": name for place, name in enumerate(names)})
        if period is not None:
            frame[self.found[period.name]] = labels
        table = RawTable(
            name=self.spec.source, file=self.table.file, frame=frame, lines=lines, sha256=self.table.sha256,
            format=self.table.format, decimal=self.table.decimal, details=self.table.details,
        )  # fmt: skip
        return table, frequency, people, [name for name in self.table.columns if name not in frame.columns]

    def header_line(self) -> int:
        """Line of the column names; 0 where the file has none."""
        return int(self.table.details.get("header_row", 0))

    def repetitions(self, told: Told, identity: Identity | None) -> list[Problem]:
        """Problems of respondents with several rows in a period."""
        if identity is None or self.spec.duplicates != "error":
            return []
        unit = self.roles.get("unit")
        found = repeated(self.table, told, identity, None if unit is None else self.found[unit.name])
        lines = found["line"].to_numpy(dtype=np.int64) + self.header_line()
        ids, units = (
            found[name].map(write).to_numpy(dtype=object) for name, write in (("id", str), ("unit", unit_key))
        )
        rows = Rows(self.table.file, lines, np.ones(len(found), dtype=np.int64))
        keys = same_key(found["occasion"].to_numpy(dtype=object), ids)
        return duplicate_problems("duplicate_respondent", identity.column, rows, keys, ids, units=units)

    def left_out(self, told: Told, identity: Identity | None) -> list[Loss]:
        """The note of repeated rows that the policy dropped."""
        count = n_repeated(self.table, told, identity) if identity is not None else 0
        if not count:
            return []
        reason = f"duplicates_{self.spec.duplicates}"
        return [Loss(where=self.spec.source, reason=reason, n_rows=count, details={"count": count})]
