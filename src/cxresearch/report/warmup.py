"""What writing needs once in a process, before that process is copied for many reports."""

from __future__ import annotations

from cxresearch.language import LANGUAGES
from cxresearch.report.bibliography import citation_style, packaged
from cxresearch.report.reference_docx import reference_docx


def warm_up() -> None:
    """Load what every report is written with. No thread is started, so that the process may still fork."""
    citation_style()
    packaged()
    for language in LANGUAGES:
        reference_docx(language)
