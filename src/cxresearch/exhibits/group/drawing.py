"""A group's exhibits written quickly: figures as one drawing, from which other forms are made when they are needed."""

from __future__ import annotations

import io

from matplotlib.figure import Figure as Canvas

from cxresearch.exhibits.blocks import Block, Figure
from cxresearch.exhibits.drawing import inline_svg
from cxresearch.exhibits.exhibit import Exhibit, render_exhibit
from cxresearch.exhibits.figure import FigureSpec
from cxresearch.exhibits.figures import FIGURES
from cxresearch.exhibits.markdown import markdown
from cxresearch.exhibits.style import house_style
from cxresearch.language import check_language, render

_CM_PER_INCH = 2.54


def render_once(exhibit: Exhibit, language: str) -> Block:
    """As `render_exhibit`, but a figure is drawn once, as SVG; writers make other forms from it.

    Raises
    ------
    KeyError
        If `FIGURES` has no such drawing, or a catalogue lacks a sentence.
    """
    return _figure(exhibit, language) if isinstance(exhibit, FigureSpec) else render_exhibit(exhibit, language)


def _figure(spec: FigureSpec, language: str) -> Figure:
    spoken = check_language(language)
    with house_style(spec.id):
        canvas = Canvas(figsize=(spec.width_cm / _CM_PER_INCH, spec.height_cm / _CM_PER_INCH))
        FIGURES[spec.draw](canvas, spec.data, spoken)
        stream = io.BytesIO()
        canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return Figure(
        id=spec.id,
        caption=markdown(spec.caption, spoken),
        alt=" ".join(render(spec.alt, spoken).split()),
        note="" if spec.note is None else markdown(spec.note, spoken),
        svg=inline_svg(stream.getvalue().decode("utf-8"), spec.id),
        width_cm=spec.width_cm,
    )
