"""Readying a process that is copied for each report: what every report needs is in memory before the first."""

from __future__ import annotations

import base64
import datetime
from dataclasses import replace

import nbformat
import pandas as pd

from cxresearch.exhibits.blocks import Column, Figure, Prose, Table
from cxresearch.exhibits.drawing import small_png
from cxresearch.exhibits.figure import render_figure
from cxresearch.exhibits.figures import trend
from cxresearch.language import LANGUAGES, Language
from cxresearch.report.assembly import assemble
from cxresearch.report.document import Document
from cxresearch.report.pictures import PIXEL, PIXELS_PER_INCH
from cxresearch.report.reference_docx import reference_docx
from cxresearch.report.typesetting import load_fonts
from cxresearch.report.word import finish_docx


def warm_up() -> None:
    """Load fonts, sentences, templates and styles, draw one figure and write one small report.

    Starts no thread, so that the process may be copied afterwards: the pages of a PDF are left out, for Typst typesets
    them on threads of its own. Calling it again costs a small report.
    """
    load_fonts()
    for language in LANGUAGES:
        reference_docx(language)
        figure = _figure(language)
    nbformat.validate(nbformat.v4.new_notebook())  # compiles its schema, which every reading of a notebook needs
    document = _document(figure)
    finish_docx(document, assemble(document, ("html", "typst", "docx")))


def _figure(language: Language) -> Figure:
    """A drawing that comes with its PNG, which is otherwise made by Typst."""
    values = pd.DataFrame({"period": ["1", "2"], **{name: [1.0, 2.0] for name in _COLUMNS}})
    drawn = render_figure(trend.spec(values, ex="1", cx="2"), language)
    return replace(drawn, png_base64=base64.b64encode(small_png(PIXEL, PIXELS_PER_INCH)).decode("ascii"))


_COLUMNS = [f"{side}{end}" for side in ("ex", "cx") for end in ("", "_low", "_high")]


def _document(figure: Figure) -> Document:
    table = Table("tbl-1", "1", (Column("1"),), (("1",),))
    blocks = (Prose("# 1\n\n[@brown2008]"), figure, table)
    return Document(language="en", title="1", date=datetime.date(2000, 1, 1), blocks=blocks)
