"""A study folder as one object: what `study.yml` declares and what the codebook means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cxresearch.codebook import load_codebook
from cxresearch.codebook.variables import Codebook
from cxresearch.errors import CxError, Problem, StudyError, raise_if
from cxresearch.study.complaints import complaints, text_as_written
from cxresearch.study.document import STUDY_FILE, Document, KeyPath, read_document
from cxresearch.study.places import inside, placed
from cxresearch.study.registration import REGISTERED, Registration, deviations, read_record
from cxresearch.study.spec import StudySpec


@dataclass(frozen=True)
class Study:
    """A study as its folder declares it.

    Attributes
    ----------
    folder : the study folder.
    spec : `study.yml`, checked against the schema.
    codebook : the meaning of every variable.
    lines : line (1-based) of each key of `study.yml`, by its dotted path, such as `hypotheses.h1.ex`.
    sha256 : of the bytes of `study.yml`: the plan's fingerprint, as `sha256sum study.yml` prints it.
    registration : the plan that was registered before, with what has been changed since; None if there is none.
    """

    folder: Path
    spec: StudySpec
    codebook: Codebook
    lines: Mapping[str, int]
    sha256: str
    registration: Registration | None = None

    def line(self, key: str) -> int | None:
        """The line of a dotted key, or of the nearest key that contains it."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key)

    def problem(self, code: str, key: str, value: str = "", /, **details: Any) -> Problem:
        """A problem `study.<code>` at a dotted key of `study.yml`."""
        name = f"study.{code}"
        return Problem(code=name, file=STUDY_FILE, line=self.line(key), column=key, value=value, details=details)

    def source_file(self, source: str) -> Path:
        """Where the file of a source lies."""
        return placed(self.folder, self.spec.sources[source].path)


def load_study(folder: str | Path) -> Study:
    """Read a study folder; nothing of the data is read.

    Parameters
    ----------
    folder : holds `study.yml` and the codebook that it names.

    Raises
    ------
    StudyError
        With every problem of both files at once.
    """
    place = Path(folder)
    if not place.is_dir():
        raise StudyError(Problem(code="study.no_folder", file=str(folder)))
    document = read_document(place / STUDY_FILE)
    spec, problems = _spec(document)
    codebook, more = _codebook(place, spec.codebook if spec else document.values.get("codebook"), document)
    raise_if([*document.problems, *problems, *more], StudyError)
    if spec is None or codebook is None:
        raise AssertionError("a part is absent only with a problem that says why")
    lines = {".".join(path): line for path, line in document.lines.items()}
    study = Study(place, spec, codebook, lines, document.sha256)
    return replace(study, registration=_registered(study))


def _registered(study: Study) -> Registration | None:
    """The registered plan beside a study's own, and how the two differ."""
    folder = study.folder / REGISTERED
    if not folder.is_dir():
        return None
    try:
        before = load_study(folder)
    except StudyError as error:
        raise StudyError([replace(p, file=f"{REGISTERED}/{p.file}") for p in error.problems]) from None
    record = read_record(folder, folder / STUDY_FILE, folder / before.spec.codebook)
    return replace(record, deviations=deviations((before.spec, before.codebook), (study.spec, study.codebook)))


def _spec(document: Document) -> tuple[StudySpec | None, list[Problem]]:
    values = dict(document.values)
    try:
        return StudySpec.model_validate(values), []
    except ValidationError as error:
        texts = text_as_written(error, document)
        if not texts:
            return None, complaints(error, document)
    try:
        return StudySpec.model_validate(_with_texts(values, texts)), []
    except ValidationError as error:
        return None, complaints(error, document)


def _with_texts(values: Any, texts: Mapping[KeyPath, str], path: KeyPath = ()) -> Any:
    if isinstance(values, dict):
        return {key: _with_texts(value, texts, (*path, key)) for key, value in values.items()}
    if isinstance(values, list):
        return [_with_texts(value, texts, (*path, str(place))) for place, value in enumerate(values)]
    return texts.get(path, values)


def _codebook(folder: Path, declared: Any, document: Document) -> tuple[Codebook | None, list[Problem]]:
    name = declared if isinstance(declared, str) else StudySpec.model_fields["codebook"].default
    if not inside(name):
        line = document.line(("codebook",))
        return None, [Problem(code="study.path_outside", file=STUDY_FILE, line=line, column="codebook", value=name)]
    try:
        return load_codebook(placed(folder, name), shown_as=name), []
    except CxError as error:
        return None, list(error.problems)
