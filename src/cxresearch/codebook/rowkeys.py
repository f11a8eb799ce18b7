"""Which unit, period and respondent each row belongs to, and the rows that are left out for want of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cxresearch.codebook.distinct import Objects
from cxresearch.codebook.duplicates import Policy, duplicate_problems, extra_rows, same_key
from cxresearch.codebook.keys import UnitKeys, unit_keys
from cxresearch.codebook.periods import Granularity, fixed_period, period_labels
from cxresearch.codebook.places import Fault
from cxresearch.codebook.source import RawSource
from cxresearch.codebook.values import blank_rows
from cxresearch.codebook.variables import Grain, Role, Side, Variable
from cxresearch.errors import Problem
from cxresearch.losses import Loss

_EXAMPLES: Mapping[str, str] = {"year": "2025", "quarter": "2025-Q1", "month": "2025-03"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationSpec:
    """What study.yml says of a source.

    Attributes
    ----------
    source, side, grain : as declared.
    period : the period of every row, when no column tells it.
    granularity : of the study's periods. duplicates : what to do with a second row of the same respondent (or unit).
    aliases : key of another name of a unit to its proper name, see `aliases.load_aliases`.
    """

    source: str
    side: Side
    grain: Grain
    period: str | None = None
    granularity: Granularity = "none"
    duplicates: Policy = "error"
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowKeys:
    """Keys of the N rows kept: `units`, `periods` and `respondents` (each (N,), "" where the source has none)."""

    units: UnitKeys
    periods: Objects
    respondents: Objects


def period_problems(spec: ValidationSpec, variables: Sequence[Variable], file: str) -> list[Problem]:
    """What is wrong with how a source tells its periods, before any row is looked at."""
    roles = {variable.role: variable.name for variable in variables}
    if spec.granularity == "none" or not variables:
        return []
    if spec.period is None:
        told = "period" in roles or "timestamp" in roles
        return [] if told else [Problem(code="data.no_period", file=file, value=spec.source)]
    problems = []
    if "period" in roles:
        problems.append(Problem(code="data.two_periods", file=file, column=roles["period"], value=spec.period))
    _, fault = fixed_period(spec.period, spec.granularity)
    if fault:
        problems.append(
            Problem(code=f"data.fixed_{fault}", file=file, value=spec.period, details=_example(spec.granularity))
        )
    return problems


def keyed(
    source: RawSource, variables: Sequence[Variable], spec: ValidationSpec
) -> tuple[RawSource, RowKeys, list[Loss]]:
    """Find every row's keys.

    Blank rows, rows without unit or period, and repeated rows (by the policy) are left out and counted; what is wrong
    is collected in the source.
    """
    losses: list[Loss] = []
    names = {variable.role: variable.name for variable in variables if variable.name in source.columns}
    told = names.get("period", names.get("timestamp"))
    if spec.period is not None or spec.granularity == "none":
        told = None
    filled = [column for name, column in source.columns.items() if name != names.get("respondent")]
    source = _left_out(source, blank_rows(filled, len(source.rows)), "blank_rows", spec, losses)
    for name, reason in ((names.get("unit"), "missing_unit"), (told, "missing_period")):
        if name is not None:
            source = _left_out(source, ~source.columns[name].answered, reason, spec, losses)
    units = _units(source, names, spec, losses)
    respondents = source.texts(names["respondent"]) if "respondent" in names else _empty(source)
    keys = RowKeys(units, _periods(source, told, spec), respondents)
    repeated = _repeated(source, keys, names, spec)
    source = _left_out(source, repeated, f"duplicates_{spec.duplicates}", spec, losses)
    return source, _of_rows(keys, ~repeated), losses


def _example(granularity: Granularity) -> dict[str, str]:
    return {"example": _EXAMPLES.get(granularity, "")}


def _empty(source: RawSource) -> Objects:
    return np.full(len(source.rows), "", dtype=object)


def _of_rows(keys: RowKeys, keep: NDArray[np.bool_]) -> RowKeys:
    units = replace(keys.units, keys=keys.units.keys[keep], aliased=keys.units.aliased[keep])
    return RowKeys(units, keys.periods[keep], keys.respondents[keep])


def _left_out(
    source: RawSource, dropped: NDArray[np.bool_], reason: str, spec: ValidationSpec, losses: list[Loss]
) -> RawSource:
    if not dropped.any():
        return source
    count = source.rows.count(dropped)
    losses.append(Loss(where=spec.source, reason=reason, n_rows=count, details={"count": count}))
    return source.kept(~dropped)


def _units(source: RawSource, names: Mapping[Role, str], spec: ValidationSpec, losses: list[Loss]) -> UnitKeys:
    if "unit" not in names:
        return UnitKeys(_empty(source), {}, aliased=np.zeros(len(source.rows), dtype=bool))
    units = unit_keys(source.columns[names["unit"]], source.rows.frequency, spec.aliases)
    if units.spellings:
        details = {"count": len(units.spellings), "spellings": sum(map(len, units.spellings.values()))}
        losses.append(Loss(where=spec.source, reason="spellings_merged", n_units=details["count"], details=details))
    if units.aliased.any():
        count = source.rows.count(units.aliased)
        losses.append(Loss(where=spec.source, reason="aliases_applied", details={"count": count}))
    return units


def _periods(source: RawSource, told: str | None, spec: ValidationSpec) -> Objects:
    if told is None:
        label, _ = fixed_period(spec.period or "", spec.granularity)
        return np.full(len(source.rows), label, dtype=object)
    column = source.columns[told]
    labels, faults = period_labels(column, source.rows.frequency, spec.granularity)
    source.report(told, column, {place: Fault(code, _example(spec.granularity)) for place, code in faults.items()})
    return labels


def _repeated(source: RawSource, keys: RowKeys, names: Mapping[Role, str], spec: ValidationSpec) -> NDArray[np.bool_]:
    """(N,) rows that repeat a respondent or a unit and are to be left out.

    A unit has one row in a period. A respondent may answer several times in a period of the study, as in a monthly
    pulse in a study by quarter: a row repeats another only where the file's own period (the month, the date) is the
    same.
    """
    of_people = spec.grain == "respondents"
    column = names.get("respondent" if of_people else "unit")
    if column is None:
        return np.zeros(len(source.rows), dtype=bool)
    named = keys.respondents if of_people else keys.units.keys
    told = names.get("period") if of_people and spec.period is None else None
    when = keys.periods if told is None else source.texts(told)
    same = same_key(when, named)
    if spec.duplicates != "error":
        return extra_rows(same, spec.duplicates)
    shown = named if of_people else np.array([keys.units.names[key] for key in named], dtype=object)
    source.problems.extend(
        duplicate_problems(
            "duplicate_respondent" if of_people else "duplicate_unit",
            column,
            source.rows,
            same,
            shown,
            units=keys.units.keys if of_people else None,
        )
    )
    return np.zeros(len(source.rows), dtype=bool)
