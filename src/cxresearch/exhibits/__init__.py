"""Exhibits: tables, figures and readings, described without a language and written in one when shown."""

from cxresearch.exhibits.blocks import Block
from cxresearch.exhibits.exhibit import Exhibit, render_exhibit
from cxresearch.exhibits.figure import FigureSpec
from cxresearch.exhibits.prose import ProseSpec
from cxresearch.exhibits.table import TableSpec

__all__ = ["Block", "Exhibit", "FigureSpec", "ProseSpec", "TableSpec", "render_exhibit"]
