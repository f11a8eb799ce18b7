"""Figures: a language-free `FigureSpec` becomes a block with an SVG, the same picture as PNG, and its texts."""

from __future__ import annotations

import base64
import io

from matplotlib.figure import Figure as Canvas

from cxresearch.exhibits import blocks
from cxresearch.exhibits.drawing import inline_svg, small_png
from cxresearch.exhibits.figures import FIGURES
from cxresearch.exhibits.figures.spec import FigureSpec
from cxresearch.exhibits.markdown import markdown
from cxresearch.exhibits.style import house_style
from cxresearch.language import check_language, render

__all__ = ["FigureSpec", "render_figure"]

PNG_DPI = 200
LAYER_DPI = 200
"""Resolution of the pixels inside an SVG, where a layer has too many marks to be drawn one by one."""
_CM_PER_INCH = 2.54


def _saved(canvas: Canvas, kind: str) -> bytes:
    no_names = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    stream = io.BytesIO()
    canvas.savefig(stream, format=kind, dpi=LAYER_DPI if kind == "svg" else PNG_DPI, metadata=no_names)
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
        canvas = Canvas(figsize=size, layout="constrained")
        draw(canvas, spec.data, spoken)
        svg = inline_svg(_saved(canvas, "svg").decode("utf-8"), spec.id)
        canvas.set_layout_engine("none")  # keeps the places found, so that both pictures are alike
        png = small_png(_saved(canvas, "png"), PNG_DPI)
        canvas.clear()
    return blocks.Figure(
        id=spec.id,
        caption=markdown(spec.caption, spoken),
        alt=" ".join(render(spec.alt, spoken).split()),
        note="" if spec.note is None else markdown(spec.note, spoken),
        svg=svg,
        png_base64=base64.b64encode(png).decode("ascii"),
        width_cm=spec.width_cm,
    )
