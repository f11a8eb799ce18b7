"""Rows that are runs of the user's own notebook, and the key of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from cxresearch.batch.key import input_key, named_files_sha256
from cxresearch.batch.listed import Listed
from cxresearch.batch.parameters import notebook_parameters
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.rows import Row, file_safe_names
from cxresearch.batch.table import read_table
from cxresearch.errors import CxError, ParameterError, Problem
from cxresearch.study import load_study
from cxresearch.workflow.analysis import provenance
from cxresearch.workflow.places import find_study
from cxresearch.workflow.portable import load_notebook

OF_BATCH = ("language", "run")
"""Parameters of any notebook that the batch gives."""


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
    notebook = readable_notebook(path)
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


def readable_notebook(path: Path) -> NotebookNode:
    """The notebook that the user names.

    Raises
    ------
    ParameterError
        If it cannot be read or is none.
    """
    try:
        return load_notebook(path)
    except OSError as failure:
        raise ParameterError(Problem(code="batch.no_notebook", file=str(path))) from failure
    except (ValueError, AttributeError, KeyError, TypeError) as failure:
        raise ParameterError(Problem(code="batch.not_a_notebook", file=str(path))) from failure
