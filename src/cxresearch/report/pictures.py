"""Pictures of a report: an SVG made safe to stand inside a page, and the PNG that Word needs."""

from __future__ import annotations

import base64
import binascii
import copy
import html
import re
from dataclasses import dataclass
from xml.etree import ElementTree

from cxresearch.errors import OutputError, Problem
from cxresearch.exhibits.blocks import Figure
from cxresearch.report.signs import without_control_signs
from cxresearch.report.typesetting import TypesettingError, typeset

_SVG = "http://www.w3.org/2000/svg"
_DROPPED = {"script", "metadata", "foreignObject", "title", "desc"}
_PIXELS_PER_INCH = 200
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


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
    attributes = {}
    for name, value in element.attrib.items():
        local = _local(name)
        if local.startswith("on") or (local == "href" and not value.startswith(("#", "data:image/"))):
            continue
        attributes[local] = _renamed(local, value, prefix)
    element.attrib.clear()
    element.attrib.update(attributes)
    if element.tag == "style":
        element.text = re.sub(r"@import[^;]*;?|url\((?!#)[^)]*\)", "", element.text or "")


def _renamed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name == "href" and value.startswith("#"):
        return f"#{prefix}-{value[1:]}"
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


def _without_letters(root: ElementTree.Element) -> None:
    """Drop what groups of outlined letters say about themselves. In place."""
    for group in root.iter("g"):
        for name in ("data-text", "data-face"):
            group.attrib.pop(name, None)


def _lettered(root: ElementTree.Element) -> None:
    """Set outlined letters as text, for a writer that has their font: smaller, and a reader can search it. In place."""
    for parent in list(root.iter()):
        for place, group in enumerate(list(parent)):
            text, face = group.attrib.pop("data-text", ""), group.attrib.pop("data-face", "")
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
    if not data.startswith(_PNG_SIGNATURE):
        raise _unreadable(figure, "PNG")
    return data


def _framed(figure: Figure, png: bytes) -> bytes:
    """A bitmap as an SVG: the size stands in bytes 16–24 of a PNG."""
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    image = f'<image href="data:image/png;base64,{figure.png_base64}" width="{width}" height="{height}"/>'
    return f'<svg xmlns="{_SVG}" viewBox="0 0 {width} {height}">{image}</svg>'.encode()


def _drawn_png(figure: Figure, svg: bytes) -> bytes:
    page = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("/picture.svg", width: {figure.width_cm}cm)'
    try:
        return typeset({"main.typ": page.encode(), "picture.svg": svg}, format="png", ppi=_PIXELS_PER_INCH)
    except TypesettingError as failure:
        raise _unreadable(figure, str(failure)) from failure


def picture(figure: Figure, *, png: bool) -> Picture:
    """Prepare a figure's picture; `png` says whether Word's form is needed.

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
    for side in ("width", "height"):
        root.attrib.pop(side, None)
    root.attrib.update({"role": "img", "aria-label": alt})
    bare = copy.deepcopy(root)
    _without_letters(bare)
    markup = ElementTree.tostring(bare, encoding="unicode")
    for name in ("role", "aria-label"):
        del root.attrib[name]
    _lettered(root)
    root.set("xmlns", _SVG)
    svg = ElementTree.tostring(root, encoding="utf-8")
    return Picture(f"{figure.id}.svg", svg, markup, given or (_drawn_png(figure, svg) if png else b""))
