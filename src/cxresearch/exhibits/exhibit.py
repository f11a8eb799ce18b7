"""An exhibit is a figure, a table or a reading."""

from __future__ import annotations

from cxresearch.exhibits.blocks import Block
from cxresearch.exhibits.figure import FigureSpec, render_figure
from cxresearch.exhibits.prose import ProseSpec, render_prose
from cxresearch.exhibits.table import TableSpec, render_table

Exhibit = FigureSpec | TableSpec | ProseSpec


def render_exhibit(exhibit: Exhibit, language: str) -> Block:
    """Write an exhibit in one language."""
    if isinstance(exhibit, FigureSpec):
        return render_figure(exhibit, language)
    if isinstance(exhibit, TableSpec):
        return render_table(exhibit, language)
    return render_prose(exhibit, language)
