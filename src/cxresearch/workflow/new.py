"""A new study from two exports: the files copied into its folder, study.yml and codebook.csv drafted."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cxresearch.errors import CxError, Problem, ReadError, StudyError, raise_if
from cxresearch.study import Draft, draft_study
from cxresearch.workflow.atomic import output_error

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows gives to devices, not folders."""


def check_study_name(name: str) -> str:
    """The name of a new study, if a folder may have it on every system.

    Raises
    ------
    StudyError
        If it is not made of small letters, digits and hyphens, or Windows keeps it for a device.
    """
    if not _NAME.fullmatch(name) or name in _DEVICES:
        raise StudyError(Problem(code="study.bad_study_name", value=name))
    return name


def new_study(
    folder: Path, employee: Sequence[Path], customer: Sequence[Path], *, unit: str = "", language: str = "en"
) -> Draft:
    """Copy the exports into `<folder>/raw` and draft the study beside them; all of it or nothing.

    Raises
    ------
    CxError
        If the folder already holds a study, an export is missing or unreadable, or the folder cannot be written.
    """
    files = [*employee, *customer]
    raise_if(
        [Problem(code="workflow.export_missing", file=str(path)) for path in files if not path.is_file()], ReadError
    )
    taken = [name for name in ("study.yml", "codebook.csv", "raw") if (folder / name).exists()]
    raise_if(
        [Problem(code="workflow.study_exists", file=str(folder), value=", ".join(taken))] if taken else [], StudyError
    )
    names = [path.name for path in files]
    doubled = sorted(
        {name for name in names if names.count(name) > 1 and len({f for f in files if f.name == name}) > 1}
    )
    raise_if([Problem(code="workflow.same_name", value=name) for name in doubled], StudyError)
    fresh = not folder.exists()
    try:
        return _copied_and_drafted(folder, employee, customer, unit, language)
    except OSError as failure:
        _withdraw(folder, fresh)
        raise output_error(folder, failure) from failure
    except CxError as error:
        _withdraw(folder, fresh)
        own = {str(folder / "raw" / path.name): str(path) for path in files}
        raise type(error)(
            replace(p, file=own.get(p.file, own.get(str(folder / p.file), p.file))) for p in error.problems
        ) from None
    except KeyboardInterrupt:
        _withdraw(folder, fresh)
        raise


def _copied_and_drafted(
    folder: Path, employee: Sequence[Path], customer: Sequence[Path], unit: str, language: str
) -> Draft:
    raw = folder / "raw"
    raw.mkdir(parents=True)
    copies = {path: raw / path.name for path in (*employee, *customer)}
    for path, copy in copies.items():
        shutil.copyfile(path, copy)
    return draft_study(
        folder,
        [copies[path] for path in employee],
        [copies[path] for path in customer],
        unit=unit or None,
        language=language,
    )


def _withdraw(folder: Path, fresh: bool) -> None:
    shutil.rmtree(folder if fresh else folder / "raw", ignore_errors=True)
