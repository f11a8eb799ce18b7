"""The PDF: Typst source typeset in this process as PDF/A-2a and PDF/UA-1 in one file."""

from __future__ import annotations

from importlib import resources

from cxresearch.errors import OutputError, Problem
from cxresearch.report.assembly import Parts, timestamp
from cxresearch.report.document import Document
from cxresearch.report.typesetting import TypesettingError, printable, typeset

STANDARDS = ("a-2a", "ua-1")


def finish_pdf(document: Document, parts: Parts) -> bytes:
    """Typeset the Typst source.

    Raises
    ------
    OutputError
        If Typst refuses the source or warns about it.
    """
    look = (resources.files("cxresearch.report") / "templates" / "thesis.typ").read_bytes()
    files = {picture.name: picture.svg for picture in parts.pictures.values()}
    source = printable(parts.written["typst"].decode("utf-8"))
    files |= {"main.typ": source.encode("utf-8"), "thesis.typ": look}
    try:
        return typeset(files, format="pdf", pdf_standards=list(STANDARDS), timestamp=timestamp(document))
    except TypesettingError as failure:
        problem = Problem(code="report.typesetting", value=str(failure), details={"step": "PDF"})
        raise OutputError(problem) from failure
