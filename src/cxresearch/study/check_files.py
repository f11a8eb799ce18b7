"""Whether the files that a study names may be read and are there."""

from __future__ import annotations

from collections.abc import Iterator

from cxresearch.errors import Problem
from cxresearch.study.complaints import without_secrets
from cxresearch.study.load import Study
from cxresearch.study.places import inside, placed


def check_files(study: Study) -> tuple[Problem, ...]:
    """Sources and the table of unit aliases: inside the study folder (or absolute), present, and files."""
    problems = [problem for source in study.spec.sources for problem in _source(study, source)]
    if study.spec.unit_aliases is not None:
        problems += _file(study, "unit_aliases", study.spec.unit_aliases)
    return tuple(problems)


def _source(study: Study, source: str) -> Iterator[Problem]:
    spec = study.spec.sources[source]
    key = f"sources.{source}"
    if (spec.read.url is not None or spec.read.format == "sql") and spec.read.query is None:
        yield study.problem("no_query", f"{key}.read.query")
    if spec.read.url is not None:
        return
    if not spec.path:
        yield study.problem("no_path", f"{key}.path")
    else:
        yield from _file(study, f"{key}.path", spec.path)


def _file(study: Study, key: str, path: str) -> Iterator[Problem]:
    name = _complaint(study, path)
    if name:
        yield study.problem(name, key, without_secrets(path))


def _complaint(study: Study, path: str) -> str:
    if "://" in path:
        return "path_is_address"
    if not inside(path):
        return "path_outside"
    file = placed(study.folder, path)
    if not file.exists():
        return "missing_source"
    return "" if file.is_file() else "not_a_file"
