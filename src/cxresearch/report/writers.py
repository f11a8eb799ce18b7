"""The forms a report can be written in, and writing it: all forms asked for, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cxresearch.errors import ParameterError, Problem, raise_if
from cxresearch.report.assembly import Parts, assemble
from cxresearch.report.atomic import write_all
from cxresearch.report.document import Document
from cxresearch.report.pdf import finish_pdf
from cxresearch.report.word import finish_docx


@dataclass(frozen=True, slots=True)
class Writer:
    """A form of the report: the pandoc target it starts from and the step that makes the file of it."""

    target: str
    finish: Callable[[Document, Parts], bytes]


def finish_html(document: Document, parts: Parts) -> bytes:
    """The page as pandoc wrote it: complete in itself."""
    return parts.written["html"]


WRITERS: dict[str, Writer] = {
    "html": Writer("html", finish_html),
    "pdf": Writer("typst", finish_pdf),
    "docx": Writer("docx", finish_docx),
}


def render_report(document: Document, formats: Iterable[str]) -> dict[str, bytes]:
    """Write a report in memory: format to file content, numbers and citations alike in all.

    Raises
    ------
    ParameterError
        If a format is unknown, or the document contradicts itself (see `assemble`).
    OutputError
        If pictures, pandoc or Typst fail.
    """
    asked = tuple(dict.fromkeys(formats))
    known = ", ".join(WRITERS)
    unknown = [
        Problem(code="report.unknown_format", value=one, details={"known": known})
        for one in asked
        if one not in WRITERS
    ]
    raise_if(unknown, ParameterError)
    parts = assemble(document, [WRITERS[one].target for one in asked])
    return {one: WRITERS[one].finish(document, parts) for one in asked}


def write_report(document: Document, formats: Iterable[str], folder: Path, stem: str) -> dict[str, Path]:
    """Write `folder/stem.<format>` for each format; all files appear together or none does.

    Raises
    ------
    ParameterError
        If a format is unknown, or the document contradicts itself.
    OutputError
        If the files cannot be made or written; earlier files are then as they were.
    """
    contents = render_report(document, formats)
    paths = {form: folder / f"{stem}.{form}" for form in contents}
    write_all({paths[form]: content for form, content in contents.items()})
    return paths
