"""Drawings lose what nobody sees and nothing else."""

from __future__ import annotations

import io

from PIL import Image

from cxresearch.exhibits.drawing import PNG_COLOURS, inline_svg, small_png

DRAWING = """<?xml version="1.0"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">
 <metadata>someone</metadata>
 <g id="figure_1">
  <path d="M 1.23456 2.00001
L -0.001 7.5
z
" style="stroke-width: 0.70001"/>
  <!-- a &lt; b -->
  <g transform="translate(1.23456 2) scale(0.00123)">
   <defs><path id="DejaVuSans-Bold-61" d="M 1 2"/></defs>
   <use xlink:href="#DejaVuSans-Bold-61" x="1.23456"/>
  </g>
 </g>
</svg>
"""


def test_coordinates_have_two_decimals_and_scales_keep_theirs() -> None:
    svg = inline_svg(DRAWING, "fig-a")
    assert 'd="M1.23 2L0 7.5z"' in svg
    assert "translate(1.23 2) scale(0.00123)" in svg
    assert "stroke-width: 0.70001" in svg
    assert "someone" not in svg
    assert "<!--" not in svg


def test_only_used_ids_stay_and_they_are_the_figure_s_own() -> None:
    svg = inline_svg(DRAWING, "fig-a")
    assert svg.count(" id=") == 1
    assert 'id="fig-a-0"' in svg
    assert 'xlink:href="#fig-a-0"' in svg


def test_outlined_letters_say_what_they_spell() -> None:
    assert '<g data-text="a &lt; b" data-face="Bold" transform=' in inline_svg(DRAWING, "fig-a")


def test_a_png_keeps_its_size_and_resolution() -> None:
    given = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(given, "PNG")
    made = Image.open(io.BytesIO(small_png(given.getvalue(), 200)))
    assert made.size == (256, 256)
    assert round(made.info["dpi"][0]) == 200
    assert len(made.getcolors(1000) or ()) <= PNG_COLOURS
