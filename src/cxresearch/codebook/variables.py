"""The codebook: what each variable of each source means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cxresearch.language import Label

Role = Literal[
    "unit", "period", "respondent", "item", "score", "score_se", "score_n", "covariate", "weight",
    "eligible", "response_rate", "timestamp", "duration", "served_by", "text", "ignore",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)
_UNNAMED = Label("", "")
Side = Literal["employee", "customer", "process", "unit"]
SIDES: tuple[Side, ...] = get_args(Side)
Grain = Literal["respondents", "counts", "unit_scores"]
GRAINS: tuple[Grain, ...] = get_args(Grain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One row of the codebook.

    Attributes
    ----------
    name : column of the raw file; in the counts grain the item's own name, its columns being in `options`.
    source : id of the source in study.yml.
    role : `unit`, `period`, `respondent` are keys; `item` is a person's answer (or an item given as option counts);
        `score` a published unit score, with `score_se` and `score_n` of the same `scale`; `covariate` a number or a
        category known per person or unit (`kind` `number` or `category` says which, otherwise the values do);
        `weight` a survey weight; `eligible` how many were asked and `response_rate` the share that answered (0..1, or
        per cent where `maximum` is 100; of one `scale`'s respondents alone where it names one), both of the
        `informant`'s side; `text` free text, which is never analysed;
        `timestamp` when answered, the period's date where no column has the role `period`; `duration` how many seconds
        the person took; `served_by` the code of the employee who served the customer, as the employees' `respondent`
        has it; `ignore` nothing.
    scale : id of the scale score that an item (or score) belongs to.
    reversed : whether a high answer means little of what the scale measures.
    minimum, maximum : least and greatest valid answer.
    missing : codes that mean "no answer", as written in the file.
    options : counts grain: value of each response option to the column that counts it; key None holds the columns of
        "don't know" and the like, which are no answers.
    label, question : short name and question text.
    informant : who answered: sides joined by `+` (`employee`, `customer`, `employee+customer`).
    stage, moment, touchpoint, channel, phase, kind : place on the service path, "" where unknown.
    target : declared target on the variable's scale, if any.
    line : row of the codebook file.
    """

    name: str
    source: str
    role: Role
    scale: str = ""
    reversed: bool = False
    minimum: float | None = None
    maximum: float | None = None
    missing: tuple[str, ...] = ()
    options: Mapping[float | None, tuple[str, ...]] = field(default_factory=dict)
    label: Label = _UNNAMED
    question: Label = _UNNAMED
    informant: str = ""
    stage: str = ""
    moment: str = ""
    touchpoint: str = ""
    channel: str = ""
    phase: str = ""
    kind: str = ""
    target: float | None = None
    line: int = 0

    def informants(self, side: Side) -> frozenset[Side]:
        """The sides that answered: those declared, or else the `side` of the source."""
        named = {known for known in SIDES if known in self.informant.split("+")}
        return frozenset(named or {side})

    def turned(self, answers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Answers (N,) with a reversed variable's turned round: minimum + maximum - answer."""
        if not self.reversed or self.minimum is None or self.maximum is None:
            return answers
        return self.minimum + self.maximum - answers


def option_column(name: str, value: float | None) -> str:
    """Name of the column that counts one response option of an item: `name=4`; `name=` for "don't know"."""
    return f"{name}=" if value is None else f"{name}={value:g}"


@dataclass(frozen=True, slots=True)
class Codebook:
    """All variables of a study, in the file's order."""

    variables: tuple[Variable, ...]
    file: str = ""
    sha256: str = ""

    def of_source(self, source: str) -> tuple[Variable, ...]:
        """The variables of one source."""
        return tuple(variable for variable in self.variables if variable.source == source)

    def with_role(self, source: str, role: Role) -> tuple[Variable, ...]:
        """The variables of one source that have the role."""
        return tuple(variable for variable in self.of_source(source) if variable.role == role)

    def scale(self, scale: str, source: str | None = None) -> tuple[Variable, ...]:
        """The items and scores of a scale, in one source or in all."""
        return tuple(
            variable
            for variable in self.variables
            if variable.scale == scale and variable.role in ("item", "score") and source in (None, variable.source)
        )

    def named(self, name: str, source: str | None = None) -> tuple[Variable, ...]:
        """The variables of that name, in one source or in all."""
        return tuple(v for v in self.variables if v.name == name and source in (None, v.source))
