"""The PDF: Typst source typeset in this process as PDF/A-2a and PDF/UA-1 in one file."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import resources

import typst

from cxresearch.errors import OutputError, Problem
from cxresearch.report.assembly import Parts, timestamp
from cxresearch.report.document import Document


@cache
def _fonts() -> typst.Fonts:
    """Only the fonts inside the Typst wheel, so that a report looks alike on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def finish_pdf(document: Document, parts: Parts) -> bytes:
    """Typeset the Typst source.

    Raises
    ------
    OutputError
        If Typst refuses the source or warns about it (a missing font or glyph is a warning).
    """
    look = (resources.files("cxresearch.report") / "templates" / "thesis.typ").read_bytes()
    files = {"main.typ": parts.written["typst"], "thesis.typ": look}
    files |= {picture.name: picture.data for picture in parts.pictures.values()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", typst.TypstWarning)
            pdf = typst.compile(
                files,
                format="pdf",
                font_paths=_fonts(),
                ignore_system_fonts=True,
                pdf_standards=["a-2a", "ua-1"],
                timestamp=timestamp(document),
            )
    except (typst.TypstError, typst.TypstWarning) as failure:
        problem = Problem(code="report.typesetting", value=str(failure), details={"step": "PDF"})
        raise OutputError(problem) from failure
    return bytes(pdf[0] if isinstance(pdf, list) else pdf or b"")
