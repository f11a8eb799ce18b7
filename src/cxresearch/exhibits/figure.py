"""Figures: a language-free `FigureSpec` becomes a block with an SVG and its texts."""

from __future__ import annotations

import io
from collections.abc import Callable

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from cxresearch.exhibits import blocks
from cxresearch.exhibits.drawing import inline_svg
from cxresearch.exhibits.figures import FIGURES
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.markdown import markdown
from cxresearch.exhibits.style import house_style
from cxresearch.language import check_language, render

__all__ = ["FigureSpec", "render_figure"]

LAYER_DPI = 200
"""Resolution of the pixels inside an SVG, where a layer has too many marks to be drawn one by one."""
_CM_PER_INCH = 2.54


def _drawn(canvas: Canvas) -> str:
    """The SVG of a figure whose parts have found their places: saving would draw everything once more to find them."""
    save: Callable[..., None] = FigureCanvasSVG(canvas).print_svg
    engine = canvas.get_layout_engine()
    if engine is not None:
        engine.execute(canvas)
        canvas.set_layout_engine("none")
    canvas.set_dpi(LAYER_DPI)
    stream = io.StringIO()
    save(stream, metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def render_figure(spec: FigureSpec, language: str) -> blocks.Figure:
    """Draw a figure and write its texts in one language.

    The same spec gives the same bytes. No state of matplotlib outlives the call: no figure is registered
    with pyplot, no backend is chosen, and settings return to what they were.

    Raises
    ------
    KeyError
        If `FIGURES` has no such drawing, or a catalogue lacks a sentence.
    ParameterError
        If the block is refused: a bad id, an empty alternative text or one that repeats the caption.
    """
    spoken = check_language(language)
    draw = FIGURES[spec.draw]
    with house_style(spec.id):
        size = (spec.width_cm / _CM_PER_INCH, spec.height_cm / _CM_PER_INCH)
        canvas = Canvas(figsize=size, layout="constrained", dpi=LAYER_DPI)
        draw(canvas, spec.data, spoken)
        svg = _drawn(canvas)
    return blocks.Figure(
        id=spec.id,
        caption=markdown(spec.caption, spoken),
        alt=" ".join(render(spec.alt, spoken).split()),
        note="" if spec.note is None else markdown(spec.note, spoken),
        svg=inline_svg(svg, spec.id),
        width_cm=spec.width_cm,
    )
