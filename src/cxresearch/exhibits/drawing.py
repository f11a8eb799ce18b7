"""Drawings made small: an SVG as an element of a page, a PNG with no more colours than it needs."""

from __future__ import annotations

import io
import re

from PIL import Image

PNG_COLOURS = 128
_WHITE_FROM = 250
_PROLOGUE = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_UNSHOWN = re.compile(r"\s*(?:<metadata>.*?</metadata>|<!--.*?-->)", re.DOTALL)
_LETTERED = re.compile(r"<!-- (?P<text>[^\n]*?) -->\s*<g(?P<look>[^>]*)>(?P<glyphs>.*?)</g>", re.DOTALL)
_FACE = re.compile(r'href="#[^"]*?DejaVuSans(?:-(Bold|Oblique|BoldOblique))?-[0-9a-f]+"')
_ID = re.compile(r'\s+id="([^"]*)"')
_REFERENCE = re.compile(r'(xlink:href="#|url\(#)([^")]*)')
_PATH = re.compile(r'\bd="([^"]*)"')
_PLACE = re.compile(r'\b(x|y|x1|x2|y1|y2|cx|cy|r|width|height)="(-?\d+\.\d{3,})"')
_SHIFT = re.compile(r"translate\([^)]*\)")
_LONG = re.compile(r"-?\d+\.\d{3,}")
_BLANK_SHIFT = re.compile(r"(?<=[A-Za-z])\s+|\s+(?=[A-Za-z])")
_DIGITS = 2


def _short(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.{_DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _rounded(text: str) -> str:
    return _LONG.sub(_short, text)


def _short_path(match: re.Match[str]) -> str:
    return f'd="{_BLANK_SHIFT.sub("", _rounded(match[1])).strip()}"'


def _with_text(match: re.Match[str]) -> str:
    """Outlined text that tells its letters and its face, so that a writer with the font can set it as text."""
    face = _FACE.search(match["glyphs"])
    if face is None:
        return match[0]
    text = match["text"].replace('"', "&quot;")
    return f'<g data-text="{text}" data-face="{face[1] or "Regular"}"{match["look"]}>{match["glyphs"]}</g>'


def inline_svg(svg: str, name: str) -> str:
    """The SVG as an element of a page: no prologue, ids that no other figure has, coordinates of two decimals.

    Ids that nothing refers to are dropped, the others become `<name>-<number>`. A hundredth of a point cannot be seen;
    scales are not coordinates and stay as they are. Groups of outlined letters say what they spell (`data-text`) and in
    which face of the font (`data-face`).
    """
    element = _UNSHOWN.sub("", _LETTERED.sub(_with_text, _PROLOGUE.sub("", svg, count=1)))
    used = list(dict.fromkeys(match[2] for match in _REFERENCE.finditer(element)))
    names = {old: f"{name}-{number}" for number, old in enumerate(used)}
    element = _ID.sub(lambda match: f' id="{names[match[1]]}"' if match[1] in names else "", element)
    element = _REFERENCE.sub(lambda match: match[1] + names[match[2]], element)
    element = _PATH.sub(_short_path, element)
    element = _PLACE.sub(lambda match: f'{match[1]}="{_rounded(match[2])}"', element)
    element = _SHIFT.sub(lambda match: _rounded(match[0]), element)
    return re.sub(r">\s+<", "><", element).strip()


def small_png(png: bytes, dpi: float) -> bytes:
    """The PNG with a palette: a few flat colours and the steps between them at the edges; paper stays white."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    few = picture.quantize(PNG_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = few.getpalette() or []
    colours = [palette[start : start + 3] for start in range(0, len(palette), 3)]
    few.putpalette([part for colour in colours for part in ([255] * 3 if min(colour) >= _WHITE_FROM else colour)])
    written = io.BytesIO()
    few.save(written, "PNG", compress_level=6, dpi=(dpi, dpi))
    return written.getvalue()
