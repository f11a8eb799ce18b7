"""Registering a plan: the copy that later runs are held against."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

from cxresearch.errors import CxError, Problem, StudyError, raise_if
from cxresearch.provenance import sha256_of
from cxresearch.study import Study, check_plan, guesses_left
from cxresearch.study.document import STUDY_FILE
from cxresearch.study.registration import RECORD, REGISTERED
from cxresearch.workflow.atomic import output_error, staged
from cxresearch.workflow.results import write_json


def register(study: Study, today: datetime.date) -> Path:
    """Copy the plan and the codebook into `registered/` with the date and their hashes; returns the folder.

    Raises
    ------
    StudyError
        If a plan is registered already, guesses are left in it, or it contradicts itself.
    OutputError
        If the folder cannot be written.
    """
    target = study.folder / REGISTERED
    if target.exists():
        raise StudyError(Problem(code="study.registered_already", file=REGISTERED))
    if count := guesses_left(study.folder):
        raise StudyError(Problem(code="study.register_guesses", file=STUDY_FILE, details={"count": count}))
    raise_if(list(check_plan(study)), StudyError)
    data = [study.source_file(name) for name, source in study.spec.sources.items() if source.path]
    record = {
        "date": today.isoformat(),
        "plan_sha256": study.sha256,
        "codebook_sha256": sha256_of(study.folder / study.spec.codebook),
        "data_present": any(path.is_file() for path in data),
    }
    try:
        with staged(target) as stage:
            for name in (STUDY_FILE, study.spec.codebook):
                (stage / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(study.folder / name, stage / name)
            write_json(stage / RECORD, record)
    except CxError:
        raise
    except OSError as failure:
        raise output_error(target, failure) from failure
    return target
