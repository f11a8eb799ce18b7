"""Which rows a batch has, and the key of each: from the groups of a study, from studies, or from a table."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from cxresearch.batch.key import input_key, named_files_sha256, texts_sha256
from cxresearch.batch.parameters import Parameter, notebook_parameters
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.prepared import Prepared
from cxresearch.batch.rows import Row, file_safe_names
from cxresearch.batch.secrets import secret_problems
from cxresearch.batch.table import TableRow, read_table
from cxresearch.batch.work import group_notebook
from cxresearch.errors import CxError, ParameterError, Problem, raise_if
from cxresearch.study import Study, load_study
from cxresearch.workflow.analysis import all_hashed, provenance
from cxresearch.workflow.groups.listed import GroupEntry, GroupList
from cxresearch.workflow.places import chapter_notebooks, find_study
from cxresearch.workflow.portable import load_notebook

OF_COMMAND = ("study", "language", "seed", "run")
"""Parameters of the packaged notebook that the command gives."""

OF_BATCH = ("language", "run")
"""Parameters of any notebook that the batch gives."""


def check_table(table: Path, notebook: str) -> None:
    """Look through a table of parameters of the user's notebook, or without one of the packaged one.

    Raises
    ------
    CxError
        With all that is wrong with the table, or what is wrong with the notebook.
    """
    if notebook:
        lines = read_table(table, notebook_parameters(_readable(Path(notebook)), notebook), given=OF_BATCH)
    else:
        lines = read_table(table, _group_parameters(load_notebook(group_notebook())), given=OF_COMMAND)
    problems = [one for line in lines for one in secret_problems(line.values, file=str(table), line=line.line)]
    raise_if(problems, ParameterError)


def _group_parameters(notebook: NotebookNode) -> tuple[Parameter, ...]:
    """The packaged notebook's parameters; in a batch the group has to be named."""
    found = notebook_parameters(notebook, group_notebook().name)
    return tuple(replace(one, required=True) if one.name == "group" else one for one in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The rows of a batch; `groups` : of each row, where rows are groups, by the row's id."""

    rows: tuple[Row, ...]
    groups: Mapping[str, GroupEntry]


def rows_of_groups(plan: BatchPlan, prepared: Prepared) -> Listed:
    """A row for each group of which something may be shown."""
    groups = prepared.groups(plan.by)
    notebook = load_notebook(group_notebook())
    named = dict(zip(file_safe_names([entry.id for entry in groups.released]), groups.released, strict=True))
    rows = tuple(
        _group_row(plan, prepared, groups, notebook, entry, id=row, name=entry.name) for row, entry in named.items()
    )
    return Listed(rows=rows, groups=named)


def rows_of_group_table(plan: BatchPlan, prepared: Prepared, table: Path) -> Listed:
    """A row for each line of a table that names groups in its columns `by` and `group`.

    Raises
    ------
    CxError
        If the table is wrong or names a group that is not there or of which nothing may be shown.
    """
    notebook = load_notebook(group_notebook())
    lines = read_table(table, _group_parameters(notebook), given=OF_COMMAND)
    problems: list[Problem] = []
    found: list[tuple[TableRow, GroupList, GroupEntry]] = []
    for line in lines:
        groups = prepared.groups(str(line.values.get("by", "unit")))
        wanted = str(line.values.get("group", ""))
        entry = next((one for one in groups.released if wanted in (one.id, one.name)), None)
        if entry is None:
            problems.append(_no_group(table, line, wanted, groups.released))
        else:
            found.append((line, groups, entry))
    raise_if(problems, ParameterError)
    named = dict(zip(file_safe_names([line.name for line, _, _ in found]), found, strict=True))
    rows = tuple(
        _group_row(plan, prepared, groups, notebook, entry, id=row, name=line.name)
        for row, (line, groups, entry) in named.items()
    )
    return Listed(rows=rows, groups={row: entry for row, (_, _, entry) in named.items()})


def _group_row(
    plan: BatchPlan,
    prepared: Prepared,
    groups: GroupList,
    notebook: NotebookNode,
    entry: GroupEntry,
    *,
    id: str,  # noqa: A002
    name: str,
) -> Row:
    parameters = {"by": groups.by, "group": entry.id}
    key = input_key(
        notebooks=[notebook],
        parameters={**parameters, "seed": plan.seed, "name": name},
        languages=plan.languages,
        formats=plan.formats,
        findings=prepared.key,
        group=entry.fingerprint,
        texts=texts_sha256(prepared.study.folder),
    )
    return Row(id=id, name=name, parameters=parameters, key=key)


def _no_group(table: Path, line: TableRow, wanted: str, released: Sequence[GroupEntry]) -> Problem:
    names = [entry.name for entry in released]
    details = {"nearest": ", ".join(difflib.get_close_matches(wanted, names, n=3) or names[:3])}
    return Problem(
        code="batch.no_group", file=str(table), line=line.line, column="group", value=wanted, details=details
    )


def rows_of_studies(plan: BatchPlan, studies: Sequence[Study]) -> Listed:
    """A row for each study; one whose data lie in a database is made anew every time, since they have no hash.

    Raises
    ------
    ParameterError
        If two studies bear one name.
    """
    names = [study.folder.name for study in studies]
    repeated = sorted({name for name in names if names.count(name) > 1})
    raise_if([Problem(code="batch.same_study", value=name) for name in repeated], ParameterError)
    notebooks = [load_notebook(path) for path in chapter_notebooks()]
    rows = []
    for id, study in zip(file_safe_names(names), studies, strict=True):  # noqa: A001
        seed = plan.seed or study.spec.seed
        made_from = provenance(study, seed)
        key = input_key(
            notebooks=notebooks,
            parameters={"study": study.folder.name, "seed": seed},
            languages=plan.languages,
            formats=plan.formats,
            findings=made_from.key if all_hashed(study, made_from) else uuid.uuid4().hex,
            texts=texts_sha256(study.folder),
        )
        parameters = {"study": str(study.folder), "seed": seed}
        rows.append(Row(id=id, name=study.folder.name, parameters=parameters, key=key))
    return Listed(rows=tuple(rows), groups={})


def rows_of_own_notebook(plan: BatchPlan, table: Path, findings: str) -> Listed:
    """A row for each line of a table of the parameters of the user's own notebook.

    Parameters
    ----------
    findings : key of the findings of the batch's study; empty if it has none.

    Raises
    ------
    CxError
        If the table or the notebook is wrong.
    """
    path = Path(plan.notebook)
    notebook = _readable(path)
    lines = read_table(table, notebook_parameters(notebook, str(path)), given=OF_BATCH)
    ids = file_safe_names([line.name for line in lines])
    rows = tuple(
        Row(id=row, name=line.name, parameters=line.values, key=_own_key(plan, notebook, line.values, findings))
        for row, line in zip(ids, lines, strict=True)
    )
    return Listed(rows=rows, groups={})


def _own_key(plan: BatchPlan, notebook: NotebookNode, values: Mapping[str, Any], findings: str) -> str:
    return input_key(
        notebooks=[notebook],
        parameters=values,
        languages=plan.languages,
        formats=plan.formats,
        findings=_findings_of(values, findings),
        files=named_files_sha256(values, Path(plan.cwd)),
    )


def _findings_of(values: Mapping[str, Any], findings: str) -> str:
    """Key of the findings of the study that a row names, else of the batch's."""
    if not isinstance(values.get("study"), str):
        return findings
    try:
        study = load_study(find_study(values["study"]))
    except CxError:
        return findings
    return provenance(study, int(values.get("seed") or study.spec.seed)).key


def _readable(path: Path) -> NotebookNode:
    try:
        return load_notebook(path)
    except OSError as failure:
        raise ParameterError(Problem(code="batch.no_notebook", file=str(path))) from failure
    except (ValueError, AttributeError, KeyError, TypeError) as failure:
        raise ParameterError(Problem(code="batch.not_a_notebook", file=str(path))) from failure
