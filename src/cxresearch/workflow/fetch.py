"""Bring the raw files of a packaged study: from their public addresses or a local folder, checked by SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cxresearch.errors import CxError, OutputError, Problem, ReadError, raise_if
from cxresearch.workflow.atomic import output_error
from cxresearch.workflow.places import find_study
from cxresearch.workflow.published import Published, published_files

_CHUNK = 1 << 16
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is now in place; `was_there` if it was before."""

    path: Path
    size: int
    was_there: bool


Opener = Callable[[str], BinaryIO]
"""Opens an address for reading."""
Report = Callable[[Published, int], None]
"""Told how many bytes of a file have come."""


def open_address(url: str) -> BinaryIO:
    """Open an https address; a proxy of the environment is used."""
    request = urllib.request.Request(url, headers={"User-Agent": "cxresearch"})
    opened: BinaryIO = urllib.request.urlopen(request, timeout=_SECONDS)
    return opened


def _silent(published: Published, received: int) -> None:
    del published, received


def fetch(
    study: str | Path, *, source: Path | None = None, report: Report = _silent, opener: Opener = open_address
) -> tuple[Fetched, ...]:
    """Put a study's published files into its folder.

    Files that are there already and right are left alone, so that a broken fetch can be repeated; each file appears
    whole and checked, or not at all.

    Parameters
    ----------
    study : the study folder, or the name of one under `data/`.
    source : a local folder with the files, by their names; they are copied instead of downloaded.
    report : told of the progress.
    opener : opens an address.

    Raises
    ------
    ParameterError
        If there is no such study.
    StudyError
        If its table of published files is missing or wrong, or another file stands in the place of one of them.
    ReadError
        If a file cannot be had, or is not the published one; with every file that failed.
    OutputError
        If the study folder cannot be written.
    """
    folder = _study_folder(study)
    files = published_files(folder)
    done: list[Fetched] = []
    problems: list[Problem] = []
    for published in files:
        try:
            done.append(_fetch_one(folder, published, source, report, opener))
        except OutputError:
            raise
        except CxError as error:
            problems += error.problems
    raise_if(problems, ReadError)
    return tuple(done)


def _study_folder(study: str | Path) -> Path:
    named = isinstance(study, str) and len(Path(study).parts) == 1
    try:
        return find_study(Path("data") / study if named else study)
    except CxError:
        if named:
            return find_study(study)
        raise


def _fetch_one(folder: Path, published: Published, source: Path | None, report: Report, opener: Opener) -> Fetched:
    target = folder / published.file
    if target.exists():
        if not target.is_file() or _digest(target) != published.sha256:
            raise ReadError(Problem(code="fetch.other_file", file=published.file))
        return Fetched(target, published.size, True)
    with _opened(published, source, opener) as stream, _unfinished(target) as part:
        _receive(stream, part, published, report)
    return Fetched(target, published.size, False)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(published: Published, source: Path | None, opener: Opener) -> Iterator[BinaryIO]:
    """The file's bytes, from the local folder or the address; failures to open or to read are the user's to know."""
    local = source / PurePosixPath(published.file).name if source is not None else None
    try:
        with local.open("rb") if local is not None else opener(published.url) as stream:
            yield stream
    except urllib.error.HTTPError as failure:
        details = {"status": str(failure.code)}
        raise ReadError(
            Problem(code="fetch.refused", file=published.file, value=published.url, details=details)
        ) from None
    except (OSError, http.client.HTTPException) as failure:
        if local is not None:
            raise ReadError(Problem(code="fetch.not_in_folder", file=published.file, value=str(source))) from None
        reason = str(getattr(failure, "reason", None) or failure) or type(failure).__name__
        details = {"reason": reason}
        raise ReadError(
            Problem(code="fetch.unreachable", file=published.file, value=published.url, details=details)
        ) from None


@contextmanager
def _unfinished(target: Path) -> Iterator[BinaryIO]:
    """A file that becomes `target` when all went well and vanishes otherwise."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".unfinished-", dir=target.parent)
    except OSError as failure:
        raise output_error(target.parent, failure) from failure
    try:
        with os.fdopen(handle, "wb") as part:
            yield part
        _place(Path(name), target)
    finally:
        Path(name).unlink(missing_ok=True)


def _place(part: Path, target: Path) -> None:
    try:
        part.chmod(0o644)
        part.replace(target)
    except OSError as failure:
        raise output_error(target.parent, failure) from failure


def _receive(stream: BinaryIO, part: BinaryIO, published: Published, report: Report) -> None:
    digest, received = hashlib.sha256(), 0
    while received <= published.size and (chunk := stream.read(_CHUNK)):
        digest.update(chunk)
        received += len(chunk)
        try:
            part.write(chunk)
        except OSError as failure:
            raise output_error(Path(published.file).parent, failure) from failure
        report(published, received)
    if received != published.size or digest.hexdigest() != published.sha256:
        details = {"expected": published.sha256, "found": digest.hexdigest(), "size": published.size, "count": received}
        raise ReadError(Problem(code="fetch.wrong_file", file=published.file, value=published.url, details=details))
