"""First stage: every source read and held against the codebook; all problems of all sources at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cxresearch.codebook import Responses, ValidationSpec, check_direction, load_aliases, validate
from cxresearch.errors import CxError, DataError, Problem, raise_if
from cxresearch.findings import SourceSummary
from cxresearch.readers import RawTable, read
from cxresearch.study import Study, check_study


@dataclass(frozen=True)
class ReadStudy:
    """A study whose data agree with its codebook.

    Attributes
    ----------
    responses : by source. summaries : what was read of each. notices : what a reader should know.
    unit_names : unit key to the name shown.
    """

    responses: Mapping[str, Responses]
    summaries: tuple[SourceSummary, ...]
    notices: tuple[Problem, ...]
    unit_names: Mapping[str, str]


def read_study(study: Study) -> ReadStudy:
    """Read and validate every source.

    Raises
    ------
    CxError
        With the problems of the plan, or else those of all sources.
    """
    raise_if(check_study(study), DataError)
    aliases = _aliases(study)
    responses: dict[str, Responses] = {}
    summaries: list[SourceSummary] = []
    problems: list[Problem] = []
    notices: list[Problem] = []
    for name in study.spec.sources:
        try:
            table = _read(study, name)
            found = validate(table, study.codebook, _validation(study, name, aliases))
        except CxError as error:
            problems += error.problems
            continue
        direction = check_direction(found, study.spec.codebook)
        problems += direction.errors
        notices += direction.notices
        responses[name] = found
        summaries.append(_summary(table, found))
    raise_if(problems, DataError)
    names = {key: shown for found in responses.values() for key, shown in found.unit_names.items()}
    return ReadStudy(responses, tuple(summaries), tuple(notices), names)


def _aliases(study: Study) -> Mapping[str, str]:
    named = study.spec.unit_aliases
    return load_aliases(study.folder / named, named) if named else {}


def _read(study: Study, name: str) -> RawTable:
    source = study.spec.sources[name]
    path = study.source_file(name) if source.path else Path()
    return read(path, name=name, shown_as=source.path or name, options=source.read.options())


def _validation(study: Study, name: str, aliases: Mapping[str, str]) -> ValidationSpec:
    source = study.spec.sources[name]
    return ValidationSpec(
        source=name,
        side=source.side,
        grain=source.grain,
        period=source.period,
        granularity=study.spec.period,
        duplicates=source.duplicates,
        aliases=aliases,
    )


def _summary(table: RawTable, found: Responses) -> SourceSummary:
    frame: pd.DataFrame = found.frame
    return SourceSummary(
        id=found.source,
        file=table.file,
        format=table.format,
        details=dict(table.details),
        n_rows=len(table.frame),
        n_kept=int(frame["frequency"].sum()),
        n_units=int(frame["unit"].nunique()),
        n_periods=int(frame["period"].replace("", pd.NA).nunique()),
    )
