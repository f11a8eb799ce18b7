"""The report: a document of blocks, written as HTML, PDF and Word with the same numbers and citations."""

from cxresearch.report.bibliography import KEYS, short_citation
from cxresearch.report.document import Abstract, Appendix, Document
from cxresearch.report.packaged_chapters import CHAPTERS, default_chapter, with_heading
from cxresearch.report.writers import WRITERS, Writer, render_report, write_report

__all__ = [
    "CHAPTERS",
    "KEYS",
    "WRITERS",
    "Abstract",
    "Appendix",
    "Document",
    "Writer",
    "default_chapter",
    "render_report",
    "short_citation",
    "with_heading",
    "write_report",
]
