"""Pictures of a report: an SVG made safe to stand inside a page, and the PNG that Word needs."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from cxresearch.errors import OutputError, Problem
from cxresearch.exhibits.blocks import Figure
from cxresearch.exhibits.drawing import small_png
from cxresearch.report.signs import without_control_signs
from cxresearch.report.typesetting import TypesettingError, typeset

_SVG = "http://www.w3.org/2000/svg"
_DROPPED = {"script", "metadata", "foreignObject", "title", "desc"}
PIXELS_PER_INCH = 200
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure's picture in the forms the writers need.

    Attributes
    ----------
    name : file name for Typst; svg : that file's content, a bitmap being framed in an SVG.
    html : markup with the alternative text in it; png : the picture for Word.
    """

    name: str
    svg: bytes
    html: str
    png: bytes

    @property
    def stand_in(self) -> bytes:
        """A PNG of one pixel and the picture's name, for pandoc, which would decode every pixel to learn the size."""
        return PIXEL + self.name.encode()

    @property
    def ratio(self) -> float:
        """Height of the PNG over its width."""
        width, height = _png_size(self.png)
        return height / width


def _png_size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels: they stand in bytes 16–24 of a PNG."""
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _clean(element: ElementTree.Element, prefix: str) -> None:
    """Drop scripts, metadata, event handlers and outside links; make ids unique; drop namespaces. In place."""
    element.tag = _local(element.tag)
    for child in list(element):
        if not isinstance(child.tag, str) or _local(child.tag) in _DROPPED:
            element.remove(child)
        else:
            _clean(child, prefix)
    given = {_local(name): value for name, value in element.attrib.items()}
    element.attrib.clear()
    for name, value in given.items():
        if not (name.startswith("on") or (name == "href" and not value.startswith(("#", "data:image/")))):
            element.set(name, _renamed(name, value, prefix))
    if element.tag == "style":
        element.text = re.sub(r"@import[^;]*;?|url\((?!#)[^)]*\)", "", element.text or "")


def _renamed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name == "href" and value.startswith("#"):
        return f"#{prefix}-{value[1:]}"
    if "url(" not in value:
        return value
    value = re.sub(r"url\((?!['\"]?#)[^)]*\)", "none", value)
    return re.sub(r"url\((['\"]?)#", rf"url(\1#{prefix}-", value)


def _drawing(figure: Figure) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(figure.svg)
    except ElementTree.ParseError as failure:
        raise _unreadable(figure, str(failure)) from failure
    if root.tag != f"{{{_SVG}}}svg":
        raise _unreadable(figure, _local(root.tag))
    _clean(root, figure.id)
    return root


_FACES = {
    "Regular": {},
    "Bold": {"font-weight": "bold"},
    "Oblique": {"font-style": "oblique"},
    "BoldOblique": {"font-weight": "bold", "font-style": "oblique"},
}
_GLYPH_SIZE = "100"
"""Outlines are drawn at a hundred units to the em and scaled down by their group."""


def _letters(root: ElementTree.Element) -> dict[ElementTree.Element, tuple[str, str]]:
    """What groups of outlined letters say about themselves, text and face, taken out of them."""
    groups = (group for group in root.iter("g") if "data-text" in group.attrib or "data-face" in group.attrib)
    return {group: (group.attrib.pop("data-text", ""), group.attrib.pop("data-face", "")) for group in groups}


def _lettered(root: ElementTree.Element, letters: Mapping[ElementTree.Element, tuple[str, str]]) -> None:
    """Set outlined letters as text, for a writer that has their font: smaller, and a reader can search it. In place."""
    for parent in list(root.iter()):
        for place, group in enumerate(list(parent)):
            text, face = letters.get(group, ("", ""))
            if not text or face not in _FACES or any(child.tag not in ("use", "defs") for child in group):
                continue
            look = {name: value for name, value in group.attrib.items() if name in ("style", "opacity")}
            turn = {"transform": f"{group.get('transform', '')} scale(1 -1)"}
            size = {"font-family": "DejaVu Sans", "font-size": _GLYPH_SIZE, "xml:space": "preserve"}
            written = ElementTree.Element("text", look | turn | size | _FACES[face])
            written.text = text
            parent[place] = written


def _unreadable(figure: Figure, why: str) -> OutputError:
    return OutputError(Problem(code="report.picture", value=why, details={"id": figure.id}))


def _given_png(figure: Figure) -> bytes:
    try:
        data = base64.b64decode(figure.png_base64, validate=True)
    except binascii.Error as failure:
        raise _unreadable(figure, str(failure)) from failure
    if not data.startswith(_PNG_SIGNATURE) or 0 in _png_size(data):
        raise _unreadable(figure, "PNG")
    return data


def _framed(figure: Figure, png: bytes) -> bytes:
    """A bitmap as an SVG."""
    width, height = _png_size(png)
    image = f'<image href="data:image/png;base64,{figure.png_base64}" width="{width}" height="{height}"/>'
    return f'<svg xmlns="{_SVG}" viewBox="0 0 {width} {height}">{image}</svg>'.encode()


def drawn_png(figure: Figure, pixels_per_inch: float = PIXELS_PER_INCH) -> bytes:
    """A figure's drawing as a PNG of its printed width.

    Raises
    ------
    OutputError
        If the SVG cannot be drawn.
    """
    return _drawn_png(figure, figure.svg.encode(), pixels_per_inch)


def _drawn_png(figure: Figure, svg: bytes, pixels_per_inch: float) -> bytes:
    page = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("/picture.svg", width: {figure.width_cm}cm)'
    try:
        png = typeset({"main.typ": page.encode(), "picture.svg": svg}, format="png", ppi=pixels_per_inch)
    except TypesettingError as failure:
        raise _unreadable(figure, str(failure)) from failure
    return small_png(png, pixels_per_inch)


def picture(figure: Figure, targets: Collection[str]) -> Picture:
    """Prepare a figure's picture in the forms that some of `html`, `typst` and `docx` need.

    Raises
    ------
    OutputError
        If the SVG is not well-formed or the PNG is not one.
    """
    alt = without_control_signs(figure.alt)
    given = _given_png(figure) if figure.png_base64 else b""
    if not figure.svg:
        image = f'<img src="data:image/png;base64,{figure.png_base64}" alt="{html.escape(alt)}">'
        return Picture(f"{figure.id}.svg", _framed(figure, given), image, given)
    root = _drawing(figure)
    letters = _letters(root)
    for side in ("width", "height"):
        root.attrib.pop(side, None)
    drawn = "docx" in targets and not given
    markup, svg = "", b""
    if "html" in targets:
        root.attrib.update({"role": "img", "aria-label": alt})
        markup = ElementTree.tostring(root, encoding="unicode")
        for name in ("role", "aria-label"):
            del root.attrib[name]
    if "typst" in targets or drawn:
        _lettered(root, letters)
        root.set("xmlns", _SVG)
        svg = ElementTree.tostring(root, encoding="utf-8")
    return Picture(f"{figure.id}.svg", svg, markup, _drawn_png(figure, svg, PIXELS_PER_INCH) if drawn else given)
