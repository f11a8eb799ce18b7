"""Rows that are studies, and the key of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from cxresearch.batch.key import input_key, texts_sha256
from cxresearch.batch.listed import Listed
from cxresearch.batch.plan import BatchPlan
from cxresearch.batch.rows import Row, file_safe_names
from cxresearch.errors import ParameterError, Problem, raise_if
from cxresearch.study import Study
from cxresearch.workflow.analysis import all_hashed, provenance
from cxresearch.workflow.places import chapter_notebooks
from cxresearch.workflow.portable import load_notebook


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
    for row, study in zip(file_safe_names(names), studies, strict=True):
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
        rows.append(Row(id=row, name=study.folder.name, parameters=parameters, key=key))
    return Listed(rows=tuple(rows), groups={})
