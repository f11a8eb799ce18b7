"""First stage: every source read and held against the codebook; all problems of all sources at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from cxresearch.codebook import (
    Responses,
    ValidationSpec,
    check_direction,
    load_aliases,
    validate,
    validate_large,
)
from cxresearch.errors import CxError, DataError, Problem, raise_if
from cxresearch.findings import SourceSummary
from cxresearch.losses import Loss
from cxresearch.readers import LargeTable, RawTable, open_large, read
from cxresearch.readers.memory import give_back
from cxresearch.study import Study, check_study
from cxresearch.workflow.narrowed import Narrowed

LARGE = 2**30
LARGE_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")


@dataclass(frozen=True)
class ReadStudy:
    """A study whose data agree with its codebook.

    Attributes
    ----------
    responses : by source. summaries : what was read of each. notices : what a reader should know.
    unit_names : unit key to the name shown. narrowed : counted sources over some of their columns, made once in a run.
    """

    responses: Mapping[str, Responses]
    summaries: tuple[SourceSummary, ...]
    notices: tuple[Problem, ...]
    unit_names: Mapping[str, str]
    narrowed: Narrowed = field(default_factory=Narrowed, repr=False, compare=False)

    def over(self, source: str, names: Iterable[str]) -> Responses:
        """A source for whoever takes no other columns than its keys and these: counted over them if it is counted."""
        return self.narrowed.over(self.responses[source], names)


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
            found, summary = _source(study, name, aliases)
        except CxError as error:
            problems += error.problems
            continue
        direction = check_direction(found, study.spec.codebook)
        problems += direction.errors
        notices += direction.notices
        responses[name] = replace(found, losses=(*found.losses, *_unused_weights(found)))
        summaries.append(summary)
    raise_if(problems, DataError)
    names = {key: shown for found in responses.values() for key, shown in found.unit_names.items()}
    return ReadStudy(responses, tuple(summaries), tuple(notices), names)


def _aliases(study: Study) -> Mapping[str, str]:
    named = study.spec.unit_aliases
    return load_aliases(study.folder / named, named) if named else {}


def _source(study: Study, name: str, aliases: Mapping[str, str]) -> tuple[Responses, SourceSummary]:
    source = study.spec.sources[name]
    path = study.source_file(name) if source.path else None
    spec, options, shown = _validation(study, name, aliases), source.read.options(), source.path or name
    if path is not None and _out_of_memory(source.read.memory, path):
        with open_large(path, options, shown_as=shown) as large:
            found = validate_large(large, study.codebook, spec)
            summary = _summary(large, large.n_rows, found)
        give_back()
        return found, summary
    table = read(path, name=name, shown_as=shown, options=options)
    found = validate(table, study.codebook, spec)
    return found, _summary(table, len(table.frame), found)


def _unused_weights(found: Responses) -> tuple[Loss, ...]:
    """Say that weights are there and cannot be used: where rows are units, answers are already put together."""
    in_use = found.grain == "respondents"
    names = [variable.name for variable in found.variables if variable.role == "weight" and not in_use]
    return tuple(Loss(where=found.source, reason="workflow.weights_unused", details={"column": name}) for name in names)


def _out_of_memory(declared: str, path: Path) -> bool:
    """Whether a file is aggregated on disk: as declared, or of itself above 1 GiB where its format can be."""
    large = path.is_file() and path.stat().st_size > LARGE and path.suffix.lower() in LARGE_SUFFIXES
    return declared == "out" or (declared == "auto" and large)


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


def _summary(table: RawTable | LargeTable, n_rows: int, found: Responses) -> SourceSummary:
    frame: pd.DataFrame = found.frame
    return SourceSummary(
        id=found.source,
        file=table.file,
        format=table.format,
        details=dict(table.details),
        n_rows=n_rows,
        n_kept=int(frame["frequency"].sum()),
        n_units=int(frame["unit"].nunique()),
        n_periods=int(frame["period"].replace("", pd.NA).nunique()),
    )
