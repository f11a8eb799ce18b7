"""Which group each unit belongs to: by name, by a covariate of the codebook, or each unit by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cxresearch.codebook.nearest import unknown_name
from cxresearch.errors import DataError, ParameterError, Problem, raise_if
from cxresearch.language import Label
from cxresearch.losses import Loss
from cxresearch.study import Study
from cxresearch.study.document import STUDY_FILE
from cxresearch.workflow.reading import ReadStudy

UNIT, PERIOD = "unit", "period"
_PERIOD_LABEL = Label("ajanjakso", "period")


@dataclass(frozen=True)
class Grouping:
    """The groups that units form.

    Attributes
    ----------
    name : id in study.yml, or `unit`. label : what such a group is called. of_unit : unit key to the group's name;
        units without a group are absent. losses : units without a group.
    """

    name: str
    label: Label
    of_unit: Mapping[str, str]
    losses: tuple[Loss, ...] = ()


def kinds_of_group(study: Study) -> tuple[str, ...]:
    """What groups can be made by: `unit`, `period` where the study has periods, and the declared groupings."""
    periods = () if study.spec.period == "none" else (PERIOD,)
    return (UNIT, *periods, *study.spec.groups)


def check_kind(study: Study, by: str) -> None:
    """Refuse an unknown kind of group.

    Raises
    ------
    ParameterError
        With the kinds that the study has.
    """
    kinds = kinds_of_group(study)
    if by not in kinds:
        problem = unknown_name("groups.unknown_grouping", by, kinds, file="", line=None, column="by")
        raise ParameterError(problem)


def label_of(study: Study, by: str) -> Label:
    """What a group of a kind is called, nominative singular."""
    if by == PERIOD:
        return _PERIOD_LABEL
    return (study.spec.unit if by == UNIT else study.spec.groups[by].label).label()


def declared_groupings(study: Study, data: ReadStudy) -> tuple[Grouping, ...]:
    """Every grouping of study.yml, in its order.

    Raises
    ------
    DataError
        If a covariate is not the same in all rows of a unit, or no unit belongs to any group.
    """
    return tuple(_declared(study, data, name) for name in study.spec.groups)


def units_of_study(data: ReadStudy) -> tuple[str, ...]:
    """The keys of all units that any source names, sorted."""
    found: set[str] = set()
    for responses in data.responses.values():
        found |= {str(unit) for unit in responses.frame["unit"].unique()}
    return tuple(sorted(found))


def _declared(study: Study, data: ReadStudy, name: str) -> Grouping:
    spec = study.spec.groups[name]
    units = units_of_study(data)
    if spec.pattern is not None:
        named = _by_pattern(spec.pattern, units, data.unit_names)
    else:
        named = _by_covariate(study, data, name, spec.covariate or "")
    problem = Problem(code="groups.no_groups", file=STUDY_FILE, column=f"groups.{name}", value=name)
    raise_if([] if named else [problem], DataError)
    without = len([unit for unit in units if unit not in named])
    losses = (
        (Loss(where=name, reason="groups.without_group", n_units=without, details={"count": without}),)
        if without
        else ()
    )
    return Grouping(name, spec.label.label(), named, losses)


def _by_pattern(pattern: str, units: tuple[str, ...], names: Mapping[str, str]) -> dict[str, str]:
    compiled = re.compile(pattern)
    found = ((unit, compiled.search(names.get(unit, unit))) for unit in units)
    return {unit: match.group(1) for unit, match in found if match and match.group(1)}


def _by_covariate(study: Study, data: ReadStudy, name: str, covariate: str) -> dict[str, str]:
    for responses in data.responses.values():
        if not any(v.name == covariate and v.role == "covariate" for v in responses.variables):
            continue
        column = responses.frame[covariate]
        rows = pd.DataFrame({"unit": responses.frame["unit"].astype(str), "group": column})
        known = rows[rows["group"].notna() & (rows["group"].astype(str) != "")].drop_duplicates()
        repeated = known["unit"][known["unit"].duplicated()].drop_duplicates()
        if len(repeated):
            code = "of_people" if responses.grain == "respondents" else "not_constant"
            example = data.unit_names.get(repeated.iloc[0], repeated.iloc[0])
            kinds = ", ".join(kind for kind in kinds_of_group(study) if kind != name)
            details = {"count": len(repeated), "example": example, "known": kinds}
            key = f"groups.{name}"
            problem = Problem(
                code=f"groups.{code}",
                file=STUDY_FILE,
                line=study.line(key),
                column=key,
                value=covariate,
                details=details,
            )
            raise DataError(problem)
        numeric = pd.api.types.is_numeric_dtype(column)
        return {
            str(unit): f"{value:g}" if numeric else str(value)
            for unit, value in zip(known["unit"], known["group"], strict=True)
        }
    return {}
