"""The registered plan: what was declared before the data were looked at, and what has been changed since."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cxresearch.codebook.variables import Codebook
from cxresearch.errors import Problem, StudyError
from cxresearch.provenance import sha256_of
from cxresearch.study.spec import StudySpec

REGISTERED = "registered"
"""Folder of a study that holds its registered plan."""
RECORD = "record.json"
_SHOWN = {"title", "subtitle", "authors", "organisation", "date", "keywords", "label", "statement", "claim", "target"}
"""Keys of the plan that only say how the report looks."""
_MEANT = ("role", "scale", "reversed", "minimum", "maximum", "missing", "options", "informant", "kind")
"""What a codebook's row says of the analysis."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference from the registered plan: a dotted key with its value then and now, "" where there was none."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered plan.

    Attributes
    ----------
    date : when it was registered. sha256 : of the registered `study.yml`. data_present : whether raw files already lay
        in the study folder then. deviations : what has been changed since, in the plan's order.
    """

    date: datetime.date
    sha256: str
    data_present: bool
    deviations: tuple[Deviation, ...] = ()


def read_record(folder: Path, plan: Path, codebook: Path) -> Registration:
    """The record in a folder `registered`, held against the plan and codebook that lie beside it.

    Raises
    ------
    StudyError
        If the record cannot be read, or the files are not those that were registered.
    """
    place = folder / RECORD
    shown = f"{REGISTERED}/{RECORD}"
    try:
        values = json.loads(place.read_text(encoding="utf-8"))
        record = Registration(
            datetime.date.fromisoformat(values["date"]), values["plan_sha256"], bool(values["data_present"])
        )
        expected = {plan: values["plan_sha256"], codebook: values["codebook_sha256"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise StudyError(Problem(code="study.registration_unreadable", file=shown)) from None
    for path, sha256 in expected.items():
        if sha256_of(path) != sha256:
            raise StudyError(Problem(code="study.registration_changed", file=f"{REGISTERED}/{path.name}"))
    return record


def deviations(before: tuple[StudySpec, Codebook], after: tuple[StudySpec, Codebook]) -> tuple[Deviation, ...]:
    """How a plan and its codebook differ from the registered ones, in what the analysis does."""
    old, new = (_declared(*plan) for plan in (before, after))
    changed = (key for key in dict.fromkeys((*old, *new)) if old.get(key, "") != new.get(key, ""))
    return tuple(Deviation(key, old.get(key, ""), new.get(key, "")) for key in changed)


def deviating(spec: StudySpec, codebook: Codebook, found: tuple[Deviation, ...]) -> frozenset[str]:
    """Hypotheses that are not tested as registered: they, a measure of theirs, or the criteria were changed."""
    return frozenset(name for name in spec.hypotheses if any(_touches(spec, codebook, name, one.key) for one in found))


def _touches(spec: StudySpec, codebook: Codebook, name: str, key: str) -> bool:
    hypothesis = spec.hypotheses[name]
    measures = (hypothesis.ex, hypothesis.cx, *hypothesis.controls)
    prefixes = [f"hypotheses.{name}.", "criteria.", *(f"measures.{measure}." for measure in measures)]
    for measure in measures:
        declared = spec.measures[measure]
        variables = codebook.scale(declared.scale) if declared.scale else codebook.named(declared.item or "")
        prefixes += [f"codebook.{variable.source}.{variable.name}." for variable in variables]
    return key.startswith(tuple(prefixes))


def _declared(spec: StudySpec, codebook: Codebook) -> dict[str, str]:
    found = dict(_flat(spec.model_dump(mode="json")))
    for variable in codebook.variables:
        of_variable = {key: value for key, value in asdict(variable).items() if key in _MEANT}
        found |= {f"codebook.{variable.source}.{variable.name}.{key}": _text(v) for key, v in of_variable.items()}
    return {key: value for key, value in found.items() if value}


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if key in _SHOWN:
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _text(value)


def _text(value: Any) -> str:
    """A declared value as one would write it; "" for what is not declared."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{'' if key is None else key}={'|'.join(names)}" for key, names in value.items())
    if value is None or value == "":
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
