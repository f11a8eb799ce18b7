"""Rows that are groups of a study, and the key of each; and what a table of parameters may hold."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from cxresearch.batch.key import input_key, texts_sha256
from cxresearch.batch.listed import Listed
from cxresearch.batch.own_rows import OF_BATCH, readable_notebook
from cxresearch.batch.parameters import Parameter, notebook_parameters
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.prepared import Prepared
from cxresearch.batch.rows import Row, file_safe_names
from cxresearch.batch.secrets import secret_problems
from cxresearch.batch.table import TableRow, read_table
from cxresearch.errors import ParameterError, Problem, raise_if
from cxresearch.workflow.groups.listed import GroupEntry, GroupList
from cxresearch.workflow.places import group_notebook
from cxresearch.workflow.portable import load_notebook

OF_COMMAND = ("study", "language", "seed", "run")
"""Parameters of the packaged notebook that the command gives."""


def check_table(table: Path, notebook: str) -> None:
    """Look through a table of parameters of the user's notebook, or without one of the packaged one.

    Raises
    ------
    CxError
        With all that is wrong with the table, or what is wrong with the notebook.
    """
    if notebook:
        lines = read_table(table, notebook_parameters(readable_notebook(Path(notebook)), notebook), given=OF_BATCH)
    else:
        lines = read_table(table, _group_parameters(load_notebook(group_notebook())), given=OF_COMMAND)
    problems = [one for line in lines for one in secret_problems(line.values, file=str(table), line=line.line)]
    raise_if(problems, ParameterError)


def _group_parameters(notebook: NotebookNode) -> tuple[Parameter, ...]:
    """The packaged notebook's parameters; in a batch the group has to be named."""
    found = notebook_parameters(notebook, group_notebook().name)
    return tuple(replace(one, required=True) if one.name == "group" else one for one in found)


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
